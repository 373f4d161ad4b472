import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call, read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { useSession } from '../shell/session.tsx'
import { minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { AskBox, Once } from './form.tsx'

type System = {
  id: string
  name: string
  redirectUris: string[]
  createdAt: string
  confirmedAt: string | null
  retiredAt: string | null
}
type Answer = { items: System[]; keys: { kid: string; madeAt: string }[]; issuer: string }
type Identity = {
  issuer: string
  subject: string
  name: string
  login: string
  ownerTitle: string
  boundAt: string
  boundBy: string
  disabled: boolean
}
type Account = { id: string; name: string; login: string; duty?: string }

const lines = (text = '') => text.split(/\s+/).filter(Boolean)

function Systems({ items, onRetire }: { items: System[]; onRetire?: (system: System) => void }) {
  if (items.length === 0) return <Empty title="还没有接入的系统" />
  return (
    <div className="scroll">
      <table className="rows">
        <tbody>
          {items.map((system) => (
            <tr key={system.id}>
              <td>
                {system.name}
                <small className="mono">{system.id}</small>
              </td>
              <td className="mono">{system.redirectUris.join(' ')}</td>
              <td>
                <Tag tone={system.retiredAt ? 'unknown' : system.confirmedAt ? 'good' : 'warn'}>
                  {system.retiredAt ? '已停用' : system.confirmedAt ? '在用' : '待审批'}
                </Tag>
              </td>
              <td>
                {onRetire && !system.retiredAt && (
                  <div className="rowacts">
                    <button type="button" className="button plain small" onClick={() => onRetire(system)}>
                      停用
                    </button>
                  </div>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Identities({ items, onEnd }: { items: Identity[]; onEnd: (identity: Identity) => void }) {
  if (items.length === 0) return <Empty title="还没有对应的外部身份" />
  return (
    <div className="scroll">
      <table className="rows stack">
        <thead>
          <tr>
            <th>账号</th>
            <th>外部身份</th>
            <th>登记</th>
            <th aria-label="操作" />
          </tr>
        </thead>
        <tbody>
          {items.map((each) => (
            <tr key={`${each.issuer} ${each.subject}`}>
              <td data-title="账号">
                {each.name}（{each.login}） {each.disabled && <Tag tone="unknown">已停用</Tag>}
                <small>{each.ownerTitle}</small>
              </td>
              <td data-title="外部身份" className="mono">
                {each.subject}
                <small>{each.issuer}</small>
              </td>
              <td data-title="登记" className="nowrap muted">
                {minuteOf(each.boundAt)}
                <small>{each.boundBy}</small>
              </td>
              <td>
                <div className="rowacts">
                  <button type="button" className="button plain small" onClick={() => onEnd(each)}>
                    解除
                  </button>
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Systems that people reach with this sign-in, the keys that sign it, and whose outside identity is which account. */
export default function SingleSignOn() {
  const { actor } = useSession()
  const { data, error, refetch } = useQuery({ queryKey: ['sso'], queryFn: () => read<Answer>('/api/v1/oidc-clients') })
  const { data: accounts } = useQuery({
    queryKey: ['accounts-for-sso'],
    queryFn: () => read<{ items: Account[] }>('/api/v1/accounts'),
    enabled: actor.role === 'system',
  })
  const identities = useQuery({
    queryKey: ['identities'],
    queryFn: () => read<{ items: Identity[] }>('/api/v1/identities'),
  })
  const [ending, setEnding] = useState<Identity>()
  const [open, setOpen] = useState<'system' | 'identity'>()
  const [secret, setSecret] = useState<string[]>()
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const isSystem = actor.role === 'system'
  return (
    <>
      <Head title="单点登录" sub={`各子平台和业务系统用这里的账号登录。签发方 ${data.issuer}`}>
        {isSystem && (
          <button type="button" className="button primary" onClick={() => setOpen('system')}>
            登记系统
          </button>
        )}
      </Head>
      <div className="stack">
        <section className="card">
          <h2>业务系统</h2>
          <Systems
            items={data.items}
            onRetire={async (system) => {
              await call('POST', `/api/v1/oidc-clients/${system.id}/retire`)
              say('已停用')
              refetch()
            }}
          />
        </section>
        <section className="card">
          <header>
            <h2>签名密钥</h2>
            {isSystem && (
              <button
                type="button"
                className="button small"
                onClick={async () => {
                  await call('POST', '/api/v1/oidc-keys/rotate')
                  say('已换新密钥，旧的再公布一段时间')
                  refetch()
                }}
              >
                更换
              </button>
            )}
          </header>
          <table className="rows">
            <tbody>
              {data.keys.map(({ kid, madeAt }, index) => (
                <tr key={kid}>
                  <td className="mono">{kid}</td>
                  <td className="muted">{minuteOf(madeAt)}</td>
                  <td>{index === 0 ? <Tag tone="good">在用</Tag> : <Tag tone="unknown">只用来核对</Tag>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
        <section className="card blocks">
          <header>
            <h2>外部身份</h2>
            {isSystem && (
              <button type="button" className="button small" onClick={() => setOpen('identity')}>
                对应到账号
              </button>
            )}
          </header>
          <p className="sub padded">
            从市统一身份或省门户登录的人，先在这里对应到本平台的业务账号。管理员不能用外部身份登录。
          </p>
          {identities.data && <Identities items={identities.data.items} onEnd={setEnding} />}
        </section>
      </div>
      {open === 'system' && (
        <AskBox
          title="登记业务系统"
          act="提交审批"
          onClose={() => setOpen(undefined)}
          fields={[
            { name: 'name', title: '系统名称' },
            { name: 'redirectUris', title: '回调地址', type: 'area', help: '每行一个，https 开头' },
            { name: 'backchannelLogoutUri', title: '退出通知地址', help: '可以不填' },
            { name: 'reason', title: '原因', type: 'area' },
          ]}
          submit={async ({ name, reason, redirectUris, backchannelLogoutUri }) => {
            const more = backchannelLogoutUri ? { backchannelLogoutUri } : {}
            const made = await call<{ id: string; secret: string }>('POST', '/api/v1/oidc-clients', {
              ...{ name, reason, redirectUris: lines(redirectUris), ...more },
            })
            setOpen(undefined)
            setSecret([`client_id      ${made.id}`, `client_secret  ${made.secret}`])
            refetch()
          }}
        />
      )}
      {open === 'identity' && (
        <AskBox
          title="外部身份对应到账号"
          act="对应"
          onClose={() => setOpen(undefined)}
          fields={[
            {
              name: 'account',
              title: '账号',
              type: 'select',
              options: (accounts?.items ?? [])
                .filter(({ duty }) => duty === undefined || duty === 'business')
                .map(({ id, name, login }) => ({
                  value: id,
                  title: `${name}（${login}）`,
                })),
            },
            { name: 'issuer', title: '签发方网址' },
            { name: 'sub', title: '对方的用户标识（sub）' },
          ]}
          submit={async ({ account, issuer, sub }) => {
            await call('PUT', `/api/v1/accounts/${account}/identities`, { issuer, subject: sub })
            setOpen(undefined)
            say('已对应')
            identities.refetch()
          }}
        />
      )}
      {ending && (
        <AskBox
          title={`解除：${ending.name}`}
          act="解除"
          fields={[{ name: 'reason', title: '原因', type: 'area' }]}
          onClose={() => setEnding(undefined)}
          submit={async ({ reason }) => {
            const { issuer, subject } = ending
            await call('POST', '/api/v1/identities/end', { issuer, subject, reason })
            setEnding(undefined)
            say('已解除')
            identities.refetch()
          }}
        >
          <p>解除后不能再从外部登录，正在用它登录的会立即退出；本平台的账号不受影响。</p>
        </AskBox>
      )}
      {secret && <Once title="系统的密钥" lines={secret} onClose={() => setSecret(undefined)} />}
    </>
  )
}
