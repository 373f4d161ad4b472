import { createHash } from 'node:crypto'
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { checkState } from './check.ts'
import { appHash, registryOf, type State } from './state.ts'

/** A whole state to begin from, as it is offered to nodes that join. */
export type Snapshot = { height: number; format: number; chunks: number; hash: Buffer }

const format = 1
const chunkBytes = 4 * 1024 * 1024
const page = 4096
/** A node that joins asks for pieces long after it was offered the whole. */
const kept = 4

/** Rows that never change again, in the order of their keys, up to a block. */
const tables = {
  block: 'select * from block where height <= $height and height > $after order by height limit $page',
  transact:
    'select * from transact where height <= $height and (first, id) > ($after, $id) order by first, id limit $page',
  anchor: 'select * from anchor where height <= $height and position > $after order by position limit $page',
  leaf: 'select * from leaf where position < $size and position > $after order by position limit $page',
} as const

// The first letter says whether a text is one or stands for bytes.
const cell = (value: unknown) =>
  value instanceof Uint8Array
    ? `x${Buffer.from(value).toString('hex')}`
    : typeof value === 'string'
      ? `s${value}`
      : value
const uncell = (value: unknown): string | number | Buffer =>
  typeof value !== 'string' ? (value as number) : value[0] === 'x' ? Buffer.from(value.slice(1), 'hex') : value.slice(1)

/**
 * Snapshots of a node's state, the same bytes on every node: offered to whoever joins, and taken from others by a node
 * that joins. Nothing of it is believed before the whole gives the app hash that the members agreed on.
 */
export class Snapshots {
  readonly #state: State
  readonly #folder: string
  readonly #every: number
  #taking = false
  #offered: { snapshot: Snapshot; appHash: Buffer } | undefined

  constructor(state: State, folder: string, every: number) {
    this.#state = state
    this.#folder = folder
    this.#every = every
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }

  /** After a commit: begins a snapshot where one is due. It is written in steps, beside the node's other work. */
  due(onError: (error: unknown) => void): void {
    const { height } = this.#state.last()
    if (height % this.#every !== 0 || this.#taking) return
    this.#taking = true
    this.take(height)
      .catch(onError)
      .finally(() => {
        this.#taking = false
      })
  }

  /** Writes the state as it stands at this height. Who belongs is read at once; all else does not change any more. */
  async take(height: number): Promise<void> {
    const { size } = this.#state.last()
    const path = join(this.#folder, `${height}.new`)
    writeFileSync(path, `${JSON.stringify({ format, height, registry: registryOf(this.#state) })}\n`, { mode: 0o600 })
    for (const [name, query] of Object.entries(tables)) {
      // Of its own: the node's statements may be in the middle of a block.
      const statement = this.#state.db.prepare(query)
      let after = -1
      let id = Buffer.alloc(0)
      for (;;) {
        const limits = { $page: page, $after: after, ...(name === 'leaf' ? { $size: size } : { $height: height }) }
        const rows = statement.all(name === 'transact' ? { ...limits, $id: id } : limits)
        const last = rows.at(-1)
        if (!last) break
        appendFileSync(path, rows.map((row) => `${JSON.stringify([name, ...Object.values(row).map(cell)])}\n`).join(''))
        after = Number(name === 'block' ? last.height : name === 'transact' ? last.first : last.position)
        if (name === 'transact') id = Buffer.from(last.id as Uint8Array)
        await setImmediate()
      }
    }
    renameSync(path, join(this.#folder, `${height}.snapshot`))
    for (const old of this.#heights().slice(kept)) rmSync(join(this.#folder, `${old}.snapshot`))
  }

  #heights(): number[] {
    return readdirSync(this.#folder)
      .flatMap((name) => (name.endsWith('.snapshot') ? [Number.parseInt(name, 10)] : []))
      .sort((a, b) => b - a)
  }

  list(): Snapshot[] {
    return this.#heights().map((height) => {
      const path = join(this.#folder, `${height}.snapshot`)
      const hash = createHash('sha256').update(readFileSync(path)).digest()
      return { height, format, chunks: Math.ceil(statSync(path).size / chunkBytes), hash }
    })
  }

  /** One piece of a snapshot; empty where there is none. */
  chunk(height: number, index: number): Buffer {
    const path = join(this.#folder, `${height}.snapshot`)
    if (!existsSync(path)) return Buffer.alloc(0)
    const file = openSync(path, 'r')
    const bytes = Buffer.alloc(chunkBytes)
    const length = readSync(file, bytes, 0, chunkBytes, index * chunkBytes)
    closeSync(file)
    return bytes.subarray(0, length)
  }

  /** Whether to begin from an offered snapshot: only a node that has nothing does, and only in a form that it knows. */
  offer(snapshot: Snapshot, agreed: Buffer): boolean {
    if (snapshot.format !== format || this.#state.last().height > 0) return false
    this.#offered = { snapshot, appHash: agreed }
    rmSync(this.#arriving, { force: true })
    return true
  }

  get #arriving(): string {
    return join(this.#folder, 'arriving')
  }

  /** Takes the next piece; with the last one the whole is checked. False where it is not what the members agreed on. */
  apply(index: number, bytes: Uint8Array): boolean {
    if (!this.#offered) return false
    appendFileSync(this.#arriving, bytes, { mode: 0o600 })
    const { snapshot, appHash: agreed } = this.#offered
    if (index < snapshot.chunks - 1) return true
    const whole = readFileSync(this.#arriving)
    rmSync(this.#arriving)
    const isWhole = createHash('sha256').update(whole).digest().equals(snapshot.hash)
    return (
      isWhole &&
      this.#state.replace(
        (insert) => fill(whole.toString('utf8'), insert),
        () => {
          return (
            this.#state.last().height === snapshot.height &&
            appHash(this.#state.last()).equals(agreed) &&
            checkState(this.#state) === undefined
          )
        },
      )
    )
  }
}

type Insert = (table: string, values: (string | number | Buffer)[]) => void

/** Puts the rows of a snapshot's text in; throws where it is not one. */
function fill(text: string, insert: Insert): void {
  const [head = '', ...lines] = text.trimEnd().split('\n')
  const { registry } = JSON.parse(head) as { registry: string }
  const [members, signers, votes, sites] = JSON.parse(registry) as (string | number)[][][]
  const bytes = (value: string | number | undefined) => Buffer.from(String(value), 'hex')
  for (const [key, name = '', validator, power = 0] of members ?? [])
    insert('member', [bytes(key), name, bytes(validator), power])
  for (const [key, name = '', allowed = 0] of signers ?? []) insert('signer', [bytes(key), name, allowed])
  for (const [proposal = '', member] of votes ?? []) insert('vote', [proposal, bytes(member)])
  for (const site of sites ?? []) insert('site', site)
  for (const line of lines) {
    const [name = '', ...values] = JSON.parse(line) as [string, ...unknown[]]
    if (!(name in tables)) throw new Error('no snapshot')
    insert(name, values.map(uncell))
  }
}
