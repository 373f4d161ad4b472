import type { ISql } from 'postgres'
import { forbidden } from '../../failure.ts'
import type { Kind, Problem } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { mayUse, reach } from '../access/reach.ts'
import type { Keyring } from '../protect/keyring.ts'
import { change, merge, transition, voidRecord } from './change.ts'
import type { Row } from './context.ts'
import { type BatchOutcome, create, createMany, type DerivedFields, type Made } from './create.ts'
import { crossProblems } from './cross-check.ts'
import { type ListQuery, list, type Page, stream } from './list.ts'
import { history, read, readMany, refer, referred, type Version } from './read.ts'

export type { BatchOutcome, DerivedFields, Made, Row, Version }

/** The one door for records, for one actor: validate, authorise, write row and history in one round trip. */
export type Store = {
  list(kind: Kind, query: ListQuery): Promise<Page>
  /** Every row of a list. */
  stream(kind: Kind, query: Omit<ListQuery, 'limit' | 'after'>): AsyncGenerator<Record<string, unknown>[]>
  read(kind: Kind, id: string): Promise<Row>
  /** Those of some records that may be read. */
  readMany(kind: Kind, ids: readonly string[]): Promise<Row[]>
  create(kind: Kind, input: unknown, derived?: DerivedFields): Promise<Made>
  createMany(kind: Kind, inputs: readonly unknown[], derived?: DerivedFields): Promise<BatchOutcome[]>
  change(kind: Kind, id: string, input: unknown, derived?: DerivedFields): Promise<Row>
  transition(kind: Kind, id: string, name: string, input: unknown): Promise<Row>
  void(kind: Kind, id: string, input: unknown): Promise<Row>
  merge(kind: Kind, id: string, input: unknown): Promise<Row>
  history(kind: Kind, id: string): Promise<Version[]>
  refer(kind: Kind, q: string): Promise<{ id: string; title: string; region: string }[]>
  /** The public fields of a record that may be referred to. */
  referred(kind: Kind, id: string): Promise<Record<string, unknown>>
  /** What the rules between fields say of a record that is being filled in. */
  check(kind: Kind, content: Record<string, unknown>, state?: string): Promise<Problem[]>
  /** The same door for another actor: for an operation that by law writes into somebody else's book. */
  as(actor: Actor): Store
}

/** How code that acts for several actors opens the door for each. */
export type OpenDoor = (sql: ISql, actor: Actor, now: Date) => Store

/** Opens the door for one actor. */
export function openStore(
  sql: ISql,
  kinds: ReadonlyMap<string, Kind>,
  actor: Actor,
  now: Date,
  keyring: Keyring,
): Store {
  const context = { sql, kinds, actor, now, keyring, proven: new Map<string, Promise<boolean>>() }
  return {
    list: (kind, query) => list(sql, keyring, kind, reach(actor, kind, 'read'), query),
    stream: (kind, query) => stream(sql, keyring, kind, reach(actor, kind, 'read'), query),
    read: (kind, id) => read(context, kind, id, reach(actor, kind, 'read')),
    readMany: async (kind, ids) => readMany(context, kind, ids, reach(actor, kind, 'read')),
    create: (kind, input, derived) => create(context, kind, input, derived),
    createMany: (kind, inputs, derived) => createMany(context, kind, inputs, derived),
    change: (kind, id, input, derived) => change(context, kind, id, input, derived),
    transition: (kind, id, name, input) => transition(context, kind, id, name, input),
    void: (kind, id, input) => voidRecord(context, kind, id, input),
    merge: (kind, id, input) => merge(context, kind, id, input),
    history: (kind, id) => history(context, kind, id),
    refer: (kind, q) => refer(context, kind, q),
    referred: (kind, id) => referred(context, kind, id),
    check: async (kind, content, state) => {
      const may = (['create', 'change'] as const).some((verb) => mayUse(actor, kind, verb))
      const steps = kind.states?.transitions.some((step) => step.by.includes(actor.role))
      if (!may && !steps) throw forbidden(`您没有登记${kind.title}的权限`)
      return crossProblems(context, kind, content, state)
    },
    as: (other) => openStore(sql, kinds, other, now, keyring),
  }
}
