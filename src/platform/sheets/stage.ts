import { Failure } from '../../failure.ts'
import type { Kind } from '../../language/index.ts'
import { sheetOf } from '../../language/sheet.ts'
import type { Actor } from '../access/actor.ts'
import { narrowingOf } from '../access/roles.ts'
import type { House } from '../http/house.ts'
import { openStore } from '../store/store.ts'
import { type Draft, gather } from './drafts.ts'
import { addRows, type Counts, clearStaged, type Import, noRows } from './imports.ts'
import { type Judge, type Judged, judgeDrafts, readDrafts } from './judge.ts'
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
  await clearStaged(house.sql, of)
  const { notes, rows } = readAside(file, kind.title)
  const source = rows[Symbol.asyncIterator]()
  try {
    return await stageRows(house, kind, of, { notes, source }, onProgress)
  } finally {
    await source.return?.()
  }
}

/** Judges and stages records batch by batch: the database works on one batch while the next is read from its cells. */
function stager(house: House, of: Import, judge: Judge, onStaged: (counts: Counts, rows: number) => Promise<void>) {
  const counts = { ...noRows }
  let staging: Promise<void> = Promise.resolve()
  const keep = async (read: readonly Judged[], rows: number) => {
    const judged = await judgeDrafts(judge, read)
    await addRows(house.sql, of, judged)
    for (const { state } of judged) counts[state]++
    await onStaged(counts, rows)
  }
  return {
    /** `rows` of the file are read with these. */
    put: async (drafts: readonly Draft[], rows: number) => {
      const read = await readDrafts(judge, drafts)
      await staging
      staging = keep(read, rows)
      // Told to whoever waits for it next.
      staging.catch(() => {})
    },
    staged: () => staging,
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
  const { take, flush } = gather(sheet, layout)
  const said = () => [...notes, unknownNote(unknown)].filter((note) => note !== undefined)
  const { put, staged } = stager(house, of, judgeFor(house, kind, of.actor, layout), (counts, readRows) =>
    onProgress({ readRows, heads: layout.heads, notes: said(), counts }),
  )
  let waiting: Draft[] = []
  let readRows = 0
  try {
    for (let part: FileRow[] | undefined = first.filter((row) => row.number > number); part; ) {
      readRows += part.length
      if (readRows > rowsMax) throw unreadable('too-many-rows', `一个文件最多 ${rowsMax} 行，请分成几个文件`)
      waiting.push(...take(part))
      if (waiting.length >= batch) {
        await put(waiting, readRows)
        waiting = []
      }
      const next = await source.next()
      part = next.done ? undefined : next.value
    }
    waiting.push(...flush())
    // The last record stays open to the end: without it there was none.
    if (waiting.length === 0) throw unreadable('no-rows', '表头下面没有可读的行，示例行不算')
    await put(waiting, readRows)
  } finally {
    await staged()
  }
  return { rows: readRows }
}
