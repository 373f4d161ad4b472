import { Failure } from '../../failure.ts'
import { placeProblems, readRecord, referencesIn } from '../../language/sheet.ts'
import type { House } from '../http/house.ts'
import { createAll } from '../http/records.ts'
import type { Work } from '../operation.ts'
import { keepRefused, type Refused } from '../quarantine/keep.ts'
import { batchMax } from '../store/create.ts'
import type { BatchOutcome } from '../store/store.ts'
import { inTurns } from '../turns.ts'
import {
  type Counts,
  countRows,
  type Good,
  type Import,
  type ImportRow,
  type RowProblem,
  readGood,
  readRows,
  rowsNumbered,
  settleRows,
  settleWritten,
} from './imports.ts'
import { addressed, type Judge, wordsOf } from './judge.ts'
import { inSheet, layoutOf } from './layout.ts'
import { judgeFor, sheetFor } from './stage.ts'

/** Chunks written at once: while the database works on one, the next are prepared. */
const chunksAtOnce = 3

const textsOf = (judge: Judge, row: ImportRow): string[][] => row.cells.map(([, cells]) => inSheet(judge.layout, cells))

const rowsOfFile = (row: ImportRow) => ({ rows: row.cells.map(([number, cells]) => ({ number, cells: [...cells] })) })

/** What a refusal by the store means at the cells of the file. */
function refusedAt(judge: Judge, row: ImportRow, failure: Failure): RowProblem[] {
  const problems = failure.problems.length > 0 ? failure.problems : [{ code: failure.code, text: failure.text, at: '' }]
  return addressed(judge.layout, rowsOfFile(row), placeProblems(judge.sheet, textsOf(judge, row), problems))
}

/** What became of the records of a chunk that are not simply written. */
async function exceptions(
  house: House,
  judge: Judge,
  of: Import,
  outcomes: ReadonlyMap<number, BatchOutcome | undefined>,
): Promise<Pick<ImportRow, 'number' | 'state' | 'problems'>[]> {
  const known = [...outcomes].filter(([, outcome]) => outcome?.made?.known)
  const refused = [...outcomes].filter(([, outcome]) => !outcome?.made)
  const rows =
    refused.length > 0
      ? await rowsNumbered(
          house.sql,
          of,
          refused.map(([number]) => number),
        )
      : []
  return [
    ...known.map(([number]) => ({ number, state: 'known' as const, problems: [] })),
    ...rows.map((row) => {
      const failure = outcomes.get(row.number)?.failure ?? new Failure(500, 'defect', '没有写入')
      return { number: row.number, state: 'refused' as const, problems: refusedAt(judge, row, failure) }
    }),
  ]
}

type Chunk = { first: number; rows: readonly Good[] }

async function writeChunk(house: House, judge: Judge, work: Work, { first, rows }: Chunk, of: Import, counts: Counts) {
  const items = rows.map(({ input, recordId }) => ({ ...JSON.parse(input), id: recordId }))
  const outcomes = await createAll(work, house, judge.sheet.kind, items)
  const others = await exceptions(house, judge, of, new Map(rows.map(({ number }, at) => [number, outcomes[at]])))
  await settleRows(house.sql, of, others)
  await settleWritten(house.sql, of, first, rows.at(-1)?.number ?? first)
  counts.good -= rows.length
  counts.written += rows.length - others.length
  for (const { state } of others) counts[state]++
}

/** The good records of an import, chunk by chunk. */
async function* chunksOf(house: House, of: Import): AsyncGenerator<Chunk, undefined> {
  for (let after = 0; ; ) {
    const rows = await readGood(house.sql, of, after, batchMax)
    const last = rows.at(-1)
    if (!last) return
    yield { first: after + 1, rows }
    after = last.number
  }
}

/** Where a problem of the sheet stands in the record. */
function placeIn(judge: Judge, { row, column }: { row: number; column: number }): string {
  const group = judge.sheet.groups.find(({ first, parts }) => column >= first && column < first + parts.length)
  return group ? (group.lines ? `/${group.lines}/${row}/${group.name}` : `/${group.name}`) : ''
}

/** A record that was not taken, as far as it could be read; what could not be stands as it was written. */
function asRead(judge: Judge, row: ImportRow): Refused {
  const texts = textsOf(judge, row)
  const { value, problems } = readRecord(judge.sheet, texts, wordsOf(judge))
  const places = problems.map((problem) => ({ ...problem, at: placeIn(judge, problem) }))
  for (const { row: line, column, at } of places) {
    const [, name = '', inner] = at.split('/')
    if (!inner && name && value[name] === undefined && texts[line]?.[column]) value[name] = texts[line]?.[column]
  }
  const found = places.map(({ code, text, at }) => ({ code, text, at }))
  const all = found.length > 0 ? found : row.problems.map(({ code, text }) => ({ code, text, at: '' }))
  return { input: value, failure: new Failure(422, 'invalid', all[0]?.text ?? '没有写入', { problems: all }) }
}

/** What a file had and was not taken goes where everything refused goes. */
async function putAside(house: House, of: Import, judge: Judge): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await readRows(house.sql, of, { states: ['bad', 'refused'], after, limit: batchMax })
    const last = rows.at(-1)
    if (!last) return
    after = last.number
    await judge.references.learn(
      rows.flatMap((row) => textsOf(judge, row).flatMap((texts) => referencesIn(judge.sheet, texts))),
    )
    const refused = await inTurns(rows, (row) => asRead(judge, row))
    await keepRefused(house, of.actor, judge.sheet.kind, { channel: 'import', via: of.name }, refused, house.clock())
  }
}

/**
 * Writes the good records of an import through the store, chunk by chunk. Each carries an id of its own from staging,
 * so that whatever was written before a crash is found and not written again. `onProgress` throws to stop.
 */
export async function commit(house: House, of: Import, onProgress: (counts: Counts) => Promise<void>): Promise<void> {
  const kind = house.catalogue.kinds.get(of.kind)
  if (!kind) throw new Failure(404, 'not-found', '没有这类记录')
  const judge = judgeFor(house, kind, of.actor, layoutOf(sheetFor(house, kind, of.actor), of.heads))
  const work: Work = { sql: house.sql, actor: of.actor, now: house.clock(), store: judge.store, codes: house.codes }
  const counts = await countRows(house.sql, of)
  const chunks = chunksOf(house, of)
  let failed: unknown
  const lane = async () => {
    try {
      for (;;) {
        const { value: chunk } = await chunks.next()
        if (!chunk || failed) return
        await writeChunk(house, judge, work, chunk, of, counts)
        await onProgress(counts)
      }
    } catch (error) {
      failed ??= error
    }
  }
  await Promise.all(Array.from({ length: chunksAtOnce }, lane))
  await onProgress(counts)
  if (failed) throw failed
  await putAside(house, of, judge)
}
