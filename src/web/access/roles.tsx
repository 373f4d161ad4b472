import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call, read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { say } from '../ui/toast.tsx'
import { Ask, AskBox } from './form.tsx'

type Narrow = { verbs?: string[]; hide?: string[] }
type Narrows = { kinds?: Record<string, Narrow> }
type Role = {
  name: string
  title: string
  base: string
  parent: string | null
  narrows: Narrows
  whole: Narrows
  version: number
  accounts: number
}
type KindRow = { name: string; title: string; grants: Record<string, string[]>; fields: Record<string, string> }

const verbTitles: Readonly<Record<string, string>> = {
  read: '查看',
  create: '登记',
  change: '修改',
  void: '作废',
  refer: '引用',
}

const narrowOf = (narrows: Narrows, kind: string): Narrow => narrows.kinds?.[kind] ?? narrows.kinds?.['*'] ?? {}

function Table({ role, kinds }: { role: Role; kinds: KindRow[] }) {
  const granted = kinds.filter((kind) => (kind.grants[role.base] ?? []).length > 0)
  return (
    <div className="scroll">
      <table className="changes">
        <tbody>
          {granted.map((kind) => {
            const { verbs, hide = [] } = narrowOf(role.whole, kind.name)
            const left = (kind.grants[role.base] ?? []).filter((verb) => !verbs || verbs.includes(verb))
            return (
              <tr
                key={kind.name}
                className={left.length === kind.grants[role.base]?.length && hide.length === 0 ? undefined : 'differs'}
              >
                <td>{kind.title}</td>
                <td>{left.map((verb) => verbTitles[verb]).join('、') || '无'}</td>
                <td className="muted">
                  {hide.length > 0 && `看不到：${hide.map((field) => kind.fields[field]).join('、')}`}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

/** The role tree: each role leaves less than its parent; widening needs another administrator. */
export default function Roles() {
  const client = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: ['roles'],
    queryFn: () => read<{ items: Role[]; kinds: KindRow[] }>('/api/v1/roles'),
  })
  const [making, setMaking] = useState(false)
  const [editing, setEditing] = useState<{ role: Role; kind: string }>()
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const depth = (role: Role): number => {
    const parent = data.items.find((each) => each.name === role.parent)
    return parent ? depth(parent) + 1 : 0
  }
  const ordered = [...data.items].sort((a, b) => (a.base === b.base ? depth(a) - depth(b) : a.base < b.base ? -1 : 1))
  const save = async (values: Record<string, string>, form: FormData) => {
    if (!editing) return
    const { role, kind } = editing
    const kinds = {
      ...role.narrows.kinds,
      [kind]: {
        verbs: form.getAll('verbs').map(String),
        ...(kind === '*' ? {} : { hide: form.getAll('hide').map(String) }),
      },
    }
    const answer = await call<{ approval?: string }>('PUT', `/api/v1/roles/${role.name}`, {
      version: role.version,
      narrows: { ...role.narrows, kinds },
      reason: values.reason,
    })
    setEditing(undefined)
    say(answer.approval ? '扩大了权限，已提交另一位管理员审批' : '已生效')
    client.invalidateQueries()
  }
  const edited = editing && data.kinds.find((kind) => kind.name === editing.kind)
  const current = editing ? narrowOf(editing.role.narrows, editing.kind) : {}
  return (
    <>
      <Head title="角色与权限" sub="角色是一棵树：下级只会比上级少。人和权限分开，账号只选角色。">
        <button type="button" className="button primary" onClick={() => setMaking(true)}>
          新建角色
        </button>
      </Head>
      <div className="stack">
        {ordered.map((role) => (
          <section key={role.name} className="card" style={{ marginLeft: depth(role) * 24 }}>
            <header>
              <h2>
                {role.title} <small className="muted mono">{role.name}</small>
              </h2>
              <span className="muted">{role.accounts} 个账号</span>
            </header>
            <details className="padded">
              <summary>权限明细</summary>
              <Table role={role} kinds={data.kinds} />
              {role.parent && (
                <Ask
                  act="调整这一类"
                  fields={[
                    {
                      name: 'kind',
                      title: '记录',
                      type: 'select',
                      options: [
                        { value: '*', title: '其余全部' },
                        ...data.kinds.map((kind) => ({ value: kind.name, title: kind.title })),
                      ],
                    },
                  ]}
                  submit={async ({ kind = '*' }) => setEditing({ role, kind })}
                />
              )}
            </details>
          </section>
        ))}
      </div>
      {making && (
        <AskBox
          title="新建角色"
          act="新建"
          fields={[
            { name: 'name', title: '代号', help: '小写字母、数字、横线，如 county-reader' },
            { name: 'title', title: '名称' },
            {
              name: 'parent',
              title: '上级角色',
              type: 'select',
              options: ordered.map((role) => ({ value: role.name, title: role.title })),
            },
            {
              name: 'verbs',
              title: '先只保留',
              type: 'checks',
              value: ['read', 'refer'],
              options: Object.entries(verbTitles).map(([value, title]) => ({ value, title })),
            },
          ]}
          onClose={() => setMaking(false)}
          submit={async ({ name, title, parent }, form) => {
            const narrows = { kinds: { '*': { verbs: form.getAll('verbs').map(String) } } }
            await call('POST', '/api/v1/roles', { name, title, parent, narrows })
            setMaking(false)
            client.invalidateQueries()
          }}
        />
      )}
      {editing && (
        <AskBox
          title={`${editing.role.title}：${edited?.title ?? '其余全部'}`}
          act="保存"
          fields={[
            {
              name: 'verbs',
              title: '保留',
              type: 'checks',
              value: current.verbs ?? Object.keys(verbTitles),
              options: Object.entries(verbTitles).map(([value, title]) => ({ value, title })),
            },
            ...(edited
              ? [
                  {
                    name: 'hide',
                    title: '隐藏字段',
                    type: 'checks' as const,
                    value: current.hide ?? [],
                    options: Object.entries(edited.fields).map(([value, title]) => ({ value, title })),
                  },
                ]
              : []),
            { name: 'reason', title: '原因', type: 'area' },
          ]}
          submit={save}
          onClose={() => setEditing(undefined)}
        />
      )}
    </>
  )
}
