import type { Sql } from 'postgres'
import { parseDocument } from '../../src/standards/epcis/index.ts'
import { append, type Outcome } from '../../src/trace/index.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'

/** The owners of the test chain: id, GB/T 2260 region, GLN. */
export const owners = {
  mill: { id: '00000000-0000-7000-8000-000000000001', region: '450202', gln: '6901000000011', title: '米粉厂' },
  factory: { id: '00000000-0000-7000-8000-000000000002', region: '450203', gln: '6901000000028', title: '螺蛳粉厂' },
  warehouse: { id: '00000000-0000-7000-8000-000000000003', region: '450203', gln: '6901000000035', title: '仓库' },
  shop: { id: '00000000-0000-7000-8000-000000000004', region: '450204', gln: '6901000000042', title: '便利店' },
  stranger: { id: '00000000-0000-7000-8000-000000000005', region: '450205', gln: '6901000000059', title: '旁人' },
} as const

export type OwnerName = keyof typeof owners

export const context = [
  'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld',
  { cbvmda: 'urn:epcglobal:cbv:mda:', ex: 'https://example.org/' },
]

export const place = (owner: OwnerName) => ({ id: `https://id.gs1.org/414/${owners[owner].gln}` })
export const party = (owner: OwnerName) => `https://id.gs1.org/417/${owners[owner].gln}`
export const lot = (gtin: string, number: string) => `https://id.gs1.org/01/${gtin}/10/${number}`
export const serial = (gtin: string, number: string) => `https://id.gs1.org/01/${gtin}/21/${number}`
export const pallet = (number: string) => `https://id.gs1.org/00/${number}`
/** A day of July 2026 and an hour, UTC. */
export const at = (day: number, hour = 8) =>
  `2026-07-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00.000Z`

export type Fields = Record<string, unknown>

export function event(type: string, time: string, fields: Fields): Fields {
  return { type, eventTime: time, eventTimeZoneOffset: '+08:00', ...fields }
}

export const documentOf = (events: readonly Fields[]): Fields => ({
  '@context': context,
  type: 'EPCISDocument',
  schemaVersion: '2.0',
  creationDate: '2026-07-30T00:00:00.000Z',
  epcisBody: { eventList: events },
})

/** Captures events as one document of an owner. */
export async function capture(sql: Sql, owner: OwnerName, events: readonly Fields[]): Promise<Outcome[]> {
  const parsed = parseDocument(documentOf(events))
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  const { id, region } = owners[owner]
  return append(sql, { ownerId: id, region }, parsed.document.events, { context, recordTime: new Date() })
}

export async function insertOwners(sql: Sql): Promise<void> {
  for (const { id, region, gln, title } of Object.values(owners)) {
    await sql`insert into owner (id, title, region, gln) values (${id}, ${title}, ${region}, ${gln})`
  }
}

/** A fresh database with the owners. */
export async function chainDatabase(): Promise<FreshDatabase> {
  const database = await freshDatabase()
  await insertOwners(database.sql)
  return database
}
