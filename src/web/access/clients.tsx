import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call, read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { useSession } from '../shell/session.tsx'
import { countOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { RowAct, RowTable } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { type Certificate, Certificates } from './certificates.tsx'
import { type ClientKey, ClientKeys } from './client-keys.tsx'
import { Deprecations } from './deprecations.tsx'
import { AskBox, type AskField, Once } from './form.tsx'

type Token = {
  id: string
  scopes: string[]
  createdAt: string
  expiresAt: string
  revokedAt: string | null
  perMinute: number | null
  lastUsedAt: string | null
  lastAddress: string | null
  calls: number
  refused: number
}
type Client = {
  id: string
  name: string
  purpose: string
  kind: string
  scopes: string[]
  state: 'sandbox' | 'live' | 'deprecated' | 'retired'
  ownerTitle: string
  retiresAt: string | null
  tokens: Token[]
  certificates: Certificate[]
  signsAs: string
  signingKeys: ClientKey[]
}
type Acting = { client: Client; act: 'token' | 'live' | 'deprecated' | 'retired' }

const states = {
  sandbox: ['info', '沙箱'],
  live: ['good', '在用'],
  deprecated: ['warn', '待停用'],
  retired: ['unknown', '已停用'],
} as const
const titles = { token: '签发令牌', live: '上线', deprecated: '弃用', retired: '停用' } as const
const nexts: Record<Client['state'], Acting['act'][]> = {
  sandbox: ['token', 'live', 'retired'],
  live: ['token', 'deprecated', 'retired'],
  deprecated: ['retired'],
  retired: [],
}

type TokensProps = { client: Client; scopes: Record<string, string>; onRevoked(): void }

function Tokens({ client, scopes, onRevoked }: TokensProps) {
  if (client.tokens.length === 0) return <p className="muted padded">还没有令牌</p>
  return (
    <RowTable
      items={client.tokens}
      keyOf={({ id }) => id}
      columns={[
        { title: '权限', of: (token) => token.scopes.map((scope) => scopes[scope] ?? scope).join('、') },
        { title: '签发', of: ({ createdAt }) => minuteOf(createdAt), as: 'short' },
        { title: '每分钟最多', of: ({ perMinute }) => (perMinute ? countOf(perMinute) : '同平台配额'), as: 'figure' },
        { title: '到期', of: (token) => (token.revokedAt ? '已作废' : minuteOf(token.expiresAt)), as: 'short' },
        { title: '近 30 天调用', of: ({ calls }) => countOf(Number(calls)), as: 'figure' },
        { title: '被拒绝', of: ({ refused }) => countOf(Number(refused)), as: 'figure' },
        {
          title: '最近使用',
          of: (token) => (
            <>
              {token.lastUsedAt ? minuteOf(token.lastUsedAt) : '—'} <small className="mono">{token.lastAddress}</small>
            </>
          ),
        },
      ]}
      acts={(token) =>
        !token.revokedAt && (
          <RowAct
            onClick={async () => {
              await call('POST', `/api/v1/clients/${client.id}/tokens/${token.id}/revoke`)
              onRevoked()
            }}
          >
            作废
          </RowAct>
        )
      }
    />
  )
}

/** Systems and devices that call the API, from sandbox to retirement. */
export default function Clients() {
  const query = useQueryClient()
  const { actor } = useSession()
  const { data, error, refetch } = useQuery({
    queryKey: ['clients'],
    queryFn: () => read<{ items: Client[]; scopes: Record<string, string> }>('/api/v1/clients'),
  })
  const isSystem = actor.role === 'system'
  const { data: authorities } = useQuery({
    queryKey: ['authorities'],
    queryFn: () => read<{ items: { id: string; title: string }[] }>('/api/v1/authorities'),
    enabled: isSystem,
  })
  const [opening, setOpening] = useState(false)
  const [acting, setActing] = useState<Acting>()
  const [shown, setShown] = useState<string>()
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const run = async (values: Record<string, string>) => {
    if (!acting) return
    const path = `/api/v1/clients/${acting.client.id}`
    if (acting.act === 'token') {
      const { token } = await call<{ token: string }>('POST', `${path}/tokens`, {
        days: Number(values.days),
        perMinute: values.perMinute ? Number(values.perMinute) : null,
      })
      setShown(token)
    } else {
      const answer = await call<{ approval?: string } | undefined>('POST', `${path}/state`, {
        state: acting.act,
        ...values,
      })
      say(answer?.approval ? '已提交，等安全管理员审批' : '已办好')
    }
    setActing(undefined)
    query.invalidateQueries()
  }
  const fields: Record<Acting['act'], AskField[]> = {
    token: [
      { name: 'days', title: '有效天数', type: 'number', value: '180', help: '最长 365 天' },
      { name: 'perMinute', title: '每分钟次数上限', type: 'number', help: '空着按策略' },
    ],
    live: [{ name: 'reason', title: '上线原因', type: 'area' }],
    deprecated: [
      { name: 'retiresAt', title: '停用日期', type: 'date' },
      { name: 'reason', title: '原因', type: 'area' },
    ],
    retired: [{ name: 'reason', title: '原因', type: 'area' }],
  }
  return (
    <>
      <Head title="接口与令牌" sub="新接入的系统先在沙箱联调：写入的记录只有自己看得到，不能上报追溯事件。">
        {actor.role !== 'security' && (
          <button type="button" className="button primary" onClick={() => setOpening(true)}>
            登记接入方
          </button>
        )}
      </Head>
      <div className="stack">
        {data.items.length === 0 ? (
          <Empty title="还没有接入方">
            <p>企业的 ERP、设备和其他系统在这里登记后，用令牌调用接口。</p>
          </Empty>
        ) : (
          data.items.map((client) => (
            <section key={client.id} className="card">
              <header>
                <h2>
                  {client.name} <Tag tone={states[client.state][0]}>{states[client.state][1]}</Tag>
                </h2>
                <div className="rowacts">
                  {actor.role !== 'security' &&
                    nexts[client.state].map((act) => (
                      <button
                        key={act}
                        type="button"
                        className="button small"
                        onClick={() => setActing({ client, act })}
                      >
                        {titles[act]}
                      </button>
                    ))}
                </div>
              </header>
              <p className="muted padded">
                {client.ownerTitle} · {client.purpose} · 权限：
                {client.scopes.map((scope) => data.scopes[scope]).join('、')}
              </p>
              <Tokens client={client} scopes={data.scopes} onRevoked={() => refetch()} />
              <Certificates client={client} mayChange={actor.role !== 'security'} onChanged={() => refetch()} />
              <ClientKeys
                client={client}
                mayChange={actor.role !== 'security'}
                isDecided={actor.role !== 'enterprise'}
                onChanged={() => refetch()}
              />
            </section>
          ))
        )}
        <Deprecations />
      </div>
      {opening && (
        <AskBox
          title="登记接入方"
          act="登记"
          fields={[
            { name: 'name', title: '名称' },
            { name: 'purpose', title: '用途', type: 'area' },
            {
              name: 'kind',
              title: '类型',
              type: 'select',
              options: [
                { value: 'system', title: '系统' },
                { value: 'device', title: '设备' },
              ],
            },
            ...(isSystem
              ? [
                  {
                    name: 'ownerId',
                    title: '所属单位',
                    type: 'select' as const,
                    options: (authorities?.items ?? []).map(({ id, title }) => ({ value: id, title })),
                  },
                ]
              : []),
            {
              name: 'scopes',
              title: '权限',
              type: 'checks',
              options: Object.entries(data.scopes).map(([value, title]) => ({ value, title })),
            },
          ]}
          onClose={() => setOpening(false)}
          submit={async ({ scopes: _, ...values }, form) => {
            await call('POST', '/api/v1/clients', { ...values, scopes: form.getAll('scopes') })
            setOpening(false)
            query.invalidateQueries()
          }}
        />
      )}
      {acting && (
        <AskBox
          title={`${titles[acting.act]}：${acting.client.name}`}
          act={titles[acting.act]}
          fields={fields[acting.act]}
          submit={run}
          onClose={() => setActing(undefined)}
        />
      )}
      {shown && <Once title="令牌" lines={[shown]} onClose={() => setShown(undefined)} />}
    </>
  )
}
