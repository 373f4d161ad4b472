import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { AskBox } from '../access/form.tsx'
import { call, read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { useSession } from '../shell/session.tsx'
import { dayAfter } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { type Column, RowAct, RowTable } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { say } from '../ui/toast.tsx'
import { Calendar } from './calendar.tsx'
import { unitOf } from './unit.ts'
import './casework.css'

type Figure = {
  name: string
  validFrom: string
  validUntil: string | null
  value: string
  unit: string
  article: string
  mark: 'S' | 'M' | 'P'
  note: string | null
  /** Who asked for this version, who allowed it and why; nobody where it came with the platform. */
  askedBy: string | null
  decidedBy: string | null
  reason: string | null
}

const whoseOf = ({ askedBy, decidedBy, reason }: Figure): string =>
  askedBy ? `${askedBy}申请、${decidedBy}批准：${reason}` : '随平台带来'

const marks = { S: ['good', '有据'], M: ['warn', '待核对'], P: ['unknown', '平台规定'] } as const

const groups: Readonly<Record<string, string>> = {
  sampling: '抽样检验',
  inspection: '监督检查',
  risk: '风险分级',
  complaint: '投诉',
  report: '举报',
  recall: '召回',
  accident: '事故',
  duty: '主体责任',
  licence: '许可',
  ledger: '台账保存',
  product: '产品备案',
  expiry: '到期提醒',
  audit: '审计',
}

const sinceOf = ({ validFrom, validUntil }: Figure): string =>
  `${validFrom > '1900-01-01' ? `${validFrom} 起` : '一直'}${validUntil ? `，到 ${validUntil}` : ''}`

/** All versions of one figure, the newest first. */
type Versions = { name: string; shown: Figure; others: readonly Figure[] }

function versionsOf([name, versions]: [string, Figure[]], today: string): Versions {
  const inForce = versions.find((each) => each.validFrom <= today && (!each.validUntil || each.validUntil >= today))
  const shown = inForce ?? (versions[0] as Figure)
  return { name, shown, others: versions.filter((each) => each !== shown) }
}

const groupOf = ({ name }: Versions): string => groups[name.split('.')[0] ?? ''] ?? '登记要求'

const columnsOf = (today: string, onNew?: (from: Figure) => void): readonly Column<Versions>[] => [
  {
    title: '什么',
    of: ({ name, shown }) => (
      <>
        {shown.note?.replace(/^待核对：/, '') ?? name}
        <small className="mono">{name}</small>
      </>
    ),
  },
  {
    title: '数值',
    of: ({ shown }) => (
      <span className="nowrap">
        <b>{shown.value}</b> {unitOf(shown.unit)}
      </span>
    ),
    as: 'figure',
  },
  {
    title: '依据',
    of: ({ shown, others }) => (
      <>
        {shown.article}
        <small>
          {sinceOf(shown)}，{whoseOf(shown)}
        </small>
        {others.map((each) => (
          <small key={each.validFrom}>
            {each.validFrom > today ? '将改为' : '此前'} {each.value} {unitOf(each.unit)}（{each.article}，
            {sinceOf(each)}，{whoseOf(each)}）
            {onNew && each.validFrom <= today && (
              <button type="button" className="link" onClick={() => onNew(each)}>
                恢复
              </button>
            )}
          </small>
        ))}
      </>
    ),
  },
  { title: '出处', of: ({ shown }) => <Tag tone={marks[shown.mark][0]}>{marks[shown.mark][1]}</Tag> },
]

/** Figures of the law with their articles, days and marks; the calendar of working days. */
export default function Rules() {
  const { actor } = useSession()
  const { data, error, refetch } = useQuery({
    queryKey: ['rules'],
    queryFn: () => read<{ today: string; items: Figure[] }>('/api/v1/rules'),
  })
  const [q, setQ] = useState('')
  const [changing, setChanging] = useState<Figure>()
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const byName = Map.groupBy(data.items, (each) => each.name)
  const found = [...byName]
    .filter(([, versions]) => versions.some((each) => `${each.name} ${each.note} ${each.article}`.includes(q.trim())))
    .map((versions) => versionsOf(versions, data.today))
  const unsure = [...byName.values()].filter(([newest]) => newest?.mark === 'M').length
  const mayAsk = actor.role === 'system'
  return (
    <>
      <Head
        title={`${byName.size} 项法规数值，${unsure} 项待核对`}
        sub="系统里的时限、数量都从这里取；数值只能从以后的某一天起改，已经登记的不受影响。"
      />
      <div className="stack">
        <Calendar mayAsk={mayAsk} />
        <section className="card figurelist">
          <div className="filterline padded">
            <label>
              查找
              <input value={q} onChange={(event) => setQ(event.target.value)} placeholder="名称、法规" />
            </label>
          </div>
          {found.length === 0 ? (
            <Empty title="没有这样的数值">
              <p>换个词，或只写法规名称里的几个字。</p>
            </Empty>
          ) : (
            <RowTable
              items={[...Map.groupBy(found, groupOf).values()].flat()}
              keyOf={({ name }) => name}
              groupOf={groupOf}
              columns={columnsOf(data.today, mayAsk ? setChanging : undefined)}
              acts={mayAsk ? ({ shown }) => <RowAct onClick={() => setChanging(shown)}>新版本</RowAct> : undefined}
            />
          )}
        </section>
      </div>
      {changing && (
        <AskBox
          title={`${changing.note ?? changing.name}：新版本`}
          act="申请"
          fields={[
            { name: 'value', title: `数值（${unitOf(changing.unit)}）`, value: changing.value },
            { name: 'from', title: '施行日期', type: 'date', value: dayAfter(data.today, 1) },
            { name: 'article', title: '依据', value: changing.article },
            {
              name: 'mark',
              title: '出处',
              type: 'select',
              options: (['S', 'M', 'P'] as const).map((value) => ({ value, title: marks[value][1] })),
            },
            { name: 'reason', title: '原因', type: 'area', help: '由安全管理员或审计管理员批准后生效' },
          ]}
          onClose={() => setChanging(undefined)}
          submit={async (values) => {
            await call('POST', `/api/v1/rules/${changing.name}/versions`, values)
            setChanging(undefined)
            say('已申请，等另一位管理员批准')
            refetch()
          }}
        />
      )}
    </>
  )
}
