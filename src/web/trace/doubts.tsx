import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Doubted } from '../../trace/wire.ts'
import { call, read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import type { Row } from '../shell/row.ts'
import { minuteOf } from '../shell/time.ts'
import { Tag } from '../ui/shape.tsx'
import type { Answer } from './answer.ts'
import { bareTerm, bizStepWords, eventTypeWords } from './words.ts'

const atOnce = 200
const shownMax = 5
const none: readonly Doubted[] = []

/** Which of these events, or of those about these things, do not count; nothing yet while it is asked for. */
export function useDoubts(of: 'events' | 'things', ids: readonly string[]): readonly Doubted[] {
  const asked = [...new Set(ids)].sort()
  const { data } = useQuery({
    queryKey: ['doubts', of, asked],
    queryFn: async ({ signal }) => {
      const parts: Doubted[] = []
      for (let at = 0; at < asked.length; at += atOnce) {
        const body = { [of]: asked.slice(at, at + atOnce) }
        parts.push(...(await call<{ doubts: Doubted[] }>('POST', '/api/v1/trace/doubts', body, { signal })).doubts)
      }
      return parts
    },
    enabled: asked.length > 0,
    placeholderData: keepPreviousData,
  })
  return data ?? none
}

const words = { open: '待确认', rejected: '不属实' } as const

export function DoubtTag({ state }: { state: Doubted['state'] }) {
  return <Tag tone={state === 'open' ? 'bad' : 'unknown'}>{words[state]}</Tag>
}

/** The record in which the holder of the goods is asked, where the reader may see it; else `plain`. */
function DoubtLink({ doubt, plain, children }: { doubt: Doubted; plain: string; children: string }) {
  // The kind is known by what it says, as its name is its area's.
  const kind = useCatalogue().kinds.find(
    ({ fields, verbs }) => verbs.includes('read') && fields.eventId && fields.holder && fields.reporter && fields.claim,
  )
  const { data } = useQuery({
    queryKey: ['doubt-record', doubt.eventId, doubt.declared],
    // A comma would part the value in two.
    enabled: kind !== undefined && !doubt.eventId.includes(','),
    queryFn: ({ signal }) =>
      read<{ items: Row[] }>(
        `/api/v1/records/${kind?.name}`,
        { eventId: doubt.eventId, claim: doubt.declared ? 'error' : 'goods', limit: '1' },
        signal,
      ),
  })
  const record = data?.items[0]
  return kind && record ? <Link to={path.record(kind.name, record.id)}>{children}</Link> : plain
}

/** Why an event, or the declaration that it is wrong, has no effect. */
export function DoubtNote({ doubt }: { doubt: Doubted }) {
  const what = doubt.declared ? `${doubt.reporter}声明这个事件有误，` : '上报单位没有这些货物的收发货凭据，'
  const state = doubt.state === 'open' ? '还没有得到货物所属单位或监管部门确认' : '货物所属单位或监管部门认为不属实'
  return (
    <p className="note warn">
      {what}
      {state}，{doubt.declared ? '声明不起作用' : '不计入链条和数量'}。
      <DoubtLink doubt={doubt} plain="">
        {doubt.state === 'open' ? '待确认记录' : '处理记录'}
      </DoubtLink>
    </p>
  )
}

const thingsMax = 200

/** What others said about the things of a chain and nobody has confirmed: it is not in the chain. */
export function ChainDoubts({ answer, asOf }: { answer: Answer; asOf: string | undefined }) {
  const nearest = [...answer.nodes].sort((a, b) => Math.abs(a.layer) - Math.abs(b.layer)).slice(0, thingsMax)
  const all = useDoubts(
    'things',
    nearest.map(({ key }) => key),
  )
  const open = all.filter(
    ({ state, eventTime }) => state === 'open' && (!asOf || Date.parse(eventTime) <= Date.parse(asOf)),
  )
  if (open.length === 0) return null
  return (
    <section className="note warn excursions" style={{ marginBottom: 14 }} aria-label="待确认事件">
      <b>另有 {open.length} 个关于这些物品的事件待确认，链条和数量没有计入</b>
      <ul>
        {open.slice(0, shownMax).map((doubt) => (
          <li key={`${doubt.eventId} ${doubt.declared}`}>
            <DoubtLink doubt={doubt} plain={whatOf(doubt)}>
              {whatOf(doubt)}
            </DoubtLink>
            <small> {minuteOf(doubt.eventTime)}</small>
          </li>
        ))}
        {open.length > shownMax && <li>等 {open.length} 个</li>}
      </ul>
    </section>
  )
}

function whatOf({ reporter, declared, bizStep, type }: Doubted): string {
  const step = bizStep ? bareTerm(bizStep) : ''
  const what = declared ? '声明事件有误' : (bizStepWords[step] ?? (step || (eventTypeWords[type] ?? type)))
  return `${reporter}：${what}`
}
