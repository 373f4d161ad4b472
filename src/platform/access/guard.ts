import { createHash } from 'node:crypto'
import type { ISql } from 'postgres'
import { Failure } from '../../failure.ts'

export type Limit = { failures: number; minutes: number }

/** Locks never last longer than a day: whoever guesses must not be able to shut somebody out for good. */
const longestMinutes = 1440

const digest = (key: string): Buffer => createHash('sha256').update(key).digest()

function locked(until: Date, now: Date): Failure {
  const minutes = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 60_000))
  return new Failure(429, 'locked', `登录失败次数过多，已锁定，请 ${minutes} 分钟后再试，或联系管理员`, {
    details: { retryAfterSeconds: minutes * 60 },
  })
}

/**
 * Counts an attempt before anything is looked at, so that a hundred at once get no more tries than five in a row.
 * Refuses when the key (an account's name or an address, known or not) is locked.
 */
export async function countAttempt(sql: ISql, key: string, limit: Limit, now: Date): Promise<void> {
  const stale = new Date(now.getTime() - 86_400_000)
  const [row] = await sql<{ failures: number; lockedUntil: Date | null }[]>`
    insert into sign_in_guard as g (key, failures, first_at) values (${digest(key)}, 1, ${now})
    on conflict (key) do update set
      failures = case when g.locked_until > ${now} then g.failures
        when g.locked_until is not null or g.first_at < ${stale} then 1 else g.failures + 1 end,
      locks = case when g.first_at < ${stale} and g.locked_until is null then 0 else g.locks end,
      first_at = case when g.first_at < ${stale} and g.locked_until is null then ${now} else g.first_at end,
      locked_until = case when g.locked_until > ${now} then g.locked_until end
    returning failures, locked_until as "lockedUntil"`
  if (row?.lockedUntil) throw locked(row.lockedUntil, now)
  if (row && row.failures > limit.failures) throw locked(await lock(sql, key, limit, now), now)
}

async function lock(sql: ISql, key: string, limit: Limit, now: Date): Promise<Date> {
  const [row] = await sql<{ until: Date }[]>`
    update sign_in_guard set locks = locks + 1, failures = 0,
      locked_until = ${now}::timestamptz
        + least(${longestMinutes}, ${limit.minutes} * power(2, least(locks, 10))) * interval '1 minute'
    where key = ${digest(key)} and (locked_until is null or locked_until <= ${now}) returning locked_until as until`
  return row?.until ?? new Date(now.getTime() + limit.minutes * 60_000)
}

/** The attempt failed; true when that locked the key. */
export async function countFailure(sql: ISql, key: string, limit: Limit, now: Date): Promise<boolean> {
  const [row] = await sql<{ failures: number }[]>`
    select failures from sign_in_guard where key = ${digest(key)} and locked_until is null`
  if (!row || row.failures < limit.failures) return false
  await lock(sql, key, limit, now)
  return true
}

/** The attempt succeeded: the account starts anew; an address only gets its attempt back. */
export async function countSuccess(sql: ISql, key: string, start: 'anew' | 'take-back'): Promise<void> {
  if (start === 'anew') await sql`delete from sign_in_guard where key = ${digest(key)}`
  else await sql`update sign_in_guard set failures = greatest(failures - 1, 0) where key = ${digest(key)}`
}

/** Forgets what is older than a lock can last. */
export async function forgetOldAttempts(sql: ISql, now: Date): Promise<void> {
  const old = new Date(now.getTime() - 3 * 86_400_000)
  await sql`delete from sign_in_guard where first_at < ${old} and (locked_until is null or locked_until < ${now})`
}
