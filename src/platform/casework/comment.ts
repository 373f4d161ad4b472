import type { ISql } from 'postgres'
import { invalid, type Problem } from '../../failure.ts'
import { isSha256 } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { mayRun } from '../access/reach.ts'
import { uuidv7 } from '../id.ts'
import type { AtRecord } from './at-record.ts'
import { nameOf } from './task.ts'

/** Commenting is a right of its own, which the role tree can take away like an operation. */
export const commenting = { name: 'comment', roles: ['city', 'county', 'enterprise'] } as const

export const mayComment = (actor: Actor): boolean => mayRun(actor, commenting)

export type Attached = { sha256: string; name: string; mediaType: string; size: number }

export const sideOf = (actor: Actor): 'authority' | 'owner' => (actor.role === 'enterprise' ? 'owner' : 'authority')

/** Comments that the actor may see: open ones, and those of the own side. */
export function visibleTo(sql: ISql, actor: Actor) {
  return sideOf(actor) === 'authority'
    ? sql`(c.audience = 'all' or c.side = 'authority')`
    : sql`(c.audience = 'all' or (c.side = 'owner' and c.by_owner = ${actor.ownerId}))`
}

/** Files of a comment: each was put through the files' own door by the writer's owner before. */
export async function readFiles(sql: ISql, actor: Actor, input: unknown): Promise<Attached[]> {
  if (input === undefined) return []
  const problems: Problem[] = []
  if (!Array.isArray(input) || input.length > 9)
    throw invalid([{ code: 'wrong-type', text: '附件应为列表，最多 9 个', at: '/files' }])
  const files: Attached[] = []
  for (const [index, item] of input.entries()) {
    const { sha256, name } = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>
    const title =
      typeof name === 'string'
        ? name
            .replace(/[\p{Cc}/\\]/gu, ' ')
            .trim()
            .slice(0, 100)
        : ''
    const [stored] =
      typeof sha256 === 'string' && isSha256(sha256)
        ? await sql<{ mediaType: string; size: string }[]>`
            select media_type as "mediaType", size from file where owner_id = ${actor.ownerId} and sha256 = ${sha256}`
        : []
    if (!stored || !title)
      problems.push({ code: 'no-such-file', text: '附件没有上传完整，请重新选择', at: `/files/${index}` })
    else files.push({ sha256: String(sha256), name: title, mediaType: stored.mediaType, size: Number(stored.size) })
  }
  if (problems.length > 0) throw invalid(problems)
  return files
}

export type NewComment = {
  text: string
  audience: 'all' | 'side'
  mentions: { id: string; name: string }[]
  files: Attached[]
}

/** Adds a comment; it stays as it was written. Returns its id. */
export async function addComment(
  sql: ISql,
  actor: Actor,
  at: AtRecord,
  comment: NewComment,
  now: Date,
): Promise<string> {
  const id = uuidv7(now.getTime())
  await sql`
    insert into record_comment (id, owner_id, kind, record_id, account_id, name, by_owner, by_title, audience, side, text,
      mentions, files, at)
    values (${id}, ${at.row.ownerId}, ${at.kind.name}, ${at.row.id}, ${actor.userId}, ${nameOf(actor)}, ${actor.ownerId},
      ${actor.ownerTitle}, ${comment.audience}, ${sideOf(actor)}, ${comment.text}, ${sql.json(comment.mentions)},
      ${sql.json(comment.files)}, ${now})`
  return id
}
