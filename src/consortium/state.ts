import { hash } from 'node:crypto'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { emptyRoot, rootOf } from '../standards/tlog/tree.ts'
import type { Anchor, Site } from './site.ts'
import type { Act } from './transaction.ts'

/** Who belongs: whose node votes with what power, and whose key signs checkpoints and votes. */
export type Member = { name: string; key: Buffer; validator: Buffer; power: number }

export type CommittedTransaction = { id: Buffer; act: Act; first: number; count: number; signer: Buffer }

/** Who may hand in transactions, by key; a name may have several while it changes from one to the next. */
export type AllowedSigner = { key: Buffer; name: string; allowed: boolean }

/** What one block adds; written as a whole or not at all. */
export type Block = {
  height: number
  time: number
  leaves: Buffer[]
  /** Heads of the subtrees of 256, 65,536 … leaves that its leaves completed. */
  subtrees: { level: number; position: number; hash: Buffer }[]
  transactions: CommittedTransaction[]
  votes: { proposal: string; member: Buffer }[]
  /** Proposals that this block's votes decided. */
  decided: string[]
  members: Member[]
  signers: AllowedSigner[]
  sites: Map<string, Site>
  anchors: Anchor[]
  peaks: (Buffer | null)[]
  size: number
  root: Buffer
}

const schema = `
  pragma journal_mode = wal;
  pragma synchronous = normal;
  pragma cache_size = -65536;
  pragma wal_autocheckpoint = 8192;
  create table if not exists block (height integer primary key, time integer not null, size integer not null, root blob not null, peaks text not null, chain blob not null, registry blob not null);
  create table if not exists leaf (position integer primary key, hash blob not null);
  create index if not exists leaf_hash on leaf (hash);
  create table if not exists subtree (level integer not null, position integer not null, hash blob not null, primary key (level, position)) without rowid;
  create table if not exists transact (id blob primary key, height integer not null, act text not null, first integer not null, count integer not null, signer blob not null) without rowid;
  create index if not exists transact_height on transact (height, first);
  create table if not exists member (key blob primary key, name text not null, validator blob not null, power integer not null) without rowid;
  create table if not exists vote (proposal text not null, member blob not null, primary key (proposal, member)) without rowid;
  create table if not exists signer (key blob primary key, name text not null, allowed integer not null) without rowid;
  create table if not exists site (origin text primary key, signer text not null, size integer not null, peaks text not null, anchored integer not null) without rowid;
  create table if not exists anchor (origin text not null, size integer not null, position integer not null, height integer not null, note text not null, primary key (origin, size)) without rowid;
`

/** Where the state stands after a block. */
export type Head = {
  height: number
  size: number
  root: Buffer
  peaks: (Buffer | null)[]
  /** Hash over all blocks up to this one, with the roots, transactions and anchors of each. */
  chain: Buffer
  /** Hash over members, signers, open votes and sites. */
  registry: Buffer
}

const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer')

/** What the members agree on after each block. */
export const appHash = ({ chain, registry }: Pick<Head, 'chain' | 'registry'>): Buffer =>
  sha256(Buffer.concat([chain, registry]))

type Link = Pick<Block, 'height' | 'time' | 'size' | 'root' | 'transactions' | 'anchors'>

/**
 * The chain's next hash: everything of a block that is not a leaf. A block without transactions leaves it as it is: CometBFT
 * makes a further block whenever the app hash is another, and would never come to rest.
 */
export function chained(before: Buffer, { height, time, size, root, transactions, anchors }: Link): Buffer {
  if (transactions.length === 0) return before
  const text = JSON.stringify([
    height,
    time,
    size,
    root.toString('hex'),
    transactions.map(({ id, act, first, count, signer }) => [
      id.toString('hex'),
      act,
      first,
      count,
      signer.toString('hex'),
    ]),
    anchors.map(({ origin, size, note, position }) => [origin, size, note, position]),
  ])
  return sha256(Buffer.concat([before, Buffer.from(text)]))
}

const registryTables = {
  member: 'select * from member order by key',
  signer: 'select * from signer order by key',
  vote: 'select * from vote order by proposal, member',
  site: 'select * from site order by origin',
} as const

/** Members, signers, open votes and sites as one canonical text: bytes in hexadecimal, rows in the order of their keys. */
export function registryOf(state: State): string {
  const cell = (value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)
  return JSON.stringify(
    Object.values(registryTables).map((query) =>
      state
        .sql(query)
        .all()
        .map((row) => Object.values(row).map(cell)),
    ),
  )
}

export const registryDigest = (state: State): Buffer => sha256(Buffer.from(registryOf(state)))

const writePeaks = (peaks: readonly (Buffer | null)[]): string =>
  JSON.stringify(peaks.map((peak) => peak?.toString('hex') ?? null))

const readPeaks = (text: unknown): (Buffer | null)[] =>
  (JSON.parse(String(text)) as (string | null)[]).map((peak) => (peak ? Buffer.from(peak, 'hex') : null))

const rowsAtOnce = 64

/** The node's state: CometBFT replays whatever a crash cut off, so a commit needs to be whole, not synced. */
export class State {
  readonly db: DatabaseSync
  #staged = false
  readonly #statements = new Map<string, StatementSync>()
  #signers: Map<string, string> | undefined
  readonly #isReader: boolean

  /** A reader sees what another thread has committed, and remembers nothing of it. */
  constructor(path: string, isReader = false) {
    this.#isReader = isReader
    this.db = new DatabaseSync(path, { readOnly: isReader })
    this.db.exec(isReader ? 'pragma busy_timeout = 5000; pragma cache_size = -32768' : schema)
  }

  sql(text: string): StatementSync {
    const known = this.#statements.get(text) ?? this.db.prepare(text)
    this.#statements.set(text, known)
    return known
  }

  last(): Head {
    const row = this.sql('select * from block order by height desc limit 1').get()
    const bytes = (value: unknown) => Buffer.from(value as Uint8Array)
    if (!row)
      return { height: 0, size: 0, root: emptyRoot(), peaks: [], chain: emptyRoot(), registry: registryDigest(this) }
    return {
      height: Number(row.height),
      size: Number(row.size),
      root: bytes(row.root),
      peaks: readPeaks(row.peaks),
      chain: bytes(row.chain),
      registry: bytes(row.registry),
    }
  }

  /** Leaves in the log. */
  size(): number {
    return Number(this.sql('select size from block order by height desc limit 1').get()?.size ?? 0)
  }

  members(): Member[] {
    return this.sql('select * from member where power > 0 order by name')
      .all()
      .map((row) => ({
        name: String(row.name),
        key: Buffer.from(row.key as Uint8Array),
        validator: Buffer.from(row.validator as Uint8Array),
        power: Number(row.power),
      }))
  }

  /** The power of a node: its member's, whichever of the member's keys it has been voted in with. */
  validatorPower(validator: Buffer): number {
    return Number(this.sql('select max(power) as power from member where validator = ?').get(validator)?.power ?? 0)
  }

  votes(proposal: string): Buffer[] {
    return this.sql('select member from vote where proposal = ?')
      .all(proposal)
      .map(({ member }) => Buffer.from(member as Uint8Array))
  }

  knows(transaction: Buffer): boolean {
    return this.sql('select 1 from transact where id = ?').get(transaction) !== undefined
  }

  /** The time of the block that holds a transaction, in seconds. */
  timeOf(transaction: Buffer): number | undefined {
    const row = this.sql('select b.time from transact t join block b on b.height = t.height where t.id = ?').get(
      transaction,
    )
    return row && Number(row.time)
  }

  /** The name of whoever may sign with a key; undefined for a stranger, a removed member, a revoked key. */
  signer(key: Buffer): string | undefined {
    if (!this.#signers || this.#isReader) {
      this.#signers = new Map(this.members().map((member) => [member.key.toString('latin1'), member.name]))
      for (const { key, name } of this.sql('select key, name from signer where allowed').all())
        this.#signers.set(Buffer.from(key as Uint8Array).toString('latin1'), String(name))
    }
    return this.#signers.get(key.toString('latin1'))
  }

  /** How far a site's own log has been handed in. */
  site(origin: string): Site | undefined {
    const row = this.sql('select * from site where origin = ?').get(origin)
    return row
      ? {
          origin,
          signer: String(row.signer),
          size: Number(row.size),
          peaks: readPeaks(row.peaks),
          anchored: Number(row.anchored),
        }
      : undefined
  }

  begin(members: readonly Member[], signers: readonly { name: string; key: Buffer }[]): void {
    for (const member of members) this.#put(member)
    for (const { key, name } of signers) this.#allow({ key, name, allowed: true })
  }

  #allow({ key, name, allowed }: AllowedSigner): void {
    this.sql(
      'insert into signer values (?, ?, ?) on conflict (key) do update set name = excluded.name, allowed = excluded.allowed',
    ).run(key, name, allowed ? 1 : 0)
    this.#signers = undefined
  }

  #put({ key, name, validator, power }: Member): void {
    // A node has one member: another key for it is a rotation, and the old key signs nothing more.
    if (power > 0) this.sql('update member set power = 0 where validator = ? and key <> ?').run(validator, key)
    this.sql(
      'insert into member values (?, ?, ?, ?) on conflict (key) do update set name = excluded.name, validator = excluded.validator, power = excluded.power',
    ).run(key, name, validator, power)
    this.#signers = undefined
  }

  /**
   * Writes what a block adds, in a transaction that `commit` ends; a crash before that leaves the block before it. Returns
   * the app hash: over the chain of all blocks (root, transactions, anchors) and over who belongs and how far sites are.
   */
  stage(block: Block): Buffer {
    const before = this.last()
    if (this.#staged) this.db.exec('rollback')
    this.db.exec('begin')
    this.#staged = true
    const from = block.size - block.leaves.length
    this.#putLeaves(from, block.leaves)
    for (const { level, position, hash } of block.subtrees)
      this.sql('insert into subtree values (?, ?, ?)').run(level, position, hash)
    const transact = this.sql('insert into transact values (?, ?, ?, ?, ?, ?)')
    for (const { id, act, first, count, signer } of block.transactions)
      transact.run(id, block.height, act, first, count, signer)
    for (const { origin, size, note, position } of block.anchors)
      this.sql('insert into anchor values (?, ?, ?, ?, ?)').run(origin, size, position, block.height, note)
    const registry = this.#register(block) ? registryDigest(this) : before.registry
    const chain = chained(before.chain, block)
    this.sql('insert into block values (?, ?, ?, ?, ?, ?, ?)').run(
      block.height,
      block.time,
      block.size,
      block.root,
      writePeaks(block.peaks),
      chain,
      registry,
    )
    return appHash({ chain, registry })
  }

  /** Whoever came, went or voted, and how far sites are; false where the block says nothing of them. */
  #register({ votes, decided, members, signers, sites }: Block): boolean {
    for (const proposal of decided) this.sql('delete from vote where proposal = ?').run(proposal)
    for (const { proposal, member } of votes) this.sql('insert or ignore into vote values (?, ?)').run(proposal, member)
    for (const member of members) this.#put(member)
    for (const signer of signers) this.#allow(signer)
    for (const { origin, signer, size, peaks, anchored } of sites.values())
      this.sql('insert or replace into site values (?, ?, ?, ?, ?)').run(
        origin,
        signer,
        size,
        writePeaks(peaks),
        anchored,
      )
    return votes.length + decided.length + members.length + signers.length + sites.size > 0
  }

  commit(): void {
    if (!this.#staged) throw new Error('nothing to commit')
    this.db.exec('commit')
    this.#staged = false
  }

  /** Fills an empty state with rows from elsewhere, and keeps them only where `isRight` says so. */
  replace(
    fill: (insert: (table: string, values: (string | number | Buffer)[]) => void) => void,
    isRight: () => boolean,
  ): boolean {
    this.db.exec('begin')
    let right = false
    try {
      fill((table, values) => {
        this.sql(`insert into ${table} values (${values.map(() => '?').join(', ')})`).run(...values)
      })
      this.#closeAllSubtrees(this.size())
      right = isRight()
    } catch (error) {
      if (!(error instanceof Error)) throw error
    }
    this.db.exec(right ? 'commit' : 'rollback')
    this.#signers = undefined
    return right
  }

  /** Hashes of one level: leaves at level 0, heads of complete subtrees of 256 and more above. */
  hashes(level: number, from: number, count: number): Buffer[] {
    const rows =
      level === 0
        ? this.sql('select hash from leaf where position >= ? and position < ? order by position').all(
            from,
            from + count,
          )
        : this.sql('select hash from subtree where level = ? and position >= ? and position < ? order by position').all(
            level,
            from,
            from + count,
          )
    return rows.map(({ hash }) => Buffer.from(hash as Uint8Array))
  }

  /** Many rows a statement: the call from here costs more than the row. */
  #putLeaves(from: number, leaves: readonly Buffer[]): void {
    const many = this.sql(`insert into leaf values ${Array(rowsAtOnce).fill('(?, ?)').join(', ')}`)
    const one = this.sql('insert into leaf values (?, ?)')
    let at = 0
    for (; at + rowsAtOnce <= leaves.length; at += rowsAtOnce) {
      const values: (number | Buffer)[] = []
      for (let n = at; n < at + rowsAtOnce; n++) values.push(from + n, leaves[n] as Buffer)
      many.run(...values)
    }
    for (; at < leaves.length; at++) one.run(from + at, leaves[at] as Buffer)
  }

  /** Hashes every subtree of 256, 65,536 … leaves of a state that came from elsewhere. */
  #closeAllSubtrees(size: number): void {
    for (let level = 1; 256 ** level <= size; level++)
      for (let position = 0; position < Math.floor(size / 256 ** level); position++) {
        const hash = rootOf(this.hashes(level - 1, position * 256, 256))
        this.sql('insert into subtree values (?, ?, ?)').run(level, position, hash)
      }
  }

  close(): void {
    this.db.close()
  }
}
