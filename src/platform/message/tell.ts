import type { ISql } from 'postgres'
import { isPersons } from '../access/clients.ts'

export type Told = {
  topic: 'task' | 'flow' | 'mention' | 'overdue' | 'subscription' | 'report' | 'data' | 'bulletin'
  level: 'bad' | 'warn' | 'info'
  title: string
  detail?: string | null
  kind: string
  recordId: string
  /** What it tells of: nobody is told of one thing twice through one channel. */
  key: string
}

/**
 * Tells some accounts: at once in the application, and through the other channels that they wish for, where those are on
 * and reach them. Within the caller's transaction: what is rolled back is not told.
 */
export async function tell(sql: ISql, accounts: readonly string[], told: Told, now: Date): Promise<void> {
  if (accounts.length === 0) return
  await sql`
    insert into message (id, account_id, channel, topic, level, title, detail, kind, record_id, at, key, state, next_at, sent_at)
    select gen_random_uuid(), a.id, c.name, ${told.topic}, ${told.level}, ${told.title.slice(0, 200)},
      ${told.detail?.slice(0, 500) ?? null}, ${told.kind}, ${told.recordId}, ${now}, ${told.key},
      case c.name when 'app' then 'sent' else 'waiting' end, case c.name when 'app' then null else ${now}::timestamptz end,
      case c.name when 'app' then ${now}::timestamptz end
    from account a left join message_wish w on w.account_id = a.id,
      channels_of(a.id, coalesce(w.channels, '{}')) c (name)
    where a.id = any(${accounts as string[]}::uuid[]) and a.disabled_at is null
    on conflict do nothing`
}

/** Whom a task is put before: its person, or the people of its owner, authority or station. */
export async function peopleOfTask(sql: ISql, taskId: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select a.id from task t join account a on a.disabled_at is null and a.confirmed_at is not null
    join owner o on o.id = a.owner_id
    where t.id = ${taskId} and a.role in ('city', 'county', 'enterprise') and ${isPersons(sql, 'a')} and case
      when t.for_account is not null then a.id = t.for_account
      when t.for_owner is not null then a.owner_id = t.for_owner
      when t.for_station is not null then o.station = t.for_station and a.role = 'county'
      else a.role = t.for_role and o.region = t.for_region and o.station is null end
    limit 200`
  return rows.map((row) => row.id)
}
