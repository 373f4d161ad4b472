import { useInfiniteQuery } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { readPaged } from '../shell/api.ts'
import { Head, usePhone } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate, useRoute } from '../shell/router.tsx'
import { minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { type Column, RowTable } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import type { Answer } from './answer.ts'
import { DoubtTag, useDoubts } from './doubts.tsx'
import { Evidence } from './evidence.tsx'
import { type Called, useNames } from './names.ts'
import { followable } from './typed.ts'
import { bareTerm, bizStepWords, dispositionWords, eventTypeWords } from './words.ts'
import '../input/input.css'
import '../record/detail.css'
import './chain.css'
import './event.css'

type Event = Record<string, unknown> & { eventID: string; type: string; eventTime: string }
type Document = { epcisBody: { queryResults: { resultsBody: { eventList: Event[] } } } }
type Asked = Record<'epc' | 'type' | 'step' | 'since' | 'before' | 'wrong', string | undefined>

/** Lots and products stand in the lists with quantities, single things in those without. */
function thingQuery(typed: string): [string, string] {
  const id = followable(typed)
  const isClass = /\/10\/[^/]+$|\/01\/\d{14}$|:lgtin:|:idpat:/.test(id)
  return [isClass ? 'MATCH_anyEPCClass' : 'MATCH_anyEPC', id]
}

function addressOf({ epc, type, step, since, before, wrong }: Asked, perPage: number): string {
  const query = new URLSearchParams({ perPage: String(perPage), orderBy: 'eventTime', orderDirection: 'DESC' })
  if (epc) query.append(...thingQuery(epc))
  if (type) query.set('eventType', type)
  if (step) query.set('EQ_bizStep', step)
  if (since) query.set('GE_eventTime', `${since}T00:00:00+08:00`)
  if (before) query.set('LT_eventTime', `${before}T23:59:59.999+08:00`)
  if (wrong) query.set('EXISTS_errorDeclaration', 'true')
  return `/epcis/events?${query}`
}

function firstThing(event: Event): { id: string; many: number } {
  const lists = [
    'epcList',
    'childEPCs',
    'inputEPCList',
    'outputEPCList',
    'quantityList',
    'childQuantityList',
    'inputQuantityList',
    'outputQuantityList',
  ]
  const all = lists.flatMap((list) => (Array.isArray(event[list]) ? (event[list] as unknown[]) : []))
  const first = all[0]
  const id =
    typeof first === 'string'
      ? first
      : String((first as { epcClass?: string } | undefined)?.epcClass ?? event.parentID ?? '')
  return { id, many: all.length }
}

function placeOf(event: Event): string {
  const place = (event.bizLocation ?? event.readPoint) as { id?: string } | undefined
  return place?.id ?? ''
}

/** A number without its address: a pallet's, a product's with lot or serial, else the rest of it. */
function shortOf(id: string): string {
  const [, sscc] = /\/00\/(\d{18})$/.exec(id) ?? []
  if (sscc) return `物流单元 ${sscc}`
  const [, gtin, , mark] = /\/01\/(\d{14})(?:\/(10|21)\/([^/?]+))?$/.exec(id) ?? []
  if (gtin) return ['商品', gtin, mark && decodeURIComponent(mark)].filter(Boolean).join(' ')
  return id.replace(/^https:\/\/id\.gs1\.org\//, '').replace(/^urn:epc:(?:id|class|idpat):/, '')
}

/** What people call a thing; its number where it has no name here. */
function thingWord(called: Called | undefined, id: string): string {
  if (called?.owner) return called.owner
  if (!called?.name) return shortOf(id)
  return [called.name, called.mark].filter(Boolean).join(' ')
}

function placeWord(called: Called | undefined, id: string): string {
  return id === '' ? '—' : (called?.owner ?? `未登记的地点 ${shortOf(id).replace(/^414\//, '')}`)
}

const termWord = (words: Readonly<Record<string, string>>, term: unknown): string =>
  term ? (words[bareTerm(term)] ?? bareTerm(term)) : '—'

function Filter({ asked }: { asked: Asked }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = Object.fromEntries(
      [...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value)]),
    )
    navigate(path.events(given), { replace: true })
  }
  return (
    <form className="tracesearch eventfilter noprint" onSubmit={submit}>
      <input
        className="in"
        name="epc"
        aria-label="物品"
        placeholder="追溯码、“商品条码 批号”或网址"
        defaultValue={asked.epc}
        spellCheck={false}
      />
      <select className="in" name="type" aria-label="类型" defaultValue={asked.type ?? ''}>
        <option value="">全部类型</option>
        {Object.entries(eventTypeWords).map(([value, title]) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
      </select>
      <select className="in" name="step" aria-label="业务步骤" defaultValue={asked.step ?? ''}>
        <option value="">全部步骤</option>
        {Object.entries(bizStepWords).map(([value, title]) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
      </select>
      <input className="in" type="date" name="since" aria-label="从哪天" defaultValue={asked.since} />
      <input className="in" type="date" name="before" aria-label="到哪天" defaultValue={asked.before} />
      <label className="check">
        <input type="checkbox" name="wrong" value="1" defaultChecked={Boolean(asked.wrong)} /> 只看声明有误的
      </label>
      <button type="submit" className="button primary">
        查询
      </button>
    </form>
  )
}

const nobody: Answer = {
  asOf: '',
  id: '',
  direction: 'both',
  nodes: [],
  edges: [],
  holders: [],
  frontier: [],
  hidden: 0,
  truncated: false,
}

/** Everything that was captured within the reader's reach: found by thing, type, step and time, each as it was received. */
export default function Events() {
  const { query } = useRoute()
  const asked: Asked = {
    epc: query.epc,
    type: query.type,
    step: query.step,
    since: query.since,
    before: query.before,
    wrong: query.wrong,
  }
  // Which event is open stands in the address: records link to theirs.
  const show = (event: string | undefined) => navigate(path.events({ ...query, event }), { replace: true })
  // A thumb goes through a dozen; a desk through fifty.
  const phone = usePhone()
  const atOnce = phone ? 12 : 50
  const address = addressOf(asked, atOnce)
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetching } = useInfiniteQuery({
    queryKey: ['events', address],
    queryFn: ({ pageParam, signal }) => readPaged<Document>(pageParam, signal),
    initialPageParam: address,
    getNextPageParam: (page) => page.next,
  })
  const events = data?.pages.flatMap(({ body }) => body.epcisBody.queryResults.resultsBody.eventList) ?? []
  const names = useNames(events.flatMap((event) => [firstThing(event).id, placeOf(event)]))
  const doubts = useDoubts(
    'events',
    events.map(({ eventID }) => eventID),
  )
  const doubtOf = ({ eventID, errorDeclaration }: Event) =>
    doubts.find((each) => each.eventId === eventID && each.declared === Boolean(errorDeclaration))
  const marked = (event: Event) => (
    <>
      {Boolean(event.errorDeclaration) && <Tag tone="warn">声明有误</Tag>}
      {doubtOf(event) && <DoubtTag state={doubtOf(event)?.state ?? 'open'} />}
    </>
  )
  const typed: Column<Event> = {
    title: '类型',
    of: (event) => (
      <>
        {eventTypeWords[event.type] ?? event.type} {marked(event)}
      </>
    ),
  }
  const stepped: Column<Event> = { title: '步骤', of: ({ bizStep }) => termWord(bizStepWords, bizStep) }
  const disposed: Column<Event> = {
    title: '之后状态',
    of: ({ disposition }) => termWord(dispositionWords, disposition),
  }
  const happened: Column<Event> = {
    title: '步骤',
    of: (event) => (
      <>
        {stepped.of(event)}
        {event.disposition ? <> → {disposed.of(event)}</> : null} {marked(event)}
      </>
    ),
  }
  return (
    <>
      <Head title="追溯事件" sub="收到的每一个 EPCIS 事件，原样保存，不能改动；有误的另作声明。">
        <Link className="button" to={path.capture()}>
          上报事件
        </Link>
      </Head>
      <Filter key={address} asked={asked} />
      <section className="card">
        {error ? (
          <Trouble error={error} retry={refetch} />
        ) : !data ? (
          <Waiting lines={8} />
        ) : events.length === 0 ? (
          <Empty title="没有符合条件的事件">
            <p>换一个条件，或去掉时间限制。</p>
          </Empty>
        ) : (
          <RowTable
            items={events}
            keyOf={(event) => `${event.eventID} ${event.recordTime} ${Boolean(event.errorDeclaration)}`}
            open={({ eventID }) => show(eventID)}
            columns={[
              {
                title: '发生时间',
                as: 'short',
                of: ({ eventID, eventTime }) => (
                  <button type="button" className="link" tabIndex={-1} onClick={() => show(eventID)}>
                    {minuteOf(eventTime)}
                  </button>
                ),
              },
              ...(phone ? [happened] : [typed, stepped, disposed]),
              { title: '地点', of: (event) => placeWord(names[placeOf(event)], placeOf(event)) },
              {
                title: '物品',
                of: (event) => (
                  <span title={firstThing(event).id}>
                    {thingWord(names[firstThing(event).id], firstThing(event).id)}
                    {firstThing(event).many > 1 && ` 等 ${firstThing(event).many} 项`}
                  </span>
                ),
              },
            ]}
          />
        )}
        {hasNextPage && (
          <p style={{ padding: '10px 18px 14px' }}>
            <button type="button" className="button" disabled={isFetching} onClick={() => fetchNextPage()}>
              {isFetching ? '正在读取…' : `再看 ${atOnce} 个`}
            </button>
          </p>
        )}
      </section>
      {query.event && <Evidence id={query.event} answer={nobody} onClose={() => show(undefined)} />}
    </>
  )
}
