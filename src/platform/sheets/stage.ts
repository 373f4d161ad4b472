import { Failure } from '../../failure.ts'
import type { Kind } from '../../language/index.ts'
import { sheetOf } from '../../language/sheet.ts'
import type { Actor } from '../access/actor.ts'
import { narrowingOf } from '../access/roles.ts'
import type { House } from '../http/house.ts'
import { openStore } from '../store/store.ts'
import { type Draft, gather } from './drafts.ts'
import { addRows, type Counts, type Import, noRows } from './imports.ts'
import { type Judge, judgeDrafts } from './judge.ts'
import { findHeads, type Layout, unknownNote } from './layout.ts'
import { readAside } from './read-aside.ts'
import { referenceBook, titleBook } from './references.ts'
import { rowsMax, unreadable } from './refusal.ts'
import type { FileRow } from './rows.ts'

/** Records judged and staged in one go. */
const batch = 500

export const regionsOf = (house: House): ReadonlyMap<string, string> =>
  new Map(house.catalogue.regions.map(({ code, title }) => [code, title]))

/** The sheet of a kind as an actor sees it. */
export function sheetFor(house: House, kind: Kind, actor: Actor) {
  return sheetOf(kind, { regions: regionsOf(house) }, narrowingOf(actor.narrowing, kind.name).hide)
}

/** Everything that turns rows of a file into records of a kind, for one actor. */
export function judgeFor(house: House, kind: Kind, actor: Actor, layout: Layout): Judge {
  const { kinds } = house.catalogue
  const now = house.clock()
  return {
    sql: house.sql,
    sheet: sheetFor(house, kind, actor),
    layout,
    actor,
    store: openStore(house.sql, kinds, actor, now, house.keyring),
    now,
    regions: regionsOf(house),
    references: referenceBook(house.sql, kinds, actor, house.keyring),
    titles: titleBook(house.sql, kinds, actor, house.keyring),
    seen: new Map(),
    unique: new Map(),
  }
}

export type Progress = (state: { readRows: number; heads: string[]; notes: string[]; counts: Counts }) => Promise<void>

/** Takes the first rows of a file, as far as heads may stand, from a stream of batches. */
async function firstRows(source: AsyncIterator<FileRow[]>): Promise<FileRow[]> {
  const rows: FileRow[] = []
  while (rows.length < 10) {
    const next = await source.next()
    if (next.done) break
    rows.push(...next.value)
  }
  return rows
}

/**
 * Reads a file and stages each of its records with what is wrong with it. What was staged before of the same import is
 * staged again, so that a start after a crash begins anew. Throws a Failure where the whole file cannot be taken.
 */
export async function stage(house: House, of: Import, file: Buffer, onProgress: Progress): Promise<{ rows: number }> {
  const kind = house.catalogue.kinds.get(of.kind)
  if (!kind) throw new Failure(404, 'not-found', '没有这类记录')
  await house.sql`delete from import_row where owner_id = ${of.ownerId} and import_id = ${of.id}`
  const { notes, rows } = readAside(file, kind.title)
  const source = rows[Symbol.asyncIterator]()
  try {
    return await stageRows(house, kind, of, { notes, source }, onProgress)
  } finally {
    await source.return?.()
  }
}

type Source = { notes: readonly string[]; source: AsyncIterator<FileRow[]> }

async function stageRows(
  house: House,
  kind: Kind,
  of: Import,
  { notes, source }: Source,
  onProgress: Progress,
): Promise<{ rows: number }> {
  const first = await firstRows(source)
  const sheet = sheetFor(house, kind, of.actor)
  const { layout, number, unknown } = findHeads(sheet, first)
  const judge = judgeFor(house, kind, of.actor, layout)
  const { take, flush } = gather(sheet, layout)
  let waiting: Draft[] = []
  let readRows = 0
  const counts = { ...noRows }
  const said = () => [...notes, unknownNote(unknown)].filter((note) => note !== undefined)
  const settle = async () => {
    const judged = await judgeDrafts(judge, waiting)
    await addRows(house.sql, of, judged)
    for (const { state } of judged) counts[state]++
    waiting = []
    await onProgress({ readRows, heads: layout.heads, notes: said(), counts })
  }
  for (let part: FileRow[] | undefined = first.filter((row) => row.number > number); part; ) {
    readRows += part.length
    if (readRows > rowsMax) throw unreadable('too-many-rows', `一个文件最多 ${rowsMax} 行，请分成几个文件`)
    waiting.push(...take(part))
    if (waiting.length >= batch) await settle()
    const next = await source.next()
    part = next.done ? undefined : next.value
  }
  waiting.push(...flush())
  if (waiting.length === 0 && Object.values(counts).every((count) => count === 0))
    throw unreadable('no-rows', '表头下面没有可读的行，示例行不算')
  await settle()
  return { rows: readRows }
}
