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

const tell = (told: Told): void => parentPort?.postMessage(told)

async function read({ file, title }: { file: Uint8Array; title: string }): Promise<void> {
  const { notes, rows } = await readFile(Buffer.from(file.buffer, file.byteOffset, file.byteLength), title)
  for await (const batch of rows) tell({ rows: batch })
  tell({ done: notes })
}

read(workerData).catch((error: unknown) => {
  if (error instanceof Failure) tell({ failure: { status: error.status, code: error.code, text: error.text } })
  else tell({ defect: error instanceof Error ? (error.stack ?? error.message) : String(error) })
})
