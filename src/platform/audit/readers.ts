import type { ISql } from 'postgres'

export type Reader = { name: string; ownerTitle: string; times: number; lastAt: Date }

/** How far back is looked. */
const days = 180
const readersMax = 50

/** Who opened one record of important data, latest first. */
export async function readersOf(auditSql: ISql, kind: string, id: string, now: Date): Promise<Reader[]> {
  const since = new Date(now.getTime() - days * 86_400_000)
  return auditSql<Reader[]>`
    select actor_name as name, owner_title as "ownerTitle", count(*)::int as times, max(at) as "lastAt" from audit
    where object_id = ${id} and object_id <> '' and object_kind = ${kind} and act = 'read' and result = 'done'
      and at >= ${since}
    group by actor_id, actor_name, owner_title order by max(at) desc limit ${readersMax}`
}
