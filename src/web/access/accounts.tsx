import { useQuery, useQueryClient } from '@tanstack/react-query'
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
import { AskBox, type AskField, Once } from './form.tsx'

type Account = {
  id: string
  login: string
  name: string
  role: string
  position: string
  positionTitle: string
  ownerTitle: string
  disabledAt: string | null
  disabledReason: string | null
  confirmedAt: string | null
  seenAt: string | null
  secondFactor: boolean
}

type RoleRow = { name: string; title: string; base: string; retiredAt: string | null }
type Authority = { id: string; title: string; region: string }

function StateTag({ account }: { account: Account }) {
  if (account.disabledAt) return <Tag tone="unknown">已停用</Tag>
  return account.confirmedAt ? <Tag tone="good">在用</Tag> : <Tag tone="warn">待审批</Tag>
}

type Act = { name: 'position' | 'disable' | 'enable' | 'recover' | 'hand-over'; title: string }

function actsFor(account: Account, role: string, self: string): Act[] {
  // One's own account is under 我的登录安全; whoever keeps accounts changes nobody's rights of one's own.
  if (account.id === self) return []
  if (account.disabledAt) return [{ name: 'enable', title: '恢复' }]
  const common: Act[] = [
    { name: 'position', title: '改角色' },
    { name: 'recover', title: '重置密码' },
    { name: 'disable', title: '停用' },
  ]
  const isBusiness = !['system', 'security', 'audit'].includes(account.role)
  return role === 'security' ? common : isBusiness ? [...common, { name: 'hand-over', title: '交接' }] : common
}

const columns: readonly Column<Account>[] = [
  {
    title: '姓名',
    of: (account) => (
      <>
        {account.name}
        <small className="mono">{account.login}</small>
      </>
    ),
  },
  { title: '单位', of: ({ ownerTitle }) => ownerTitle },
  {
    title: '角色',
    of: (account) => (
      <>
        {account.positionTitle}
        {account.secondFactor && <small>有第二验证</small>}
      </>
    ),
  },
  {
    title: '状态',
    of: (account) => (
      <>
        <StateTag account={account} />
        <small>{account.disabledReason}</small>
      </>
    ),
  },
  { title: '最近活动', of: ({ seenAt }) => (seenAt ? minuteOf(seenAt) : '—'), as: 'short' },
]

const reason: AskField = { name: 'reason', title: '原因', type: 'area' }

/** Accounts: who they are, what they are, whether they are in use; and what can be done with each. */
export default function Accounts() {
  const client = useQueryClient()
  const { actor } = useSession()
  const [q, setQ] = useState('')
  const [opening, setOpening] = useState(false)
  const [acting, setActing] = useState<{ account: Account; act: Act }>()
  const [shown, setShown] = useState<{ login: string; password: string }>()
  const { data, error, refetch } = useQuery({
    queryKey: ['accounts', q],
    queryFn: ({ signal }) => read<{ items: Account[] }>('/api/v1/accounts', { q, limit: '100' }, signal),
    placeholderData: (before) => before,
  })
  const { data: roles } = useQuery({ queryKey: ['roles'], queryFn: () => read<{ items: RoleRow[] }>('/api/v1/roles') })
  const { data: authorities } = useQuery({
    queryKey: ['authorities'],
    queryFn: () => read<{ items: Authority[] }>('/api/v1/authorities'),
    enabled: actor.role === 'system',
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const usable = (roles?.items ?? []).filter((role) => !role.retiredAt)
  const choices = usable.map((role) => ({ value: role.name, title: role.title }))
  const isSystem = actor.role === 'system'
  const newFields: AskField[] = [
    { name: 'login', title: '用户名', help: '小写字母开头，3 到 40 位' },
    { name: 'name', title: '姓名' },
    { name: 'position', title: '角色', type: 'select', options: choices },
    ...(isSystem
      ? ([
          {
            name: 'ownerId',
            title: '所属单位',
            type: 'select',
            options: (authorities?.items ?? []).map(({ id, title }) => ({ value: id, title })),
          },
          { name: 'identityNumber', title: '身份证号', help: '管理员必填：同一人不能兼任；只存不可还原的摘要' },
          { name: 'reason', title: '开立原因', type: 'area' },
        ] satisfies AskField[])
      : []),
  ]
  const act = async (values: Record<string, string>) => {
    if (!acting) return
    const path = `/api/v1/accounts/${acting.account.id}/${acting.act.name}`
    const answer = await call<{ approval?: string; login?: string; password?: string } | undefined>(
      'POST',
      path,
      values,
    )
    setActing(undefined)
    if (answer?.password) setShown({ login: answer.login ?? '', password: answer.password })
    else say(answer?.approval ? '已提交，等另一位管理员审批' : '已办好')
    client.invalidateQueries()
  }
  const fieldsOf = ({ account, act: { name } }: { account: Account; act: Act }): AskField[] => {
    if (name === 'position')
      return [
        {
          name: 'position',
          title: '角色',
          type: 'select',
          value: account.position,
          options: usable
            .filter((role) => role.base === account.role)
            .map((role) => ({ value: role.name, title: role.title })),
        },
        reason,
      ]
    if (name !== 'hand-over') return [reason]
    const others = data.items.filter(
      (each) =>
        each.id !== account.id &&
        each.ownerTitle === account.ownerTitle &&
        each.role === account.role &&
        !each.disabledAt,
    )
    return [
      {
        name: 'to',
        title: '交给',
        type: 'select',
        options: others.map((each) => ({ value: each.id, title: each.name })),
      },
      reason,
    ]
  }
  const waiting = data.items.filter((account) => !account.confirmedAt && !account.disabledAt).length
  return (
    <>
      <Head
        title={waiting > 0 ? `${waiting} 个账号等待审批` : `${data.items.length} 个账号`}
        sub={isSystem ? '系统管理员开立账号，安全管理员批准后才能登录。' : undefined}
      >
        {actor.role !== 'security' && (
          <button type="button" className="button primary" onClick={() => setOpening(true)}>
            开立账号
          </button>
        )}
      </Head>
      <div className="filterline">
        <label>
          查找
          <input value={q} onChange={(event) => setQ(event.target.value)} placeholder="姓名、用户名、单位" />
        </label>
      </div>
      <Rows
        empty="没有找到账号"
        items={data.items}
        keyOf={({ id }) => id}
        columns={columns}
        acts={(account) =>
          actsFor(account, actor.role, actor.account).map((each) => (
            <RowAct key={each.name} onClick={() => setActing({ account, act: each })}>
              {each.title}
            </RowAct>
          ))
        }
      />
      {opening && (
        <AskBox
          title="开立账号"
          act="开立"
          fields={newFields}
          onClose={() => setOpening(false)}
          submit={async (values) => {
            const { identityNumber, ...rest } = values
            const made = await call<{ login: string; password: string }>('POST', '/api/v1/accounts', {
              ...rest,
              ...(identityNumber ? { identityNumber } : {}),
            })
            setOpening(false)
            setShown(made)
            client.invalidateQueries()
          }}
        />
      )}
      {acting && (
        <AskBox
          title={`${acting.act.title}：${acting.account.name}`}
          act={acting.act.title}
          fields={fieldsOf(acting)}
          submit={act}
          onClose={() => setActing(undefined)}
        />
      )}
      {shown && (
        <Once
          title="临时密码"
          lines={[`用户名  ${shown.login}`, `密码    ${shown.password}`]}
          onClose={() => setShown(undefined)}
        >
          <p className="muted">首次登录必须修改。{isSystem && '账号经安全管理员批准后才能登录。'}</p>
        </Once>
      )}
    </>
  )
}
