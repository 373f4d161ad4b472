import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { minuteOf, secondOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Drawer } from '../ui/dialog.tsx'
import { Waiting } from '../ui/empty.tsx'
import { type Answer, amountWord, type Holder, holderWord } from './answer.ts'
import { DoubtNote, useDoubts } from './doubts.tsx'
import { type Called, useNames } from './names.ts'
import { DeclareError, Raw } from './raw.tsx'
import { actionWords, bareTerm, bizStepWords, dispositionWords, eventTypeWords } from './words.ts'
import './event.css'

type Event = Record<string, unknown>
type Document = { epcisBody?: { queryResults?: { resultsBody?: { eventList?: Event[] } }; eventList?: Event[] } }

type Names = Readonly<Record<string, Called>>

const glnIn = /(\d{13})(?!\d)|sgln:(\d{7,12})\.(\d{0,5})\./

/** A place or party of an event by the name it has here, else by what is written. */
function placeWord(value: unknown, holders: readonly Holder[], called: Names = {}): string {
  const id = placeId(value)
  const found = glnIn.exec(id)
  // A URN leaves out the check digit: the first twelve digits tell the place.
  const digits = found?.[1] ?? (found ? `${found[2]}${found[3]}` : undefined)
  const holder = digits && holders.find((each) => each.id === digits || each.id.startsWith(digits.slice(0, 12)))
  return holder ? holderWord(holder) : (called[id]?.owner ?? id)
}

function placeId(value: unknown): string {
  return typeof value === 'object' && value !== null && 'id' in value ? String(value.id) : String(value)
}

/** The places, parties and things that an event names. */
function namedIn(event: Event | undefined): string[] {
  if (!event) return []
  const list = (name: string) => (Array.isArray(event[name]) ? (event[name] as unknown[]) : [])
  const parties = [...list('sourceList'), ...list('destinationList')] as Event[]
  const things = lists.flatMap(([, fields]) => fields.flatMap(list)) as (string | Event)[]
  return [
    ...[event.readPoint, event.bizLocation].filter(Boolean).map(placeId),
    ...parties.map(({ source, destination }) => String(source ?? destination)),
    ...things.slice(0, 100).map((thing) => (typeof thing === 'string' ? thing : String(thing.epcClass))),
  ]
}

/** A product with its lot or serial as people write them; the rest as it is. */
export function shortId(id: string): string {
  const path = /\/01\/(\d{14})(?:\/10\/([^/?]+))?(?:\/21\/([^/?]+))?/.exec(id)
  if (path) return [path[1], path[2] && `批号 ${decodeURIComponent(path[2])}`, path[3]].filter(Boolean).join(' · ')
  return decodeURIComponent(id)
}

function things(
  list: readonly unknown[],
  names: ReadonlyMap<string, string>,
  units: Record<string, string>,
): ReactNode {
  const all = list.map((each) =>
    typeof each === 'string' ? { id: each, amount: '' } : thingOf(each as Record<string, unknown>, units),
  )
  if (all.length === 0) return null
  return (
    <ul className="things">
      {all.slice(0, 20).map(({ id, amount }) => (
        <li key={id}>
          <span>
            {names.get(id) && <b>{names.get(id)} </b>}
            <span className="mono">{shortId(id)}</span>
          </span>
          {amount && <span className="nowrap">{amount}</span>}
        </li>
      ))}
      {all.length > 20 && <li className="muted">等 {all.length} 项</li>}
    </ul>
  )
}

function thingOf(thing: Record<string, unknown>, units: Record<string, string>): { id: string; amount: string } {
  const quantity = thing.quantity === undefined ? undefined : String(thing.quantity)
  return { id: String(thing.epcClass), amount: amountWord({ quantity, uom: thing.uom as string | undefined }, units) }
}

const lists: readonly [string, readonly string[]][] = [
  ['物品', ['epcList', 'quantityList']],
  ['投入', ['inputEPCList', 'inputQuantityList']],
  ['产出', ['outputEPCList', 'outputQuantityList']],
  ['被装入的', ['childEPCs', 'childQuantityList']],
]

function factsOf(event: Event, answer: Answer, called: Names, units: Record<string, string>): [string, ReactNode][] {
  const { holders } = answer
  const names = new Map([
    ...Object.entries(called).flatMap(([id, { name }]) => (name ? [[id, name] as const] : [])),
    ...answer.nodes.flatMap((node) => (node.name ? [[node.key, node.name] as const] : [])),
  ])
  const step = event.bizStep ? bareTerm(event.bizStep) : ''
  const disposition = event.disposition ? bareTerm(event.disposition) : ''
  const parties = (list: unknown, name: string) =>
    (Array.isArray(list) ? (list as Record<string, unknown>[]) : [])
      .map((each) => placeWord(each[name], holders, called))
      .join('、')
  const facts: [string, ReactNode][] = [
    ['发生时间', event.eventTime ? secondOf(String(event.eventTime)) : ''],
    ['业务步骤', step ? (bizStepWords[step] ?? step) : ''],
    ['之后状态', disposition ? (dispositionWords[disposition] ?? disposition) : ''],
    ['动作', event.action ? actionWords[String(event.action)] : ''],
    ['发生地点', event.readPoint ? placeWord(event.readPoint, holders, called) : ''],
    ['之后在', event.bizLocation ? placeWord(event.bizLocation, holders, called) : ''],
    ['来自', parties(event.sourceList, 'source')],
    ['交给', parties(event.destinationList, 'destination')],
    ['容器', event.parentID ? shortId(String(event.parentID)) : ''],
    ...lists.map(([title, fields]): [string, ReactNode] => [
      title,
      things(
        fields.flatMap((field) => event[field] ?? []),
        names,
        units,
      ) ?? '',
    ]),
    ['单据', parties(event.bizTransactionList, 'bizTransaction')],
    ['记录时间', event.recordTime ? minuteOf(String(event.recordTime)) : ''],
  ]
  return facts.filter(([, value]) => value !== '' && value !== undefined && value !== null)
}

/** One event that an edge rests on: what it says in plain words first, then as it was received. */
export function Evidence({ id, answer, onClose }: { id: string; answer: Answer; onClose(): void }) {
  const { units } = useCatalogue()
  const client = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: ['event', id],
    queryFn: ({ signal }) => read<Document | Event>(`/epcis/events/${encodeURIComponent(id)}`, {}, signal),
  })
  const body = (data as Document | undefined)?.epcisBody
  const events = body?.queryResults?.resultsBody?.eventList ?? body?.eventList ?? (data ? [data as Event] : [])
  const event = events[0]
  const called = useNames(namedIn(event))
  const doubts = useDoubts('events', [id])
  const isWrong = events.some((each) => Boolean(each.errorDeclaration)) && !doubts.some(({ declared }) => declared)
  return (
    <Drawer title={event ? (eventTypeWords[String(event.type)] ?? '事件') : '依据'} onClose={onClose}>
      {error ? (
        <Trouble error={error} retry={refetch} />
      ) : !event ? (
        <Waiting />
      ) : (
        <>
          <dl className="facts eventfacts">
            {factsOf(event, answer, called, units).map(([title, value]) => (
              <div key={title} className="wide">
                <dt>{title}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          {doubts.map((doubt) => (
            <DoubtNote key={String(doubt.declared)} doubt={doubt} />
          ))}
          {isWrong && <p className="note warn">这个事件已被声明有误，链条里不再使用它。</p>}
          <Raw id={id} event={event} />
          {!events.some((each) => Boolean(each.errorDeclaration)) && (
            <DeclareError event={event} done={() => client.invalidateQueries()} />
          )}
        </>
      )}
    </Drawer>
  )
}
