import type { Problem } from '../../language/problem.ts'
import type { Row } from '../shell/row.ts'

export type Content = Record<string, unknown>

/** Why the server did not take an item. */
export type Refused = { status: number; code: string; detail: string; problems: readonly Problem[]; current?: Row }

/** Something written here that the server has not taken yet. */
export type Item = {
  account: string
  /** The record's own id where the record is new, so that sending twice is once. */
  id: string
  kind: string
  kindTitle: string
  /** What it is about, as a person would say it. */
  title: string
  act: 'create' | 'change' | 'step' | 'void'
  step?: { name: string; title: string; to: string }
  recordId: string
  /** All fields of a new record; the changed ones, or those a step asked for, of an old one. */
  body: Content
  /** The record as it was read: what was changed against. */
  base?: Row
  /** Words for the ids in it. */
  titles: Record<string, string>
  at: string
  state: 'waiting' | 'refused' | 'conflict'
  tries: number
  triedAt?: string
  /** On its way since then: what is written meanwhile comes after it. */
  sendingAt?: string
  refused?: Refused
}

/** A new item as it waits. */
export function waiting(item: Omit<Item, 'at' | 'state' | 'tries'>): Item {
  return { ...item, at: new Date().toISOString(), state: 'waiting', tries: 0 }
}

/** The request that an item stands for. */
export function requestOf(item: Item): { method: 'POST' | 'PATCH'; path: string; body: Content } {
  const records = `/api/v1/records/${item.kind}`
  if (item.act === 'create') return { method: 'POST', path: records, body: { id: item.id, ...item.body } }
  const body = { version: item.base?.version, ...item.body }
  if (item.act === 'void') return { method: 'POST', path: `${records}/${item.recordId}/void`, body }
  if (item.act === 'change') return { method: 'PATCH', path: `${records}/${item.recordId}`, body }
  return { method: 'POST', path: `${records}/${item.recordId}/steps/${item.step?.name}`, body }
}

/** A request that neither ends nor fails in this time has died with its page. */
const sendingMs = 60_000

/** Whether an item may be on its way right now. */
export function isUnderway(item: Item, now = Date.now()): boolean {
  return !!item.sendingAt && now - new Date(item.sendingAt).getTime() < sendingMs
}

/** A later change of what still waits, in one item; undefined where the two must be sent one after the other. */
export function joined(earlier: Item, later: Item): Item | undefined {
  if (earlier.recordId !== later.recordId || ['step', 'void'].includes(earlier.act) || later.act !== 'change')
    return undefined
  const body = { ...earlier.body, ...later.body }
  const kept = earlier.act === 'create' ? Object.entries(body).filter(([, value]) => value !== null) : undefined
  return {
    ...earlier,
    title: later.title,
    body: kept ? Object.fromEntries(kept) : body,
    titles: { ...earlier.titles, ...later.titles },
    state: 'waiting',
    refused: undefined,
  }
}

/** Equal as JSON, whatever the order of names. */
function same(a: unknown, b: unknown): boolean {
  const ordered = (_: string, value: unknown) =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))
      : value
  return JSON.stringify(a ?? null, ordered) === JSON.stringify(b ?? null, ordered)
}

/** The refusal of something that had arrived before: only the answer was lost on its way. */
export function hadArrived(item: Item, current: Row | undefined): boolean {
  if (!current || item.act === 'create') return false
  if (item.act === 'void') return current.state === 'void'
  const isThere = Object.entries(item.body).every(([name, value]) => same(current[name], value))
  return isThere && (item.act === 'change' || current.state === item.step?.to)
}

export type Verdict = 'arrived' | 'later' | 'sign-in' | 'conflict' | 'refused'

/** What a refusal means for the item: whether to try later, to ask the user, or that it is done. */
export function verdictOf(item: Item, refused: Refused): Verdict {
  const { status, code, current } = refused
  if (hadArrived(item, current)) return 'arrived'
  if (status === 0 || status === 429 || status >= 500) return 'later'
  if (status === 401 || ['other-account', 'second-factor', 'password-change', 'enrol', 'read-only'].includes(code))
    return 'sign-in'
  return status === 409 && current && current.state !== 'void' ? 'conflict' : 'refused'
}

/** Whether an item speaks of a record: is about it, or refers to it in one of its fields or lines. */
export function speaksOf(item: Pick<Item, 'recordId' | 'body'>, recordIds: ReadonlySet<string>): boolean {
  if (recordIds.has(item.recordId)) return true
  const text = JSON.stringify(item.body)
  return [...recordIds].some((id) => text.includes(`"${id}"`))
}

/** The item with its references to a record led to another one, where that was sent under a new id. */
export function referringTo<Of extends Item>(item: Of, from: string, to: string): Of {
  return { ...item, body: JSON.parse(JSON.stringify(item.body).replaceAll(`"${from}"`, `"${to}"`)) }
}

/**
 * The item that goes next: oldest first; what follows on a record, or refers to a new one, waits until what came before
 * has arrived.
 */
export function nextOf(items: readonly Item[], tried: ReadonlySet<string>): Item | undefined {
  const inOrder = [...items].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.id < b.id ? -1 : 1))
  const held = new Set<string>()
  for (const item of inOrder) {
    if (item.state === 'waiting' && !tried.has(item.id) && !speaksOf(item, held)) return item
    held.add(item.recordId)
  }
  return undefined
}
