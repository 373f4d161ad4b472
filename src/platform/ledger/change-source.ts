import { ahead, inOrder } from '../../feed/index.ts'
import type { Item, Source, Tx, UseRights } from '../../ledger/index.ts'

type Row = Omit<Item, 'use'> & { xid: string }

/**
 * The change feed as a source of leaves: records, audit batches, code orders, whatever writes its changes. `useOf` says
 * of a kind who may use its content; `asWritten` opens what was sealed after its leaf was made.
 */
export function changeSource(
  useOf: (kind: string) => UseRights,
  asWritten: (tx: Tx, items: readonly Item[]) => Promise<Item[]> = async (_, items) => [...items],
): Source {
  const item = ({ xid: _, ...row }: Row): Item => ({ ...row, use: useOf(row.type) })
  return {
    name: 'change',
    async next(tx, after, horizon, limit) {
      const rows = await tx<Row[]>`
        select ${columns(tx)} from change c ${moment(tx)}
        where c.stream = 0 and ${ahead(tx, 'c', after, horizon)} ${inOrder(tx, 'c')} limit ${limit}`
      const last = rows.at(-1)
      return { items: rows.map(item), place: last ? { xid: last.xid, seq: last.ref } : after }
    },
    async at(tx, refs) {
      const rows = await tx<Row[]>`
        select ${columns(tx)} from change c ${moment(tx)} where c.stream = 0 and c.seq = any(${refs as string[]}::bigint[])`
      return asWritten(tx, rows.map(item))
    },
    async strangers(tx, upTo) {
      const rows = await tx<{ ref: string }[]>`
        select c.seq::text as ref from change c
        where c.stream = 0 and (c.xid, c.seq) <= (${upTo.xid}::text::xid8, ${upTo.seq}::bigint)
          and not exists (select from ledger_leaf l where l.source = 'change' and l.ref = c.seq)
        order by c.seq limit 1000`
      return rows.map(({ ref }) => ref)
    },
  }
}

/**
 * Times are written out: the text of a timestamptz depends on the session. The payload's text is put together, which costs half
 * of having it made; every value in it is JSON by itself, so that none can pass for another.
 */
const columns = (tx: Tx) => tx`
  c.xid::text, c.seq::text as ref, c.owner_id as "ownerId", c.kind as type, moment.text as at,
  '{"actor":' || to_json(c.actor) || ',"at":"' || moment.text || '","id":"' || c.id || '","image":' || c.image::text
    || ',"kind":' || to_json(c.kind) || ',"owner":"' || c.owner_id || '","region":' || to_json(c.region)
    || ',"schemaVersion":' || c.schema_version || ',"version":' || c.version || '}' as payload`

const moment = (tx: Tx) => tx`
  cross join lateral (select to_char(c.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as text) moment`
