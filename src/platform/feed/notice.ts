import { createHash } from 'node:crypto'
import type { ISql } from 'postgres'
import { uuidv7 } from '../id.ts'
import type { Change } from '../operation.ts'

export type NoticeText = { level: 'bad' | 'warn' | 'info'; title: string; detail?: string }

/** The same notice has the same id, so that a feed that is read again says nothing twice. */
function noticeId(at: Date, change: Change, title: string): string {
  const digest = createHash('sha256').update(`${change.kind} ${change.id} ${change.version} ${title}`).digest('hex')
  // The time and version of a UUIDv7; what would be random comes from the content.
  const head = uuidv7(at.getTime()).slice(0, 15)
  return `${head}${digest.slice(0, 3)}-8${digest.slice(3, 6)}-${digest.slice(6, 18)}`
}

/** Puts what a change means before the people whose business it is: its owner and the owner's authorities. */
export async function raiseNotice(sql: ISql, change: Change, text: NoticeText): Promise<void> {
  const at = new Date(String(change.image.updatedAt))
  await sql`insert into notice (owner_id, id, level, title, detail, kind, record_id, region, at)
    values (${change.ownerId}, ${noticeId(at, change, text.title)}, ${text.level}, ${text.title}, ${text.detail ?? null},
      ${change.kind}, ${change.id}, ${change.region}, ${at}) on conflict do nothing`
}

export type NoticedRecord = { kind: string; id: string; ownerId: string }

/** Takes what was told of a record off the desks: it is dealt with, or `except` says it anew. */
export async function settleNotices(
  sql: ISql,
  of: NoticedRecord,
  settled: { at: Date; by: string; except?: string },
): Promise<void> {
  await sql`update notice set done_at = ${settled.at}, done_by = ${settled.by}
    where owner_id = ${of.ownerId} and kind = ${of.kind} and record_id = ${of.id} and done_at is null
      and id is distinct from ${settled.except ?? null}`
}
