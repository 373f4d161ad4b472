import { Worker } from 'node:worker_threads'
import { Failure } from '../../failure.ts'
import type { Asked, Told } from './read-worker.ts'
import { unreadable } from './refusal.ts'
import type { FileRow, FileRows } from './rows.ts'

/** Heap of the reading thread: a file whose rows need more is refused, and the process lives on. */
const heapMbMax = 1024

type WorkerError = Error & { code?: string }

const asFailure = (error: WorkerError): Error =>
  error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? unreadable('too-large-inside', '文件里的内容太多，请分成几个文件') : error

/**
 * Reads a file in a thread of its own: requests are answered meanwhile, what is read is judged while the rest is still
 * being read, and a file that needs too much memory ends only its own thread. `notes` are whole once the rows are.
 */
export function readAside(file: Buffer, title: string): FileRows {
  const notes: string[] = []
  const bytes = new Uint8Array(file)
  const worker = new Worker(new URL('./read-worker.ts', import.meta.url), {
    workerData: { file: bytes, title },
    transferList: [bytes.buffer],
    resourceLimits: { maxOldGenerationSizeMb: heapMbMax },
  })
  const ready: FileRow[][] = []
  let done = false
  let failure: unknown
  let wake = () => {}
  const end = (error?: unknown) => {
    failure ??= error
    done = true
    wake()
  }
  worker.on('message', (told: Told) => {
    if ('rows' in told) ready.push(told.rows)
    else if ('done' in told) {
      notes.push(...told.done)
      end()
    } else if ('failure' in told) end(new Failure(told.failure.status, told.failure.code, told.failure.text))
    else end(new Error(told.defect))
    wake()
  })
  worker.on('error', (error: WorkerError) => end(asFailure(error)))
  worker.on('exit', () => end(done ? undefined : new Error('the reading thread ended')))
  async function* rows(): AsyncGenerator<FileRow[]> {
    try {
      for (;;) {
        // The reader runs ahead: what is wrong further down is told before all above it is judged.
        if (failure) throw failure
        const next = ready.shift()
        if (next) {
          worker.postMessage('more' satisfies Asked)
          yield next
        } else if (done) return
        else
          await new Promise<void>((resume) => {
            wake = resume
          })
      }
    } finally {
      await worker.terminate()
    }
  }
  return { notes, rows: rows() }
}
