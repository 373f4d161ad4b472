import { useState } from 'react'
import { call } from '../shell/api.ts'
import { minuteOf } from '../shell/time.ts'
import { RowAct, RowTable } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { AskBox } from './form.tsx'

export type Certificate = { id: string; subject: string; sha256: string; notAfter: string; revokedAt: string | null }
type Props = {
  client: { id: string; name: string; certificates: Certificate[] }
  mayChange: boolean
  onChanged(): void
}

/** The certificates by which a system proves itself; with one, its tokens alone open nothing. */
export function Certificates({ client, mayChange, onChanged }: Props) {
  const [adding, setAdding] = useState(false)
  const path = `/api/v1/clients/${client.id}/certificates`
  return (
    <>
      {client.certificates.length > 0 && (
        <RowTable
          items={client.certificates}
          keyOf={({ id }) => id}
          columns={[
            {
              title: '证书',
              of: (each) => (
                <>
                  证书 {each.subject}
                  <small className="mono">{each.sha256.slice(0, 16)}…</small>
                </>
              ),
            },
            { title: '到期', of: ({ notAfter }) => minuteOf(notAfter), as: 'short' },
            {
              title: '状态',
              of: ({ revokedAt }) => <Tag tone={revokedAt ? 'unknown' : 'good'}>{revokedAt ? '已吊销' : '在用'}</Tag>,
            },
          ]}
          acts={(each) =>
            mayChange &&
            !each.revokedAt && (
              <RowAct
                onClick={async () => {
                  await call('POST', `${path}/${each.id}/revoke`)
                  say('已吊销，换上新证书前这个接入方进不来')
                  onChanged()
                }}
              >
                吊销
              </RowAct>
            )
          }
        />
      )}
      {mayChange && (
        <p className="padded">
          <button type="button" className="button plain small" onClick={() => setAdding(true)}>
            登记证书（双向 TLS）
          </button>
        </p>
      )}
      {adding && (
        <AskBox
          title={`登记证书：${client.name}`}
          act="登记"
          onClose={() => setAdding(false)}
          fields={[
            {
              name: 'pem',
              title: '证书（PEM）',
              type: 'area',
              help: '只粘贴证书，不要粘贴私钥。登记后，令牌只能经这张证书的连接使用',
            },
          ]}
          submit={async (values) => {
            await call('POST', path, values)
            setAdding(false)
            onChanged()
          }}
        />
      )}
    </>
  )
}
