import { useState } from 'react'
import { call } from '../shell/api.ts'
import { minuteOf } from '../shell/time.ts'
import { type Column, RowAct, RowTable } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { AskBox } from './form.tsx'

export type ClientKey = { id: string; title: string; suite: string; createdAt: string; revokedAt: string | null }
type Props = {
  client: { id: string; name: string; signsAs: string; signingKeys: ClientKey[] }
  mayChange: boolean
  /** An authority's system signs orders: its key waits for the second administrator. */
  isDecided: boolean
  onChanged(): void
}

const columns: readonly Column<ClientKey>[] = [
  {
    title: '签名密钥',
    of: ({ id, title }) => (
      <>
        {title}
        <small className="mono">{id}</small>
      </>
    ),
  },
  { title: '算法', of: ({ suite }) => (suite === 'sm2' ? 'SM2' : 'Ed25519') },
  { title: '登记', as: 'short', of: ({ createdAt }) => minuteOf(createdAt), by: ({ createdAt }) => createdAt },
  {
    title: '状态',
    of: ({ revokedAt }) => <Tag tone={revokedAt ? 'unknown' : 'good'}>{revokedAt ? '已吊销' : '在用'}</Tag>,
  },
]

/** The keys with which a system signs what it submits. */
export function ClientKeys({ client, mayChange, isDecided, onChanged }: Props) {
  const [adding, setAdding] = useState(false)
  const [revoking, setRevoking] = useState<ClientKey>()
  const path = `/api/v1/clients/${client.id}/signing-keys`
  return (
    <>
      {client.signingKeys.length > 0 && (
        <RowTable
          items={client.signingKeys}
          keyOf={({ id }) => id}
          columns={columns}
          acts={(each) => mayChange && !each.revokedAt && <RowAct onClick={() => setRevoking(each)}>吊销</RowAct>}
        />
      )}
      {mayChange && (
        <p className="padded">
          <button type="button" className="button plain small" onClick={() => setAdding(true)}>
            登记签名密钥
          </button>
        </p>
      )}
      {adding && (
        <AskBox
          title={`登记签名密钥：${client.name}`}
          act="登记"
          onClose={() => setAdding(false)}
          fields={[
            { name: 'title', title: '叫什么', value: '签名机' },
            {
              name: 'suite',
              title: '算法',
              type: 'select',
              options: [
                { value: 'ed25519', title: 'Ed25519' },
                { value: 'sm2', title: 'SM2（SM3 摘要）' },
              ],
            },
            {
              name: 'publicKey',
              title: '公钥（base64）',
              type: 'area',
              help: 'Ed25519 为 32 字节，SM2 为 04 开头的 65 字节。私钥留在对方系统里',
            },
            {
              name: 'proof',
              title: '持有证明（base64）',
              type: 'area',
              help: `对方用私钥对三行文字签名，每行以换行结束：shisu-key-v1；${client.signsAs}；公钥`,
            },
            ...(isDecided ? [{ name: 'reason', title: '登记原因', type: 'area' as const }] : []),
          ]}
          submit={async (values) => {
            const answer = await call<{ approval?: string }>('POST', path, values)
            say(answer.approval ? '已提交，等安全管理员审批' : '已登记')
            setAdding(false)
            onChanged()
          }}
        />
      )}
      {revoking && (
        <AskBox
          title={`吊销：${revoking.title}`}
          act="吊销"
          fields={[{ name: 'reason', title: '原因', type: 'area' }]}
          submit={async ({ reason }) => {
            await call('POST', `${path}/${revoking.id}/revoke`, { reason })
            setRevoking(undefined)
            onChanged()
          }}
          onClose={() => setRevoking(undefined)}
        >
          <p>立即失效，不能恢复；以前的签名仍然有效。</p>
        </AskBox>
      )}
    </>
  )
}
