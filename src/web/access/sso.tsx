import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call, read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { useSession } from '../shell/session.tsx'
import { minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { type Column, RowAct, Rows } from '../ui/rows.tsx'
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

const systemColumns: readonly Column<System>[] = [
  {
    title: '系统',
    of: (system) => (
      <>
        {system.name}
        <small className="mono">{system.id}</small>
      </>
    ),
  },
  { title: '回调地址', of: (system) => system.redirectUris.join(' '), as: 'code' },
  {
    title: '状态',
    of: (system) => (
      <Tag tone={system.retiredAt ? 'unknown' : system.confirmedAt ? 'good' : 'warn'}>
        {system.retiredAt ? '已停用' : system.confirmedAt ? '在用' : '待审批'}
      </Tag>
    ),
  },
]

const identityColumns: readonly Column<Identity>[] = [
  {
    title: '账号',
    of: (each) => (
      <>
        {each.name}（{each.login}） {each.disabled && <Tag tone="unknown">已停用</Tag>}
        <small>{each.ownerTitle}</small>
      </>
    ),
  },
  {
    title: '外部身份',
    of: (each) => (
      <>
        {each.subject}
        <small>{each.issuer}</small>
      </>
    ),
    as: 'code',
  },
  {
    title: '登记',
    of: (each) => (
      <>
        {minuteOf(each.boundAt)}
        <small>{each.boundBy}</small>
      </>
    ),
    as: 'short',
  },
]

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
  const [retiring, setRetiring] = useState<string>()
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
        <Rows
          title="业务系统"
          empty="还没有接入的系统"
          items={data.items}
          keyOf={({ id }) => id}
          columns={systemColumns}
          acts={(system) =>
            !system.retiredAt && (
              <RowAct
                onClick={async () => {
                  await call('POST', `/api/v1/oidc-clients/${system.id}/retire`)
                  say('已停用')
                  refetch()
                }}
              >
                停用
              </RowAct>
            )
          }
        />
        <Rows
          title="签名密钥"
          empty="还没有密钥"
          hint="第一次有系统来登录时自动生成。"
          items={data.keys}
          keyOf={({ kid }) => kid}
          columns={[
            { title: '密钥', of: ({ kid }) => kid, as: 'code' },
            { title: '生成', of: ({ madeAt }) => minuteOf(madeAt), as: 'short' },
            {
              title: '状态',
              of: ({ kid }) =>
                kid === data.keys[0]?.kid ? <Tag tone="good">在用</Tag> : <Tag tone="unknown">只用来核对</Tag>,
            },
          ]}
          acts={({ kid }) => kid !== data.keys[0]?.kid && <RowAct onClick={() => setRetiring(kid)}>停止公布</RowAct>}
          side={
            isSystem && (
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
            )
          }
        />
        <Rows
          title="外部身份"
          empty="还没有对应的外部身份"
          items={identities.data?.items ?? []}
          keyOf={({ issuer, subject }) => `${issuer} ${subject}`}
          columns={identityColumns}
          acts={(each) => <RowAct onClick={() => setEnding(each)}>解除</RowAct>}
          side={
            isSystem && (
              <button type="button" className="button small" onClick={() => setOpen('identity')}>
                对应到账号
              </button>
            )
          }
        >
          <p className="sub padded">
            从市统一身份或省门户登录的人，先在这里对应到本平台的业务账号。管理员不能用外部身份登录。
          </p>
        </Rows>
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
      {retiring && (
        <AskBox
          title={`停止公布密钥 ${retiring}`}
          act="停止公布"
          fields={[{ name: 'reason', title: '原因', type: 'area' }]}
          submit={async ({ reason }) => {
            await call('POST', `/api/v1/oidc-keys/${retiring}/retire`, { reason })
            setRetiring(undefined)
            refetch()
          }}
          onClose={() => setRetiring(undefined)}
        >
          <p>立即生效：用它签过的登录凭据不再被承认。怀疑泄露时，先更换，再停止公布旧的。</p>
        </AskBox>
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
