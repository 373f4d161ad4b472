import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call, read } from '../shell/api.ts'
import { useSession } from '../shell/session.tsx'
import { minuteOf } from '../shell/time.ts'
import { RowAct, Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { AskBox } from './form.tsx'
import { deviceAsked, makeKeyHere } from './make-key.ts'
import { dropKey, keyHere } from './signing.ts'

type Key = { id: string; title: string; suite: string; createdAt: string; revokedAt: string | null }

/** One's own signing keys: made in this browser, revoked at once. */
export function SigningKeys() {
  const { actor } = useSession()
  const { data, refetch } = useQuery({
    queryKey: ['signing-keys'],
    queryFn: () => read<{ items: Key[] }>('/api/v1/me/signing-keys'),
  })
  const [making, setMaking] = useState(false)
  const [revoking, setRevoking] = useState<Key>()
  if (!data) return null
  return (
    <>
      <Rows
        title="签名密钥"
        empty="还没有签名密钥"
        items={data.items}
        keyOf={({ id }) => id}
        columns={[
          {
            title: '设备',
            of: (key) => (
              <>
                {key.title} {key.id === keyHere() && <Tag tone="info">这台设备</Tag>}
              </>
            ),
          },
          { title: '算法', of: ({ suite }) => (suite === 'sm2' ? 'SM2' : 'Ed25519'), as: 'short' },
          { title: '登记', of: ({ createdAt }) => minuteOf(createdAt), as: 'short' },
          { title: '吊销', of: ({ revokedAt }) => (revokedAt ? minuteOf(revokedAt) : '—'), as: 'short' },
        ]}
        acts={(key) => !key.revokedAt && <RowAct onClick={() => setRevoking(key)}>吊销</RowAct>}
        side={
          !keyHere() && (
            <button type="button" className="button small" onClick={() => setMaking(true)}>
              在这台设备上生成
            </button>
          )
        }
      >
        <p className="sub padded">
          生成后，您在这台设备上提交的记录自动签名，不能抵赖也不能冒用。私钥留在设备里，换设备时重新生成，旧的吊销。
        </p>
      </Rows>
      {making && (
        <AskBox
          title="生成签名密钥"
          act="生成"
          fields={deviceAsked}
          submit={async (asked) => {
            await makeKeyHere(actor.account, asked)
            setMaking(false)
            say('已生成，以后的提交都带签名')
            refetch()
          }}
          onClose={() => setMaking(false)}
        />
      )}
      {revoking && (
        <AskBox
          title={`吊销：${revoking.title}`}
          act="吊销"
          fields={[{ name: 'reason', title: '原因', type: 'area' }]}
          submit={async ({ reason }) => {
            await call('POST', `/api/v1/me/signing-keys/${revoking.id}/revoke`, { reason })
            if (revoking.id === keyHere()) await dropKey(actor.account)
            setRevoking(undefined)
            refetch()
          }}
          onClose={() => setRevoking(undefined)}
        >
          <p>立即失效，不能恢复；以前的签名仍然有效。</p>
        </AskBox>
      )}
    </>
  )
}
