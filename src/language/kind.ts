import type { Fields, RowOf } from './fields/index.ts'

/** Whose hands: authorities, enterprises, the public; and the three administrators, kept apart (GB/T 22239). */
export type Role = 'city' | 'county' | 'enterprise' | 'public' | 'system' | 'security' | 'audit'

/**
 * `read` covers list, detail, history and export; `refer` shows title and region only, for pickers and references.
 * Each role's reach is its own: enterprise its owner's rows, county its county's, city its city's.
 */
export type Verb = 'read' | 'create' | 'change' | 'void' | 'refer'

export const verbs: readonly Verb[] = ['read', 'create', 'change', 'void', 'refer']

/** A rule between fields of one record, checked by the database itself. */
export type CrossCheck = {
  name: string
  /** SQL over the columns; a row for which it is false is refused. */
  sql: string
  /** The sentence that says how to mend it. */
  text: string
  /** The field at which it is shown. */
  at: string
}

/** A group of fields in the order of the work. */
export type Section = { title: string; fields: readonly string[] }

export type Kind<F extends Fields = Fields> = {
  /** Noun in kebab-case; table, routes and file are named after it. */
  name: string
  /** The Chinese standard's own term. */
  title: string
  /** One sentence: what is recorded and when. */
  help: string
  /** Folder of the area it belongs to. */
  area: string
  /** Clauses of the standards that it serves. */
  clauses: readonly string[]
  fields: F
  /** The fields that together name one record to a person. */
  titleFields: readonly string[]
  /**
   * The record is itself an owner (a subject): its id is its ownerId, and its `region` field places all it owns.
   */
  isOwner?: boolean
  /** Form and detail in the order of the work; fields left out stand last. */
  sections?: readonly Section[]
  list: {
    columns: readonly string[]
    /** Field by which the list is ordered, `-` first for descending. Default: newest first. */
    sort?: string
    filters?: readonly string[]
    /** Fields found by the search box, by bigrams and pinyin. */
    search?: readonly string[]
  }
  checks?: readonly CrossCheck[]
  /** Fields whose value is unique in the whole platform. */
  claims?: readonly string[]
  grants: Partial<Record<Role, readonly Verb[]>>
  /** Raised with every change of the declaration; old history is read under the version it was written with. */
  schemaVersion: number
}

/** Columns that every kind has beside its own fields. */
export type RecordBase = {
  id: string
  ownerId: string
  ownerTitle: string
  region: string
  version: number
  state: 'active' | 'void'
  voidReason?: string | null
  createdAt: string
  updatedAt: string
}

/** The API form of a record of a kind. */
export type RecordOf<K extends Kind> = RecordBase & RowOf<K['fields']>

const reserved = ['id', 'ownerId', 'ownerTitle', 'version', 'state', 'voidReason', 'createdAt', 'updatedAt', 'search']

/** Declares a kind. A declaration that contradicts itself fails at start, not in use. */
export function kind<const F extends Fields>(declaration: Kind<F>): Kind<F> {
  const { name, fields } = declaration
  const wrong = (text: string) => new Error(`kind ${name}: ${text}`)
  if (!/^[a-z][a-z0-9-]{1,40}$/.test(name)) throw wrong('the name is a kebab-case noun')
  for (const field of Object.keys(fields))
    if (reserved.includes(field) || (field === 'region' && !declaration.isOwner)) throw wrong(`${field} is reserved`)
  const named = [
    ...declaration.titleFields,
    ...declaration.list.columns,
    ...(declaration.list.filters ?? []),
    ...(declaration.list.search ?? []),
    ...(declaration.claims ?? []),
    ...(declaration.sections ?? []).flatMap((section) => section.fields),
    ...(declaration.checks ?? []).map((check) => check.at),
    ...(declaration.list.sort ? [declaration.list.sort.replace(/^-/, '')] : []),
  ]
  for (const field of named) if (!Object.hasOwn(fields, field)) throw wrong(`no field ${field}`)
  if (declaration.isOwner && fields.region?.type !== 'code') throw wrong('an owner has a region')
  return declaration
}
