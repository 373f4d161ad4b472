import type { ISql } from 'postgres'
import { uuidv7 } from '../id.ts'
import type { Change } from '../operation.ts'

export type NoticeText = { level: 'bad' | 'warn' | 'info'; title: string; detail?: string }

/** Puts what a change means before the people whose business it is: its owner and the owner's authorities. */
export async function raiseNotice(sql: ISql, change: Change, text: NoticeText): Promise<void> {
  const at = new Date(String(change.image.updatedAt))
  await sql`insert into notice (owner_id, id, level, title, detail, kind, record_id, region, at)
    values (${change.ownerId}, ${uuidv7(at.getTime())}, ${text.level}, ${text.title}, ${text.detail ?? null},
      ${change.kind}, ${change.id}, ${change.region}, ${at})`
}
