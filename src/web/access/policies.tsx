import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Fields } from '../../language/fields/index.ts'
import { call, read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { useSession } from '../shell/session.tsx'
import { minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Drawer } from '../ui/dialog.tsx'
import { Waiting } from '../ui/empty.tsx'
import { say } from '../ui/toast.tsx'
import { AskBox, type AskField } from './form.tsx'

type Value = Record<string, string | number | null>
type Policy = {
  name: string
  title: string
  help: string
  /** Whose it is to change. */
  keeper: string
  fields: Fields
  version: number
  value: Value
  /** Who made this version; nobody made the initial one. */
  at?: string
  actor?: { name: string }
  reason?: string
}
type Version = { version: number; value: Value; at: string | null; actor: { name: string } | null; reason: string }

const worded = (policy: Policy, name: string, value: Value[string] | undefined): string => {
  const field = policy.fields[name]
  if (value === null || value === undefined || value === '')
    return field?.type === 'text' && field.multiline && policy.keeper === 'system' ? '与标准一致' : '不限'
  return field?.type === 'choice' ? (field.options[String(value)] ?? String(value)) : String(value)
}

function fieldsOf(policy: Policy): AskField[] {
  return [
    ...Object.entries(policy.fields).map(([name, field]): AskField => {
      const value = String(policy.value[name] ?? '')
      if (field.type === 'choice')
        return {
          name,
          title: field.title,
          type: 'select',
          value,
          options: Object.entries(field.options).map(([option, title]) => ({ value: option, title })),
        }
      const range = field.type === 'number' ? `${field.min ?? 0} 到 ${field.max ?? ''}` : undefined
      return {
        name,
        title: field.title,
        value,
        help: field.help ?? range,
        type: field.type === 'number' ? 'number' : field.type === 'text' && field.multiline ? 'area' : 'text',
      }
    }),
    { name: 'reason', title: '修改原因', type: 'area' },
  ]
}

function History({
  policy,
  onBack,
  onClose,
}: {
  policy: Policy
  onBack?: (version: Version) => void
  onClose(): void
}) {
  const { data, error } = useQuery({
    queryKey: ['policy', policy.name],
    queryFn: () => read<{ items: Version[] }>(`/api/v1/policies/${policy.name}/history`),
  })
  return (
    <Drawer title={`${policy.title}的历史`} onClose={onClose}>
      {error ? (
        <Trouble error={error} />
      ) : !data ? (
        <Waiting />
      ) : (
        data.items.map((version, index) => (
          <section key={version.version}>
            <p>
              <b>{version.version === 0 ? '初始值' : `第 ${version.version} 版`}</b>{' '}
              <span className="muted">
                {version.at && `${minuteOf(version.at)} ${version.actor?.name ?? ''} · ${version.reason}`}
              </span>
            </p>
            <table className="changes">
              <tbody>
                {Object.keys(policy.fields).map((name) => {
                  const before = data.items[index + 1]?.value[name]
                  const differs = data.items[index + 1] !== undefined && before !== version.value[name]
                  return (
                    <tr key={name} className={differs ? 'differs' : undefined}>
                      <td>{policy.fields[name]?.title}</td>
                      <td>
                        {differs && <s className="muted">{worded(policy, name, before)}</s>}{' '}
                        {worded(policy, name, version.value[name])}
                      </td>
                    </tr>
                  )
                })}
              </tbody>
            </table>
            {onBack && index > 0 && (
              <button type="button" className="button plain small" onClick={() => onBack(version)}>
                恢复到这一版
              </button>
            )}
          </section>
        ))
      )}
    </Drawer>
  )
}

/** Policies in force; a stricter one holds at once, a laxer one when another administrator agrees. */
export default function Policies() {
  const client = useQueryClient()
  const { actor } = useSession()
  const { data, error, refetch } = useQuery({
    queryKey: ['policies'],
    queryFn: () => read<{ items: Policy[] }>('/api/v1/policies'),
  })
  const [changing, setChanging] = useState<Policy>()
  const [history, setHistory] = useState<Policy>()
  const [back, setBack] = useState<{ policy: Policy; version: Version }>()
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const mayChange = (policy: Policy) => actor.role === policy.keeper
  const groups = [
    { title: '安全策略', items: data.items.filter(({ keeper }) => keeper === 'security') },
    { title: '业务配置', items: data.items.filter(({ keeper }) => keeper === 'system') },
  ]
  const put = async (policy: Policy, body: object) => {
    const answer = await call<{ approval?: string }>('PUT', `/api/v1/policies/${policy.name}`, {
      version: policy.version,
      ...body,
    })
    say(answer.approval ? '放宽了要求，已提交另一位管理员审批' : '已生效')
    setChanging(undefined)
    setBack(undefined)
    setHistory(undefined)
    client.invalidateQueries()
  }
  return (
    <>
      <Head
        title="策略与配置"
        sub="安全策略由安全管理员修改，收紧立即生效，放宽要由另一位管理员批准；业务配置由系统管理员修改。每一版都留着，可以恢复。"
      />
      {groups.map((group) => (
        <div className="stack" key={group.title}>
          <h2 className="group">{group.title}</h2>
          {group.items.map((policy) => (
            <section key={policy.name} className="card">
              <header>
                <h2>{policy.title}</h2>
                <span>
                  <button type="button" className="button plain small" onClick={() => setHistory(policy)}>
                    历史（{policy.version === 0 ? '初始值' : `第 ${policy.version} 版`}）
                  </button>
                  {mayChange(policy) && (
                    <button type="button" className="button small" onClick={() => setChanging(policy)}>
                      修改
                    </button>
                  )}
                </span>
              </header>
              <div className="padded">
                <p className="muted">{policy.help}</p>
                {policy.at && (
                  <p className="muted">
                    {minuteOf(policy.at)} {policy.actor?.name}修改：{policy.reason}
                  </p>
                )}
                <table className="changes">
                  <tbody>
                    {Object.entries(policy.fields).map(([name, field]) => (
                      <tr key={name}>
                        <td>{field.title}</td>
                        <td className="worded">{worded(policy, name, policy.value[name])}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </section>
          ))}
        </div>
      ))}
      {changing && (
        <AskBox
          title={`修改：${changing.title}`}
          act="保存"
          fields={fieldsOf(changing)}
          onClose={() => setChanging(undefined)}
          submit={({ reason, ...given }) => {
            const value = Object.fromEntries(
              Object.entries(changing.fields).map(([name, field]) => [
                name,
                given[name] === '' ? null : field.type === 'number' ? Number(given[name]) : (given[name] ?? null),
              ]),
            )
            return put(changing, { value, reason })
          }}
        />
      )}
      {history && (
        <History
          policy={history}
          onBack={mayChange(history) ? (version) => setBack({ policy: history, version }) : undefined}
          onClose={() => setHistory(undefined)}
        />
      )}
      {back && (
        <AskBox
          title={back.version.version === 0 ? '恢复到初始值' : `恢复到第 ${back.version.version} 版`}
          act="恢复"
          fields={[{ name: 'reason', title: '原因', type: 'area' }]}
          submit={({ reason }) => put(back.policy, { backTo: back.version.version, reason })}
          onClose={() => setBack(undefined)}
        />
      )}
    </>
  )
}
