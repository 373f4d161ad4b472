import { canonicalKey } from '../standards/digital-link/index.ts'
import { expandCurie } from '../standards/epcis/vocabulary.ts'
import { prefixesOf } from './events-filter.ts'
import type { Tx } from './scope.ts'

type Json = Record<string, unknown>
type Element = { id: string; attributes?: { id: string; attribute?: unknown }[]; children?: string[] }

/** A place or word of which something is known beside its name, under its canonical key. */
export type MasterData = { key: string; type: string; attributes: Json; children: string[] }

const keyLimit = 2000
const standardNames = 'urn:epcglobal:cbv:mda:'

/** The name of an attribute in full: one may be written as `cbvmda:site`, with `#` as XML has it, or in full. */
export function attributeName(text: string, prefixes: ReadonlyMap<string, string>): string {
  return expandCurie(text, prefixes).replace(/^urn:epcglobal:cbv:mda#/, standardNames)
}

/** Names under which an attribute is looked for: in full, a bare one as the standard's, and as it may have been kept. */
export function attributeNames(text: string, prefixes: ReadonlyMap<string, string>): string[] {
  const bare = /^\w+$/.test(text) ? [standardNames + text] : []
  return [...new Set([attributeName(text, prefixes), text, ...bare])]
}

/**
 * The master data in the header of an EPCIS document (`epcisHeader.epcisMasterData`, EPCIS 2.0, 9.5), whose form the codec
 * has checked.
 */
export function masterDataOf(document: unknown): MasterData[] {
  const header = (document as Json).epcisHeader as Json | undefined
  const lists = (header?.epcisMasterData as Json | undefined)?.vocabularyList
  if (!Array.isArray(lists)) return []
  const prefixes = prefixesOf((document as Json)['@context'], {})
  const found = new Map<string, MasterData>()
  for (const { type, vocabularyElementList } of lists as { type: string; vocabularyElementList?: Element[] }[]) {
    for (const { id, attributes = [], children = [] } of vocabularyElementList ?? []) {
      const { key } = canonicalKey(id)
      if (Buffer.byteLength(key) > keyLimit) continue
      found.set(key, {
        key,
        type,
        attributes: Object.fromEntries(
          attributes.map((one) => [attributeName(one.id, prefixes), one.attribute ?? null]),
        ),
        children: children.map((child) => canonicalKey(child).key),
      })
    }
  }
  return [...found.values()]
}

/** Keeps an owner's master data; what it says of a key later replaces what it said before. */
export async function storeMasterData(tx: Tx, ownerId: string, data: readonly MasterData[], now: Date): Promise<void> {
  if (data.length === 0) return
  const sorted = [...data].sort((a, b) => (a.key < b.key ? -1 : 1))
  await tx`
    insert into master_data (owner_id, key, type, attributes, children, record_time)
    select ${ownerId}, m.key, m.type, m.attributes, array(select jsonb_array_elements_text(m.children)), ${now}
    from jsonb_to_recordset(${JSON.stringify(sorted)}::text::jsonb)
      m (key text, type text, attributes jsonb, children jsonb)
    on conflict (owner_id, key) do update
      set type = excluded.type, attributes = excluded.attributes, children = excluded.children,
        record_time = excluded.record_time`
}
