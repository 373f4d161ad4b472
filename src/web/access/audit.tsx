import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { type FormEvent, useEffect, useState } from 'react'
import { read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { secondOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { type Column, Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { acts } from './acts.ts'
import { AuditEntry, type AuditRow as Row } from './audit-entry.tsx'

type Page = { items: Row[]; next: string | null; from: string; to: string; apps?: string[] }

const results = { done: ['good', '成功'], refused: ['bad', '拒绝'], failed: ['warn', '失败'] } as const

/** What things are called, records' kinds first. */
function useKindTitles(): Record<string, string> {
  const { kindTitles = {} } = useCatalogue()
  return { ...otherTitles, ...kindTitles }
}

const otherTitles: Readonly<Record<string, string>> = {
  account: '账号',
  policy: '策略',
  role: '角色',
  page: '页面',
  audit: '审计',
  area: '区域',
  'api-client': '接入方',
  'api-deprecation': '弃用的接口',
  'oidc-client': '单点登录系统',
  'oidc-key': '登录签名密钥',
  'signing-key': '签名密钥',
  'code-key': '赋码密钥',
  'record-export': '导出',
  job: '后台任务',
  report: '报表',
  indicator: '指标',
  'audit-alarm': '行为告警',
  leak: '泄露溯源',
  'own-data': '个人信息请求',
  message: '消息',
  'message-channel': '消息渠道',
  quarantine: '隔离数据',
  'relation-grant': '向贸易伙伴开放',
  'second-factor': '第二验证方式',
  'site-point': '现场登录点',
  file: '文件',
  rule: '规则',
  // What was asked for and decided, by the dangerous act.
  'seal-history': '加密历史里的个人信息',
  'client-signing-key': '登记接入方签名密钥',
  'widen-role': '扩大角色权限',
  'open-relation': '向贸易伙伴开放',
  export: '导出重要数据',
  'open-client': '接口上线',
  'open-oidc-client': '登记单点登录系统',
  'loosen-policy': '放宽安全策略',
  'confirm-account': '开立账号',
  'grant-position': '变更角色',
  'restore-account': '恢复账号',
  'recover-account': '重置密码',
  'rotate-key': '更换个人信息密钥',
  'set-figure': '法规数值新版本',
  'set-calendar-year': '录入节假日',
}

const columnsOf = (titleOf: (kind: string) => string): readonly Column<Row>[] => [
  { title: '时间', of: ({ at }) => secondOf(at), as: 'short' },
  {
    title: '谁',
    of: ({ actorName, ownerTitle }) => (
      <>
        {actorName}
        <small>{ownerTitle}</small>
      </>
    ),
  },
  {
    title: '动作',
    of: ({ act, rows }) => (
      <>
        {acts[act] ?? act}
        {rows > 1 && <small>{rows} 条</small>}
      </>
    ),
  },
  {
    title: '对象',
    of: ({ title, kind, app }) => (
      <>
        {title || titleOf(kind)}
        {app !== 'shisu' && <small>来自“{app}”</small>}
      </>
    ),
  },
  { title: '结果', of: ({ result }) => <Tag tone={results[result][0]}>{results[result][1]}</Tag> },
  { title: '来源', of: ({ address }) => address, as: 'code' },
]

/** Every write, sign-in, read of important data, export, print and refusal: who, when, what, from where, with what result. */
export default function Audit() {
  const titles = useKindTitles()
  const titleOf = (kind: string) => titles[kind] ?? kind
  const kinds = Object.entries(titles).sort(([, one], [, other]) => one.localeCompare(other, 'zh-CN'))
  const [query, setQuery] = useState<Record<string, string>>({})
  const [shown, setShown] = useState<Row>()
  const [name, setName] = useState('')
  const { data: people } = useQuery({
    queryKey: ['audit-people', name],
    queryFn: () =>
      read<{ items: { id: string; name: string; ownerTitle: string }[] }>('/api/v1/audit/people', { q: name }),
    enabled: name.length > 0,
  })
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetching } = useInfiniteQuery({
    queryKey: ['audit', query],
    queryFn: ({ pageParam, signal }) =>
      read<Page>('/api/v1/audit', { ...query, after: pageParam, limit: '50' }, signal),
    initialPageParam: '',
    getNextPageParam: (last: Page) => last.next ?? undefined,
  })
  const search = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    setQuery(
      Object.fromEntries([...new FormData(event.currentTarget)].map(([key, value]) => [key, String(value).trim()])),
    )
  }
  const rows = data?.pages.flatMap((page) => page.items) ?? []
  const told = data?.pages[0]?.apps
  const [apps, setApps] = useState<readonly string[]>([])
  // The choice outlives the moment in which the next search has not answered yet.
  useEffect(() => {
    if (told) setApps(told)
  }, [told])
  return (
    <>
      <Head title="审计" sub="默认查最近三十天。谁、何时、从哪里、对什么、做了什么、结果如何；不能修改，也不能删除。" />
      <form className="filterline" onSubmit={search}>
        <label>
          从
          <input type="date" name="from" />
        </label>
        <label>
          到
          <input type="date" name="to" />
        </label>
        <label>
          姓名
          <input value={name} onChange={(event) => setName(event.target.value)} placeholder="先填姓名再选人" />
        </label>
        {name && (
          <label>
            人员
            <select name="actor">
              <option value="">不限</option>
              {people?.items.map((person) => (
                <option key={person.id} value={person.id}>
                  {person.name} · {person.ownerTitle}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          动作
          <select name="act">
            <option value="">不限</option>
            {Object.entries(acts).map(([act, title]) => (
              <option key={act} value={act}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <label>
          对象
          <select name="kind">
            <option value="">不限</option>
            {kinds.map(([kind, title]) => (
              <option key={kind} value={kind}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <label>
          结果
          <select name="result">
            <option value="">不限</option>
            {Object.entries(results).map(([result, [, title]]) => (
              <option key={result} value={result}>
                {title}
              </option>
            ))}
          </select>
        </label>
        {apps.length > 0 && (
          <label>
            来源应用
            <select name="app">
              <option value="">不限</option>
              <option value="shisu">本平台</option>
              {apps.map((app) => (
                <option key={app} value={app}>
                  {app}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          来源地址
          <input name="address" />
        </label>
        <label>
          对象编号
          <input name="object" />
        </label>
        <button type="submit" className="button primary" disabled={isFetching}>
          查找
        </button>
      </form>
      {error ? (
        <Trouble error={error} retry={refetch} />
      ) : !data ? (
        <Waiting />
      ) : (
        <Rows
          empty="这段时间没有符合条件的记录"
          hint="放宽日期或去掉几个条件再试。"
          items={rows}
          keyOf={({ id }) => id}
          columns={columnsOf(titleOf)}
          open={(row) => setShown(row)}
        />
      )}
      {hasNextPage && (
        <p style={{ textAlign: 'center', padding: 14 }}>
          <button type="button" className="button" onClick={() => fetchNextPage()} disabled={isFetching}>
            再看更早的
          </button>
        </p>
      )}
      {shown && <AuditEntry row={shown} titleOf={titleOf} onClose={() => setShown(undefined)} />}
    </>
  )
}
