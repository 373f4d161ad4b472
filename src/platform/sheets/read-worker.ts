import { parentPort, workerData } from 'node:worker_threads'
import { Failure } from '../../failure.ts'
import { readFile } from './read-file.ts'
import type { FileRow } from './rows.ts'

/** What the thread that reads a file tells the one that judges it. */
export type Told =
  | { rows: FileRow[] }
  | { done: string[] }
  | { failure: { status: number; code: string; text: string } }
  | { defect: string }

/** What the judging thread says when it has room for more rows. */
export type Asked = 'more'

/**
 * Batches on their way at most. The reader runs ahead of them, so that what is wrong further down is told at once; but
 * batches that arrive together are unpacked together, and nobody is answered meanwhile: ten milliseconds for each.
 */
const underWayMax = 2

const tell = (told: Told): void => parentPort?.postMessage(told)

/** Hands rows on as they are asked for. */
function sender() {
  const waiting: FileRow[][] = []
  let room = underWayMax
  let last: string[] | undefined
  const send = (): void => {
    for (; room > 0; room--) {
      const rows = waiting.shift()
      if (!rows) break
      tell({ rows })
    }
    if (last && waiting.length === 0) tell({ done: last })
  }
  parentPort?.on('message', (_: Asked) => {
    room++
    send()
  })
  return {
    put: (rows: FileRow[]): void => {
      waiting.push(rows)
      send()
    },
    end: (notes: string[]): void => {
      last = notes
      send()
    },
  }
}

async function read({ file, title }: { file: Uint8Array; title: string }): Promise<void> {
  const { notes, rows } = await readFile(Buffer.from(file.buffer, file.byteOffset, file.byteLength), title)
  const { put, end } = sender()
  for await (const batch of rows) put(batch)
  end(notes)
}

read(workerData).catch((error: unknown) => {
  if (error instanceof Failure) tell({ failure: { status: error.status, code: error.code, text: error.text } })
  else tell({ defect: error instanceof Error ? (error.stack ?? error.message) : String(error) })
})
