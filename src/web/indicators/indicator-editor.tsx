import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { condition, type Operand } from '../../language/expression/index.ts'
import { DefinitionForm, DefinitionPage, useAttempt } from '../define/frame.tsx'
import { Builder } from '../review/builder.tsx'
import { choosable, contextOf, type OfferedSource, useLaws, useSources } from '../review/sources.ts'
import { call, read } from '../shell/api.ts'
import { path } from '../shell/path.ts'
import { navigate } from '../shell/router.tsx'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { say } from '../ui/toast.tsx'
import type { counts, Indicator, IndicatorBody } from './indicator.ts'
import { indicatorPath } from './indicators.tsx'
import '../review/review.css'

const asks = {
  count: '有多少条',
  sum: '某个数的合计',
  average: '某个数的平均值',
  share: '符合条件的占多少',
} as const

const units: Readonly<Record<keyof typeof counts, string>> = { count: '条', sum: '', average: '', share: '%' }

/** Numbers that can be summed, those in lines too. */
function summable(source: OfferedSource): { value: string; title: string; of: Operand }[] {
  const isNumber = (type: string) => /^(number|quantity|money)$/.test(type)
  const own = choosable(source.fields, []).filter((each) => isNumber(each.field.type))
  const inLines = Object.entries(source.fields).flatMap(([lines, field]) =>
    field.type === 'lines'
      ? Object.entries(field.fields)
          .filter(([, inner]) => isNumber(inner.type))
          .map(([name, inner]) => ({
            value: `${lines}/${name}`,
            title: `${field.title}的${inner.title}`,
            of: { op: 'sum', lines, field: name } as const,
          }))
      : [],
  )
  return [
    ...own.map((each) => ({ value: each.name, title: each.title, of: { op: 'field', name: each.name } as const })),
    ...inLines,
  ]
}

const keyOf = (of: Operand | undefined): string =>
  of?.op === 'field' ? of.name : of?.op === 'sum' ? `${of.lines}/${of.field}` : ''

function Form({ indicator, sources }: { indicator?: Indicator; sources: OfferedSource[] }) {
  const client = useQueryClient()
  const first = sources[0]
  const [title, setTitle] = useState(indicator?.title ?? '')
  const [body, setBody] = useState<IndicatorBody>(
    indicator?.body ?? {
      source: first?.name ?? '',
      basis: first?.moments[0] ?? '',
      counts: 'count',
      unit: '条',
      owner: '',
      minimum: 30,
    },
  )
  const laws = useLaws()
  const { attempt, busy, refusal, forget } = useAttempt()
  const source = sources.find((each) => each.name === body.source)
  const change = (next: Partial<IndicatorBody>) => {
    setBody({ ...body, ...next })
    forget()
  }
  const problems = useMemo(() => {
    if (!source) return []
    const context = contextOf(source, sources, laws)
    return [
      ...((body.where && condition(context, body.where, '/where').problems) ?? []),
      ...((body.whole && condition(context, body.whole, '/whole').problems) ?? []),
    ]
  }, [source, sources, laws, body.where, body.whole])
  const words = useQuery({
    queryKey: ['indicator-words', body],
    queryFn: () =>
      call<{ words: string }>('POST', '/api/v1/indicators/read', {
        ...body,
        owner: body.owner || '—',
        unit: body.unit || '—',
      }),
    enabled: problems.length === 0,
    retry: false,
  })
  if (!source) return null
  const wrong = new Map([...(refusal?.problems ?? []), ...problems].map(({ at, text }) => [at, text]))
  const sums = summable(source)
  const needsSum = body.counts === 'sum' || body.counts === 'average'
  const save = (state?: 'on' | 'off') =>
    attempt(async () => {
      const made = indicator
        ? await call<Indicator>('PUT', `/api/v1/indicators/${indicator.id}`, {
            title,
            body,
            version: indicator.version,
            state,
          })
        : await call<Indicator>('POST', '/api/v1/indicators', { title, body })
      await client.invalidateQueries({ queryKey: ['indicators'] })
      say(state === 'off' ? '指标已停用' : '指标已算好')
      navigate(state === 'off' ? path.desk('indicators') : indicatorPath({ id: made.id }), { leave: true })
    })
  const told = (at: string) => wrong.has(at) && <span className="wrong">{wrong.get(at)}</span>
  return (
    <DefinitionForm of={indicator}>
      <div className="pair">
        <label>
          指标名称
          <input className="in" value={title} maxLength={60} onChange={(event) => setTitle(event.target.value)} />
          {told('/title')}
        </label>
        <label>
          算哪类记录
          <select
            className="in"
            value={body.source}
            onChange={({ target: { value } }) => {
              const next = sources.find((each) => each.name === value)
              change({
                source: value,
                basis: next?.moments[0] ?? '',
                where: undefined,
                whole: undefined,
                of: undefined,
                category: undefined,
              })
            }}
          >
            {sources.map((each) => (
              <option key={each.name} value={each.name}>
                {each.title}
              </option>
            ))}
          </select>
        </label>
        <label>
          按哪个时间算
          <select className="in" value={body.basis} onChange={(event) => change({ basis: event.target.value })}>
            {source.moments.map((name) => (
              <option key={name} value={name}>
                {source.fields[name]?.title}
              </option>
            ))}
          </select>
          {told('/basis')}
        </label>
      </div>
      <div className="pair">
        <label>
          算什么
          <select
            className="in"
            value={body.counts}
            onChange={({ target: { value } }) =>
              change({ counts: value as 'count', unit: units[value as 'count'] || body.unit, of: undefined })
            }
          >
            {Object.entries(asks).map(([name, words]) => (
              <option key={name} value={name} disabled={(name === 'sum' || name === 'average') && sums.length === 0}>
                {words}
              </option>
            ))}
          </select>
        </label>
        {needsSum && (
          <label>
            哪个数
            <select
              className="in"
              value={keyOf(body.of)}
              onChange={({ target: { value } }) => change({ of: sums.find((each) => each.value === value)?.of })}
            >
              <option value="">请选择</option>
              {sums.map((each) => (
                <option key={each.value} value={each.value}>
                  {each.title}
                </option>
              ))}
            </select>
            {told('/of')}
          </label>
        )}
        <label>
          单位
          <input
            className="in"
            value={body.unit}
            maxLength={10}
            onChange={(event) => change({ unit: event.target.value })}
          />
          {told('/unit')}
        </label>
        <label>
          按什么分类（可不填）
          <select
            className="in"
            value={body.category ?? ''}
            onChange={(event) => change({ category: event.target.value || undefined })}
          >
            <option value="">不分类</option>
            {source.categories.map((name) => (
              <option key={name} value={name}>
                {source.fields[name]?.title}
              </option>
            ))}
          </select>
        </label>
      </div>
      <fieldset>
        <legend>{body.counts === 'share' ? '分子：符合这些条件的' : '只算这样的记录（可不填）'}</legend>
        <Builder
          condition={body.where}
          change={(where) => change({ where })}
          place={{ fields: source.fields, sources, at: '/where', wrong }}
          empty={body.counts === 'share' ? '还没有条件。' : '全部都算。'}
        />
        {told('/where')}
      </fieldset>
      {body.counts === 'share' && (
        <fieldset>
          <legend>分母：在这些记录中（可不填）</legend>
          <Builder
            condition={body.whole}
            change={(whole) => change({ whole })}
            place={{ fields: source.fields, sources, at: '/whole', wrong }}
            empty={`全部${source.title}。`}
          />
        </fieldset>
      )}
      <div className="pair">
        <label>
          谁负责解释
          <input
            className="in"
            value={body.owner}
            maxLength={40}
            placeholder="科室或姓名"
            onChange={(event) => change({ owner: event.target.value })}
          />
          {told('/owner')}
        </label>
        <label>
          最小样本数
          <input
            className="in"
            type="number"
            min={1}
            value={body.minimum}
            onChange={(event) => change({ minimum: Number(event.target.value) })}
          />
          <small className="sub">分母不足时标明，不单独给出百分比</small>
          {told('/minimum')}
        </label>
        <label>
          怎样算好
          <select
            className="in"
            value={body.better ?? ''}
            onChange={({ target: { value } }) => change({ better: (value || undefined) as 'up' | undefined })}
          >
            <option value="">不分好坏</option>
            <option value="up">越高越好</option>
            <option value="down">越低越好</option>
          </select>
        </label>
      </div>
      {words.data && <p className="sentence">{words.data.words}</p>}
      {refusal && <p className="note bad">{refusal.message}</p>}
      <div className="acts">
        <button
          type="button"
          className="button primary"
          disabled={busy || problems.length > 0}
          onClick={() => save('on')}
        >
          {busy ? '正在计算…' : '保存并计算'}
        </button>
        {indicator?.state === 'on' && (
          <button type="button" className="button danger" disabled={busy} onClick={() => save('off')}>
            停用
          </button>
        )}
      </div>
    </DefinitionForm>
  )
}

/** An indicator made by whoever needs it: what is counted, of what, when, and who answers for it. */
export default function IndicatorEditor({ id }: { id: string }) {
  const sources = useSources()
  const isNew = id === 'new'
  const { data, error, refetch } = useQuery({
    queryKey: ['indicator', id],
    queryFn: () => read<Indicator>(`/api/v1/indicators/${id}`),
    enabled: !isNew,
  })
  if (error || sources.error) return <Trouble error={error ?? sources.error} retry={refetch} />
  if (!sources.data || (!isNew && !data)) return <Waiting />
  return (
    <DefinitionPage
      of={data}
      blank="新建指标"
      how="改动后会重新计算全部历史。"
      back={isNew ? { title: '统计指标', to: path.desk('indicators') } : { title: '看指标', to: indicatorPath({ id }) }}
    >
      <Form key={data?.version ?? 0} indicator={data} sources={sources.data.sources} />
    </DefinitionPage>
  )
}
