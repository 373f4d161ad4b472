import { type Scope, type Tx, visible } from './scope.ts'

export type ExportRequest = { since?: Date; before?: Date }

const EVENTS_A_PART = 4000

/**
 * Every event that a scope may see, in the order of recording, as lines of JSON as captured (with its eventID): parts of
 * some megabytes, each one round trip, so that any number of events passes through little memory. `since`, `before`:
 * the time at which it happened.
 */
export async function* exportEvents(tx: Tx, scope: Scope, { since, before }: ExportRequest): AsyncGenerator<string> {
  for (let after = '0'; ; ) {
    const [row] = await tx<{ lines: string | null; last: string | null; count: number }[]>`
      select string_agg(p.document, E'\\n' order by p.id) as lines, max(p.id) as last, count(*)::int as count
      from (
        select e.id, e.document from event e
        where e.id > ${after} and ${visible(tx, scope)}
          ${since ? tx`and e.event_time >= ${since}` : tx``} ${before ? tx`and e.event_time < ${before}` : tx``}
        order by e.id limit ${EVENTS_A_PART}
      ) p`
    if (!row?.lines || row.last === null) return
    yield `${row.lines}\n`
    if (row.count < EVENTS_A_PART) return
    after = row.last
  }
}
