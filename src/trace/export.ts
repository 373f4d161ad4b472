import { type Scope, type Tx, visible } from './scope.ts'

export type ExportRequest = { since?: Date; before?: Date }

const EVENTS_A_PART = 4000

type Part = { lines: Buffer; last: string; count: number }

/**
 * Every event that a scope may see, in the order of recording, as lines of JSON as captured (with its eventID): parts of
 * some megabytes, each one round trip, so that any number of events passes through little memory. `since`, `before`:
 * the time at which it happened. The bytes go out as the database sends them (UTF-8), never as text in between.
 */
export async function* exportEvents(tx: Tx, scope: Scope, { since, before }: ExportRequest): AsyncGenerator<Buffer> {
  const part = async (after: string): Promise<Part | undefined> => {
    const [row] = await tx`
      select string_agg(p.document, E'\n' order by p.id) || E'\n' as lines, max(p.id) as last, count(*)::int as count
      from (
        select e.id, e.document from event e
        where e.id > ${after} and ${visible(tx, scope)}
          ${since ? tx`and e.event_time >= ${since}` : tx``} ${before ? tx`and e.event_time < ${before}` : tx``}
        order by e.id limit ${EVENTS_A_PART}
      ) p`.raw()
    const [lines, last, count] = (row ?? []) as (Buffer | null)[]
    return lines ? { lines, last: String(last), count: Number(String(count)) } : undefined
  }
  for (let current = await part('0'); current; ) {
    // The next part is read while this one is on its way.
    const next = current.count < EVENTS_A_PART ? undefined : part(current.last)
    next?.catch(() => {})
    yield current.lines
    current = await next
  }
}
