import type { ISql } from 'postgres'
import type { Fields, Role } from '../language/index.ts'
import type { Codes } from '../trace/codes/index.ts'
import type { Actor } from './access/actor.ts'
import type { Schedule } from './jobs/schedule.ts'
import type { Made, Row, Store } from './store/store.ts'

/** What an operation works with: one transaction, one actor, the door for records, the clock, this installation's codes. */
export type Work = { sql: ISql; actor: Actor; store: Store; now: Date; codes: Codes }

/** A sheet of a workbook: heads, rows, words below. `figures`: the heads under which amounts stand. */
export type MadeSheet = {
  name: string
  heads: readonly string[]
  figures?: readonly string[]
  rows: string[][]
  foot: readonly string[]
}
/** A piece of a Word document: a heading, words, a table. */
export type MadePiece = { heading: string } | { text: string; small?: boolean } | { heads: string[]; rows: string[][] }

/** A file that an operation makes, to be had at its document address: text as it is, sheets as Excel, pieces as Word. */
export type MadeFile = { name: string } & (
  | { mediaType: string; text: string }
  | { sheets: MadeSheet[] }
  | { title: string; pieces: MadePiece[] }
)

/** A named act with real logic. Its fields are declared like a kind's, so that form, check and document are derived. */
export type Operation = {
  /** verb-noun in kebab-case. */
  name: string
  title: string
  help: string
  fields: Fields
  roles: readonly Role[]
  /** A page offers it where it belongs; the menu leaves it out. */
  ofPage?: true
  /** Takes checked input, in one transaction; what it throws rolls everything back. */
  run(work: Work, input: Record<string, unknown>): Promise<unknown>
}

/** Writing a record of this kind goes through an operation, because more than the record is written with it. */
export type CreateOperation = {
  kind: string
  create(work: Work, input: unknown): Promise<Made>
  /** Many at once in one transaction, all or none: whoever calls it tries them one by one where it throws. */
  createMany?(work: Work, inputs: readonly unknown[]): Promise<Made[]>
  /** Where what was written with the record must follow it; each in one transaction. */
  change?(work: Work, id: string, input: unknown): Promise<Row>
  void?(work: Work, id: string, input: unknown): Promise<Row>
  merge?(work: Work, id: string, input: unknown): Promise<Row>
}

/** A follower's answer to one change: idempotent, in the follower's own transaction. */
export type Change = {
  seq: string
  kind: string
  id: string
  ownerId: string
  version: number
  region: string
  at: Date
  actor: string
  image: Record<string, unknown>
}

/** What a follower needs to know to look at records again, whatever kind they are. */
export type Touched = { kind: string; id: string }

/** A follower that takes the changes of a step together, of every kind: idempotent, in the follower's own transaction. */
export type Gathering = {
  name: string
  take(sql: ISql, touched: readonly (Touched & Pick<Change, 'seq' | 'at'>)[]): Promise<void>
}

export type Reaction = { name: string; kinds: readonly string[]; react(sql: ISql, change: Change): Promise<void> }

/** What an area does by the clock, in one transaction; a number that it returns says how many things it did. */
export type Timed = {
  name: string
  title: string
  schedule: Schedule
  run(sql: ISql, now: Date): Promise<unknown>
}
