import type { Sql } from 'postgres'
import {
  type Checkpoint,
  formatCheckpoint,
  formatTlogProof,
  keyId,
  type NoteSigner,
  parseCheckpoint,
  parseNote,
  signatureLine,
  tileWidth,
} from '../standards/tlog/index.ts'
import { tiledTree } from '../standards/tlog/tree.ts'
import { hashes } from './seal.ts'
import type { Tx } from './source.ts'

/** Whoever signs for the log: its key's name is the log's origin. */
export type Signer = NoteSigner

/** The tree of the first `size` leaves, read from the database tile by tile. */
export function treeAt(sql: Tx | Sql, size: number) {
  return tiledTree(size, async (level, index, width) => Buffer.concat(await hashes(sql, level, index * 256, width)))
}

/** The bytes of a tile in the tree of the newest checkpoint; null where that tree has no such tile of this width. */
export async function tile(sql: Sql, level: number, index: number, width: number): Promise<Buffer | null> {
  if (width > tileWidth(level, index, (await newestSize(sql)) ?? 0)) return null
  return Buffer.concat(await hashes(sql, level, index * 256, width))
}

/** Log entries as C2SP tlog-tiles bundles them: each behind its length in two bytes. */
export async function entryBundle(sql: Sql, index: number, width: number): Promise<Buffer | null> {
  if (width > tileWidth(0, index, (await newestSize(sql)) ?? 0)) return null
  const rows = await sql<{ entry: string }[]>`
    select entry from ledger_leaf where index >= ${index * 256} and index < ${index * 256 + width} order by index`
  return Buffer.concat(
    rows.flatMap(({ entry }) => {
      const bytes = Buffer.from(entry, 'utf8')
      return [Buffer.of(bytes.length >> 8, bytes.length & 255), bytes]
    }),
  )
}

async function newestSize(sql: Sql | Tx): Promise<number | undefined> {
  const [row] = await sql<{ size: string }[]>`select size from ledger_checkpoint order by size desc limit 1`
  return row && Number(row.size)
}

/**
 * Signs the head of the log as it stands, where it has grown since the last time. The head is computed anew from the
 * tiles; a log whose earlier part no longer gives the root that was signed is not signed again (a `LedgerBroken`). While one
 * key follows another both sign: who knows either can check.
 */
export async function signCheckpoint(
  sql: Sql,
  signer: Signer,
  now: Date,
  previous?: Signer,
): Promise<Checkpoint | undefined> {
  return sql.begin(async (tx) => {
    const [log] = await tx<{ size: string }[]>`select size from ledger_log for update`
    const size = Number(log?.size ?? 0)
    const last = await newestCheckpoint(tx)
    if (last && last.head.size >= size) return undefined
    if (last) {
      const root = await treeAt(tx, last.head.size).root()
      if (!Buffer.from(root).equals(last.head.root)) throw new LedgerBroken(last.head.size)
    }
    const head = { origin: signer.name, size, root: new Uint8Array(await treeAt(tx, size).root()) }
    const text = formatCheckpoint(head)
    const lines = await Promise.all(
      [signer, ...(previous ? [previous] : [])].map(async (each) =>
        signatureLine(each.name, await keyId(each), each.sign(Buffer.from(text, 'utf8'))),
      ),
    )
    await tx`insert into ledger_checkpoint (size, note, at) values (${size}, ${`${text}\n${lines.join('')}`}, ${now})`
    return head
  }) as Promise<Checkpoint | undefined>
}

/** The leaves below a signed size no longer give the signed root: somebody changed the log behind its back. */
export class LedgerBroken extends Error {
  readonly size: number
  constructor(size: number) {
    super(`the first ${size} leaves no longer have the root that was signed`)
    this.size = size
  }
}

/** The newest checkpoint, or the one of a given size: as it was `signed`, and as `note` with the cosignatures that came. */
export async function newestCheckpoint(
  sql: Sql | Tx,
  size?: number,
): Promise<{ head: Checkpoint; signed: string; note: string; at: Date; witnesses: string[] } | undefined> {
  const [row] = await sql<{ size: string; note: string; at: Date; lines: string[]; witnesses: string[] }[]>`
    select c.size, c.note, c.at, coalesce(array_agg(s.line order by s.witness) filter (where s.line is not null), '{}') as lines,
      coalesce(array_agg(s.witness order by s.witness) filter (where s.line is not null), '{}') as witnesses
    from ledger_checkpoint c left join ledger_cosignature s on s.size = c.size
    where ${size ?? null}::bigint is null or c.size = ${size ?? null}::bigint
    group by c.size order by c.size desc limit 1`
  const note = row && parseNote(row.note)
  const head = note && parseCheckpoint(note.text)
  return row && head
    ? { head, signed: row.note, note: row.note + row.lines.join(''), at: row.at, witnesses: row.witnesses }
    : undefined
}

export type Disclosure = {
  index: number
  entry: string
  /** Opens the commitment; only for whoever may read the payload. */
  salt: string
  /** A C2SP tlog-proof, or undefined while no checkpoint covers the leaf. */
  proof: string | undefined
}

/** The leaf of a row with its proof in the newest checkpoint; undefined where the row has no leaf yet. */
export async function disclose(sql: Sql, source: string, ref: string): Promise<Disclosure | undefined> {
  const [leaf] = await sql<{ index: string; entry: string; salt: Buffer }[]>`
    select index, entry, salt from ledger_leaf where source = ${source} and ref = ${ref}`
  if (!leaf) return undefined
  const index = Number(leaf.index)
  const newest = await newestCheckpoint(sql)
  const covered = newest && index < newest.head.size
  const path = covered ? await treeAt(sql, newest.head.size).inclusion(index) : []
  const proof = covered
    ? formatTlogProof({ index, path: path.map((hash) => new Uint8Array(hash)), checkpoint: newest.note })
    : undefined
  return { index, entry: leaf.entry, salt: leaf.salt.toString('base64'), proof }
}
