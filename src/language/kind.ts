import type { Tone } from './fields/choice.ts'
import type { Fields, RowOf } from './fields/index.ts'
import { isClosed, sealedFields, wronglyOpen } from './sealed.ts'

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
  /**
   * SQL over the columns; a row for which it is false is refused. `rule('name')` stands for a figure of the rules table
   * on the day the record speaks of.
   */
  sql: string
  /** The sentence that says how to mend it. */
  text: string
  /** The field at which it is shown. */
  at: string
}

/** A step from one state to another, taken by name. */
export type Transition = {
  /** Verb in kebab-case; the route and the button are named after it. */
  name: string
  title: string
  from: readonly string[]
  to: string
  /** Who may take it, each within its own reach; first the one who is expected to, whose main button it is. */
  by: readonly Role[]
  /** Fields that are asked for with it, whoever filled the rest. */
  asks?: readonly string[]
  /** Fields that must be filled by now. */
  needs?: readonly string[]
}

/** The life of a record. Every record may besides be void, with a reason. */
export type States = {
  /** State -> the word users read; the first is where a record begins. */
  names: Readonly<Record<string, string>>
  tones?: Readonly<Record<string, Tone>>
  /** States in which its fields may still be changed; without it the first one. */
  open?: readonly string[]
  transitions: readonly Transition[]
}

/** A deadline of the law that runs while a record is in some states; it ends with the first other state. */
export type Clock = {
  /** Noun in kebab-case. */
  name: string
  /** What has to be done by then, as it stands in 待办: 受理投诉. */
  title: string
  /** The figure of the rules table, with its unit, as it is on the day the clock starts. */
  rule: string
  runs: readonly string[]
  /** States in which it stands still. */
  pauses?: readonly string[]
  /** The instant field from which it counts; without it the time at which the state was entered. */
  from?: string
  /** Whose 待办 it is: the authority of the record's region, its owner, or the subject that it is about. */
  whose: 'authority' | 'owner' | 'about'
}

/** When a record speaks of and when it must be there. */
export type Timing = {
  /** The instant or day field that says when it happened; `createdAt` says when it was recorded. */
  occurred: string
  /** Recorded later than this after it happened, it is a 补录 and shows both times. */
  lateAfterHours?: number
  /** A record that is due from every owner of an activity each day by a time of day in Asia/Shanghai. */
  due?: { by: string; days: 'every-day' | 'weekdays'; owners: { kind: string; field: string; is: string } }
}

/** The 文书 that a record is printed as: number, addressee, text around its fields, places to sign. */
export type Document = {
  /** `{field}` stands for what the field says, here as in the paragraphs. */
  title: string
  /** The field that names whom it is addressed to. */
  to?: string
  /** Paragraphs before and after the fields. */
  opening?: readonly string[]
  closing?: readonly string[]
  /** The fields that are printed; without it all. */
  fields?: readonly string[]
  /** Who signs by hand, beside the record's own signatures and the stamp. */
  signers?: readonly string[]
}

/** What the desk shows beside a record that no field says; each has its own page part in the web application. */
export type Panel = 'reach' | 'recall' | 'recall-answer' | 'device'

/** A group of fields in the order of the work. */
export type Section = { title: string; fields: readonly string[] }

export type Kind<F extends Fields = Fields> = {
  /** Noun in kebab-case; table, routes and file are named after it. */
  name: string
  /** The Chinese standard's own term. */
  title: string
  /** One sentence: what is recorded and when. */
  help: string
  /** Clauses of the standards that it serves. */
  clauses: readonly string[]
  fields: F
  /** The fields that together name one record to a person. */
  titleFields: readonly string[]
  /**
   * The record is itself an owner (a subject): its id is its ownerId, and its `region` field places all it owns.
   */
  isOwner?: boolean
  /** The reference to the subject that the record is about: that subject reaches it although it owns it not. */
  about?: string
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
  /** It comes of what happened, written by operations and followers: no page offers to type one in or to correct it. */
  arises?: true
  grants: Partial<Record<Role, readonly Verb[]>>
  /** Without states of its own a record is active or void. */
  states?: States
  timing?: Timing
  document?: Document
  /** What stands beside its records besides work and history. */
  panel?: Panel
  /** Deadlines of the law that run with its states. */
  clocks?: readonly Clock[]
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
  state: string
  /** Recorded late (补录): occurred and recorded lie further apart than the kind allows. */
  late?: boolean
  mergedInto?: string
  /** The key of the person it speaks of is destroyed: personal fields are gone for good. */
  erased?: boolean
  voidReason?: string | null
  createdAt: string
  updatedAt: string
}

/** The API form of a record of a kind. */
export type RecordOf<K extends Kind> = RecordBase & RowOf<K['fields']>

const reserved = [
  'id',
  'ownerId',
  'ownerTitle',
  'version',
  'state',
  'voidReason',
  'late',
  'mergedInto',
  'createdAt',
  'updatedAt',
  'search',
  'titles',
  'masked',
  'erased',
  'personId',
  'personKey',
  'sealed',
  'blind',
]

/** The states that a record of the kind can be in, apart from void; the first is where it begins. */
export function statesOf(kind: { states?: States }): string[] {
  return kind.states ? Object.keys(kind.states.names) : ['active']
}

/** The states in which the fields may be changed. */
export function openStates(kind: { states?: States }): readonly string[] {
  return kind.states?.open ?? statesOf(kind).slice(0, 1)
}

/** Names of the fields whose value no two records share. */
export function uniqueFields(kind: { fields: Fields }): string[] {
  return Object.keys(kind.fields).filter((name) => kind.fields[name]?.unique)
}

/** The fields that a document speaks of. */
function documentFields(document: Document | undefined): string[] {
  const said = [document?.title, ...(document?.opening ?? []), ...(document?.closing ?? [])].join('')
  const placed = [...said.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string)
  return [...placed, ...(document?.fields ?? []), ...(document?.to ? [document.to] : [])]
}

/** Whether a kind holds data of natural persons or secrets: its reads and exports are recorded. */
export function isImportant(kind: { fields: Fields }): boolean {
  return Object.values(kind.fields).some(
    (field) => isClosed(field) || (field.type === 'lines' && Object.values(field.fields).some(isClosed)),
  )
}

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
    ...(declaration.sections ?? []).flatMap((section) => section.fields),
    ...(declaration.checks ?? []).map((check) => check.at),
    ...(declaration.about ? [declaration.about] : []),
    ...(declaration.timing ? [declaration.timing.occurred] : []),
    ...(declaration.states?.transitions ?? []).flatMap((step) => [...(step.asks ?? []), ...(step.needs ?? [])]),
    ...documentFields(declaration.document),
    ...Object.values(fields).flatMap((field) => (field.type === 'lines' && field.begins ? [field.begins.of] : [])),
    ...(declaration.list.sort ? [declaration.list.sort.replace(/^-/, '')] : []),
  ]
  for (const field of named) if (!Object.hasOwn(fields, field)) throw wrong(`no field ${field}`)
  const states = ['void', ...statesOf(declaration)]
  for (const clock of declaration.clocks ?? []) {
    for (const state of [...clock.runs, ...(clock.pauses ?? [])])
      if (!states.includes(state)) throw wrong(`no state ${state}`)
    if (clock.from && !Object.hasOwn(fields, clock.from)) throw wrong(`no field ${clock.from}`)
    if (clock.whose === 'about' && !declaration.about) throw wrong(`${clock.name} is for whom it is about: nobody`)
  }
  for (const step of declaration.states?.transitions ?? [])
    for (const state of [...step.from, step.to]) if (!states.includes(state)) throw wrong(`no state ${state}`)
  for (const [field, { computed, derived }] of Object.entries(fields))
    if (computed && !derived) throw wrong(`${field} is computed and so derived`)
  const open = wronglyOpen(fields)
  if (open) throw wrong(open)
  const sealed = sealedFields(declaration)
  const bare = [declaration.list.sort?.replace(/^-/, ''), declaration.timing?.occurred, ...uniqueFields(declaration)]
  for (const field of sealed)
    if (bare.includes(field)) throw wrong(`${field} is sealed: it can neither order, place in time nor be unique`)
  for (const field of declaration.list.filters ?? [])
    if (sealed.includes(field) && !/^(text|code|choice)$/.test(fields[field]?.type ?? ''))
      throw wrong(`${field} is sealed: only texts, codes and choices are found by their exact value`)
  for (const [field, { class: of, ...said }] of Object.entries(fields))
    if ('renewal' in said && said.renewal && (of === 'personal' || of === 'secret'))
      throw wrong(`${field} is closed: its end cannot be told of`)
  if (declaration.isOwner && fields.region?.type !== 'code') throw wrong('an owner has a region')
  return declaration
}
