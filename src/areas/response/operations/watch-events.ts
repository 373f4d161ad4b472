import type { ISql } from 'postgres'
import type { Actor } from '../../../platform/access/actor.ts'
import { stepTitles } from '../../../platform/define/ground.ts'
import type { Timed } from '../../../platform/operation.ts'
import type { OpenDoor, Store } from '../../../platform/store/store.ts'
import { type Doubt, noteDoubts } from '../../../trace/index.ts'
import { unconfirmedEvent } from '../records/unconfirmed-event.ts'
import { raiseFor } from './raise-for.ts'

type Authority = { id: string; title: string; region: string; role: 'city' | 'county' }

/**
 * Told by the clock: what was recorded about goods by somebody who has no part in them. Nothing follows from it until the
 * goods' holder or an officer says so; a record of its own asks them, and a dispatch that comes late answers it.
 */
export const watchEvents = (open: OpenDoor): Timed => ({
  name: 'unconfirmed-events',
  title: '核对事件与货物的关系',
  schedule: { everySeconds: 2 },
  async run(sql, now) {
    // Authorities record about others' goods by office; whoever is not filed as an enterprise is none.
    const exempt = await sql<{ id: string }[]>`
      select o.id from owner o where not exists (select from subject s where s.id = o.id)`
    const { noted, explained } = await noteDoubts(
      sql,
      now,
      exempt.map(({ id }) => id),
    )
    for (const doubt of noted) await ask(sql, open, doubt, now)
    for (const eventId of explained) await closeExplained(sql, open, eventId, now)
    return noted.length + explained.length
  },
})

/** The authority over a county where one works here, else over its city. */
async function authorityOver(sql: ISql, region: string): Promise<Authority | undefined> {
  const [row] = await sql<Authority[]>`
    select o.id, o.title, o.region, a.role from account a join owner o on o.id = a.owner_id
    where (a.role = 'county' and o.region = ${region}) or (a.role = 'city' and o.region = left(${region}, 4) || '00')
    order by a.role = 'city', o.id limit 1`
  return row
}

const doorOf = (sql: ISql, open: OpenDoor, { id, title, region }: Authority, now: Date): Store => {
  const actor: Actor = {
    userId: '',
    name: '事件核对',
    role: 'city',
    ownerId: id,
    ownerTitle: title,
    region: `${region.slice(0, 4)}00`,
    scopes: [],
  }
  return open(sql, actor, now)
}

async function ask(sql: ISql, open: OpenDoor, doubt: Doubt, now: Date): Promise<void> {
  const authority = await authorityOver(sql, doubt.region)
  if (!authority) return
  const what = `${doubt.reporter}：${doubt.declared ? '声明事件有错误' : titleOf(doubt)}`
  const { row } = await doorOf(sql, open, authority, now).create(unconfirmedEvent, {
    ownerId: authority.id,
    eventId: cut(doubt.eventId, 1000),
    holder: doubt.holderId,
    reporter: doubt.reporterId,
    eventTime: doubt.eventTime.toISOString(),
    notedAt: now.toISOString(),
    claim: doubt.declared ? 'error' : 'goods',
    what: cut(what, 200),
    ...(doubt.place && { place: cut(doubt.place, 300) }),
    goods: doubt.goods.map(({ key, name, quantity, uom }) => ({
      code: cut(labelOf(key), 600),
      ...(name && { name: cut(name, 200) }),
      ...(quantity && { quantity: `${Number(quantity)} ${uom ?? ''}`.trim() }),
    })),
  })
  const notice = { kind: unconfirmedEvent.name, id: String(row.id), level: 'warn' as const }
  await raiseFor(sql, now, {
    ...notice,
    ownerId: doubt.holderId,
    region: doubt.region,
    title: cut(`有单位上报了您的货物，请确认：${what}`, 200),
    detail: cut(doubt.goods.map(({ key, name }) => name ?? key).join('、') || doubt.eventId, 500),
  })
}

/** Whole characters: half of one is none that can be kept. */
const cut = (text: string, most: number) => [...text].slice(0, most).join('')

/** A GS1 key as it is printed under a barcode. */
const labelOf = (key: string) =>
  key.startsWith('https://id.gs1.org/')
    ? decodeURIComponent(key.slice('https://id.gs1.org/'.length).replace(/(\d{2,4})\/([^/]+)\/?/g, '($1)$2'))
    : key

const titleOf = ({ bizStep, type }: Doubt) => (bizStep ? (stepTitles[bizStep] ?? bizStep) : type)

async function closeExplained(sql: ISql, open: OpenDoor, eventId: string, now: Date): Promise<void> {
  const [asked] = await sql<(Authority & { record: string; version: number })[]>`
    select r.id as record, r.version::int, o.id, o.title, o.region, 'city' as role from unconfirmed_event r
    join owner o on o.id = r.owner_id where r.event_id = ${cut(eventId, 1000)} and r.claim = 'goods' and r.state = 'open'`
  if (!asked) return
  await doorOf(sql, open, asked, now).transition(unconfirmedEvent, asked.record, 'explain', { version: asked.version })
}
