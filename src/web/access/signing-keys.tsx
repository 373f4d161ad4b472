import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call, read } from '../shell/api.ts'
import { useSession } from '../shell/session.tsx'
import { minuteOf } from '../shell/time.ts'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { AskBox } from './form.tsx'
import { makeKeyHere } from './make-key.ts'
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
    <section className="card">
      <header>
        <h2>签名密钥</h2>
        {!keyHere() && (
          <button type="button" className="button small" onClick={() => setMaking(true)}>
            在这台设备上生成
          </button>
        )}
      </header>
      <p className="sub padded">
        生成后，您在这台设备上提交的记录自动签名，不能抵赖也不能冒用。私钥留在设备里，换设备时重新生成，旧的吊销。
      </p>
      <div className="scroll">
        <table className="rows">
          <tbody>
            {data.items.map((key) => (
              <tr key={key.id}>
                <td>
                  {key.title} {key.id === keyHere() && <Tag tone="info">这台设备</Tag>}
                </td>
                <td className="muted">{key.suite === 'sm2' ? 'SM2' : 'Ed25519'}</td>
                <td className="muted">{minuteOf(key.createdAt)} 登记</td>
                <td>
                  {key.revokedAt ? (
                    <span className="muted">{minuteOf(key.revokedAt)} 吊销</span>
                  ) : (
                    <button type="button" className="button plain small" onClick={() => setRevoking(key)}>
                      吊销
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {making && (
        <AskBox
          title="生成签名密钥"
          act="生成"
          fields={[{ name: 'title', title: '叫什么', value: '办公电脑', help: '以后认得出是哪台设备' }]}
          submit={async ({ title }) => {
            await makeKeyHere(actor.account, title ?? '')
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
    </section>
  )
}
