import type { ISql } from 'postgres'
import { uuidv7 } from '../../../platform/id.ts'

export type Raised = {
  /** Before whom it is put, and whose authorities see it. */
  ownerId: string
  region: string
  /** The record that it leads to. */
  kind: string
  id: string
  level: 'bad' | 'warn' | 'info'
  title: string
  detail?: string
}

/** Puts a notice before one owner. */
export async function raiseFor(sql: ISql, now: Date, notice: Raised): Promise<void> {
  const { ownerId, region, kind, id, level, title, detail } = notice
  await sql`insert into notice (owner_id, id, level, title, detail, kind, record_id, region, at)
    values (${ownerId}, ${uuidv7(now.getTime())}, ${level}, ${title}, ${detail ?? null}, ${kind}, ${id}, ${region}, ${now})`
}
