import { transcode } from 'node:buffer'
import { gzipOf, type Packed, pack, textOf } from './packed.ts'
import type { Tx } from './scope.ts'
import { type Mark, touchedSince } from './touched.ts'

/** What an answer was made from: nodes in order, and words. A Set would take ten times the room. */
type Marks = { nodes: Float64Array; words: ReadonlySet<string> }
type Entry = { packed: Packed; marks: Marks }

/** What is being made: what changes meanwhile is kept, for it may have been read before the change. */
type Making = { changed: Mark[]; isSpoiled: boolean }

/** Made anew: the answer, and everything whose change could change it, gathered when it is called for. */
export type Made = { answer: { asOf: string }; marks: () => ReadonlySet<Mark> }

/** An answer as JSON: in the form that the reader takes. */
export type Told = { json(): Promise<Buffer> | Buffer; gzip?: () => Buffer }

const BYTES_MAX = 32 * 1024 * 1024
const ENTRIES_MAX = 1000
/** Nodes of one answer beyond which remembering it costs more than it saves. */
const MARKS_MAX = 100_000

/**
 * Answers about chains, remembered as compressed JSON for as long as nothing that they were made from has changed. Before
 * each answer the database is asked, in one small statement, what was committed since it was last asked; what that touches
 * is forgotten. So a remembered answer is the answer that would be made now, in every process, whoever captured.
 */
export class Remembered {
  readonly #tx: Tx
  readonly #entries = new Map<string, Entry>()
  readonly #making = new Set<Making>()
  #bytes = 0
  #snapshot: string | undefined
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(tx: Tx) {
    this.#tx = tx
  }

  /** An answer that holds at `asOf`, remembered under a name that tells all that it depends on but the events. */
  async answer(name: string, asOf: Date, make: () => Promise<Made>): Promise<Told> {
    await this.#check()
    const known = this.#entries.get(name)
    if (known) {
      // The one asked for longest ago is forgotten first.
      this.#entries.delete(name)
      this.#entries.set(name, known)
      const end = endOf(asOf.toISOString())
      return { json: () => textOf(known.packed, end), gzip: () => gzipOf(known.packed, end) }
    }
    const making: Making = { changed: [], isSpoiled: false }
    this.#making.add(making)
    const done = () => this.#making.delete(making)
    const { answer, marks } = await make().catch((error) => {
      done()
      throw error
    })
    const { asOf: made, ...rest } = answer
    const text = utf8(JSON.stringify(rest).slice(0, -1))
    // Nobody waits for it to be kept: the answer is on its way before. What cannot be kept is made anew next time.
    setImmediate(() =>
      this.#remember(name, text, marks, making)
        .catch(() => {})
        .finally(done),
    )
    return { json: () => Buffer.concat([text, endOf(made)]) }
  }

  /** Waits until what was made is remembered, for whoever measures it. */
  async settled(): Promise<void> {
    while (this.#making.size > 0) await new Promise((resolve) => setImmediate(resolve))
  }

  async #remember(name: string, text: Buffer, gather: Made['marks'], making: Making): Promise<void> {
    const marks = gather()
    if (marks.size <= MARKS_MAX) this.#keep(name, { packed: await pack(text), marks: marksOf(marks) }, making)
  }

  #keep(name: string, entry: Entry, { changed, isSpoiled }: Making): void {
    if (isSpoiled || changed.some((mark) => has(entry.marks, mark))) return
    this.#forget(name)
    this.#entries.set(name, entry)
    this.#bytes += sizeOf(entry)
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= BYTES_MAX && this.#entries.size <= ENTRIES_MAX) break
      this.#forget(oldest)
    }
  }

  #forget(name: string): void {
    const entry = this.#entries.get(name)
    if (!entry) return
    this.#entries.delete(name)
    this.#bytes -= sizeOf(entry)
  }

  /** A look at the database that begins after this call. Those who ask while one is under way share the next. */
  #check(): Promise<void> {
    this.#next ??= (this.#running ?? Promise.resolve())
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        this.#running = this.#look()
        return this.#running
      })
    return this.#next
  }

  async #look(): Promise<void> {
    const { snapshot, all, marks } = await touchedSince(this.#tx, this.#snapshot)
    this.#snapshot = snapshot
    if (all) {
      this.#entries.clear()
      this.#bytes = 0
      for (const making of this.#making) making.isSpoiled = true
      return
    }
    if (marks.length === 0) return
    for (const [name, entry] of this.#entries) if (marks.some((mark) => has(entry.marks, mark))) this.#forget(name)
    for (const making of this.#making) making.changed.push(...marks)
  }
}

/** Names in Chinese make a text of two bytes a character: read as such it is UTF-8 in half the time of `Buffer.from`. */
const utf8 = (text: string) => transcode(Buffer.from(text, 'utf16le'), 'utf16le', 'utf8')
const endOf = (asOf: string) => Buffer.from(`,"asOf":${JSON.stringify(asOf)}}`)
const sizeOf = ({ packed, marks }: Entry) => packed.body.length + marks.nodes.byteLength

function marksOf(marks: ReadonlySet<Mark>): Marks {
  const all = [...marks]
  const nodes = Float64Array.from(all.filter((mark) => typeof mark === 'number')).sort()
  return { nodes, words: new Set(all.filter((mark) => typeof mark === 'string')) }
}

function has({ nodes, words }: Marks, mark: Mark): boolean {
  if (typeof mark === 'string') return words.has(mark)
  let from = 0
  let to = nodes.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((nodes[middle] as number) < mark) from = middle + 1
    else to = middle
  }
  return nodes[from] === mark
}
