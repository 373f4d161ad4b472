import type { ISql } from 'postgres'
import type { Actor } from '../access/actor.ts'

export type AuditResult = 'done' | 'refused' | 'failed'

/** One thing that somebody did, as the audit store keeps it. */
export type AuditEntry = {
  actor?: Pick<Actor, 'userId' | 'name' | 'ownerId' | 'ownerTitle'> & Partial<Actor>
  /** Who it was said to be, where nobody was signed in. */
  claimed?: string
  act: string
  kind?: string
  id?: string
  title?: string
  result?: AuditResult
  address: string
  rows?: number
  detail?: Record<string, unknown>
}

const nil = '00000000-0000-0000-0000-000000000000'

/** Who it was, and in whose place: the one who really sat there comes first. */
function whoOf(entry: AuditEntry) {
  const { actor } = entry
  if (!actor?.userId) return { id: null, name: entry.claimed ?? '公众', ownerId: null, ownerTitle: '', extra: {} }
  const real = actor.viewedBy ?? actor.deputy
  const extra = {
    ...(actor.viewedBy ? { viewAs: actor.userId, viewAsName: actor.name } : {}),
    ...(actor.deputy ? { actingFor: actor.userId, actingForName: actor.name } : {}),
    ...(actor.tokenId ? { token: actor.tokenId } : {}),
    ...(actor.partnerId ? { partner: actor.partnerId } : {}),
  }
  return {
    id: real?.userId ?? actor.userId,
    name: real?.name ?? actor.name,
    ownerId: actor.ownerId === nil ? null : actor.ownerId,
    ownerTitle: actor.ownerTitle,
    extra,
  }
}

/** Control characters would forge lines where a log is read as text, and marks of direction turn a line around. */
export const plain = (text: string, length: number): string =>
  text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, ' ')
    .toWellFormed()
    .slice(0, length)

/** Adds to the audit store. What cannot be recorded is not done: the caller awaits it before it answers. */
export async function note(sql: ISql, entry: AuditEntry, now?: Date): Promise<void> {
  const who = whoOf(entry)
  await sql`
    insert into audit (at, actor_id, actor_name, owner_id, owner_title, act, object_kind, object_id, object_title, result,
      address, rows, detail)
    values (${now ?? sql`clock_timestamp()`}, ${who.id}, ${plain(who.name, 100)}, ${who.ownerId}, ${plain(who.ownerTitle, 200)},
      ${entry.act}, ${entry.kind ?? ''}, ${plain(entry.id ?? '', 200)}, ${plain(entry.title ?? '', 200)},
      ${entry.result ?? 'done'}, ${entry.address}, ${entry.rows ?? 0},
      ${sql.json({ ...entry.detail, ...who.extra } as never)})`
}
