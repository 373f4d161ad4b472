import type { Sql } from 'postgres'
import { legalDay } from '../../standards/china/index.ts'
import type { Job } from '../jobs/job.ts'
import { tell } from '../message/tell.ts'

/** The people of those whose refused data will go are told once, with how many and when. */
async function tellBefore(sql: Sql, now: Date): Promise<number> {
  const day = legalDay(now)
  return sql.begin(async (tx) => {
    const rows = await tx<{ ownerId: string; n: number; first: string }[]>`
      with told as (
        update quarantine set told_at = ${now} where state = 'open' and told_at is null and cleared_at is null
          and received_at < ${now}::timestamptz
            - (rule_value('quarantine.keep-days', ${day}::date) - rule_value('quarantine.tell-days', ${day}::date)) * interval '1 day'
        returning owner_id, received_at)
      select owner_id as "ownerId", count(*)::int as n,
        ((greatest(min(received_at) + rule_value('quarantine.keep-days', ${day}::date) * interval '1 day',
          ${now}::timestamptz + rule_value('quarantine.tell-days', ${day}::date) * interval '1 day'))
          at time zone 'Asia/Shanghai')::date::text as first
      from told group by owner_id`
    for (const { ownerId, n, first } of rows) {
      const people = await tx<{ id: string }[]>`
        select id from account where owner_id = ${ownerId} and disabled_at is null and confirmed_at is not null limit 200`
      const title = `${n} 条被拒收的数据将在 ${first} 起清除`
      const detail = '请在此之前更正并重放；不再需要的不用处理'
      const key = `quarantine ${ownerId} ${day}`
      const told = { topic: 'data', level: 'warn', title, detail, kind: 'quarantine', recordId: ownerId, key } as const
      await tell(
        tx,
        people.map(({ id }) => id),
        told,
        now,
      )
    }
    return rows.length
  }) as Promise<number>
}

/** Takes the content out of what has lain its time; that it came, from whom and why it was refused stays. */
async function clear(sql: Sql, now: Date): Promise<number> {
  const day = legalDay(now)
  const done = await sql`
    update quarantine set body = '', corrected = null, cleared_at = ${now},
      state = case when state = 'open' then 'cleared' else state end
    where cleared_at is null
      and received_at < ${now}::timestamptz - rule_value('quarantine.keep-days', ${day}::date) * interval '1 day'
      and (state <> 'open' or told_at < ${now}::timestamptz - rule_value('quarantine.tell-days', ${day}::date) * interval '1 day')`
  return done.count
}

/** Tells of refused data that will be cleared, and clears what was told of long enough before (figures: rules table). */
export async function clearQuarantine(sql: Sql, now: Date): Promise<number> {
  return (await clear(sql, now)) + (await tellBefore(sql, now))
}

export const clearJob = (sql: Sql): Job => ({
  name: 'quarantine-clear',
  title: '清除到期的隔离数据',
  schedule: { at: '03:20' },
  run: ({ now }) => clearQuarantine(sql, now),
})
