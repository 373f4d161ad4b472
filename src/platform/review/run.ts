import type { ISql, Sql } from 'postgres'
import type { Kind } from '../../language/index.ts'
import { type Allowed, allowedFor } from '../define/allowed.ts'
import { stopDefinition } from '../define/definitions.ts'
import { uuidv7 } from '../id.ts'
import type { Gathering } from '../operation.ts'
import { putBefore } from './finding-tasks.ts'
import { isCancelled, type Judged, judge } from './judge.ts'
import { rulesOn } from './rule.ts'

type Kinds = ReadonlyMap<string, Kind>
type OnRules = Awaited<ReturnType<typeof rulesOn>>
type OnRule = NonNullable<ReturnType<OnRules['get']>>[number]

/** How long the rules of one kind may look at the changes of one step. */
const ofStep: Allowed = { ms: 10_000, said: '检查一次修改超过 10 秒' }

const readRules = (sql: ISql, kinds: Kinds): Promise<OnRules> =>
  rulesOn(sql, kinds, ({ number }, problem) => stopDefinition(sql, number, `规则已不能用：${problem.text}`))

/** Judges under a time limit; where the rules together fail, each is tried alone and the guilty one is switched off. */
async function judgeSafely(
  sql: ISql,
  kind: Kind,
  rules: readonly OnRule[],
  ids: readonly string[] | undefined,
  now: Date,
  allowed: Allowed,
): Promise<Judged> {
  const within = (sql as unknown as { savepoint<T>(work: (tx: ISql) => Promise<T>): Promise<T> }).savepoint.bind(sql)
  try {
    return await within(async (tx) => {
      // Compiling a hundred conditions costs more than it saves.
      await tx.unsafe(`set local statement_timeout = ${allowed.ms}; set local jit = off`)
      const judged = await judge(tx, kind, rules, ids, now)
      await tx.unsafe('set local statement_timeout = 0')
      return judged
    })
  } catch (error) {
    const [only, ...others] = rules
    if (!only) throw error
    if (others.length > 0) {
      const all = { records: 0, found: 0, mended: 0 }
      for (const rule of rules) {
        const one = await judgeSafely(sql, kind, [rule], ids, now, allowed)
        all.records = Math.max(all.records, one.records)
        all.found += one.found
        all.mended += one.mended
      }
      return all
    }
    const why = isCancelled(error) ? `${allowed.said}，已自动停用` : '检查时出错，已自动停用'
    await stopDefinition(sql, only.number, why)
    return { records: 0, found: 0, mended: 0 }
  }
}

/** Judges every record as it is written, by all rules that are switched on. */
export function reviewing(kinds: Kinds, clock: () => Date): Gathering {
  return {
    name: 'review',
    async take(sql, touched) {
      const rules = await readRules(sql, kinds)
      for (const [name, list] of rules) {
        const kind = kinds.get(name)
        const ids = [...new Set(touched.filter((each) => each.kind === name).map(({ id }) => id))]
        if (kind && ids.length > 0) {
          await judgeSafely(sql, kind, list, ids, clock(), ofStep)
          await putBefore(sql, list, clock())
        }
      }
    },
  }
}

/** Judges all records of one kind, or of every kind that has rules, and keeps how long it took and might have taken. */
export async function reviewAll(
  sql: Sql,
  kinds: Kinds,
  now: Date,
  only: { kind?: string; number?: number } = {},
): Promise<(Judged & { kind: string; ms: number })[]> {
  const done: (Judged & { kind: string; ms: number })[] = []
  const rules = await readRules(sql, kinds)
  for (const [name, all] of rules) {
    const kind = kinds.get(name)
    const list = all.filter((rule) => only.number === undefined || rule.number === only.number)
    if (!kind || list.length === 0 || (only.kind && only.kind !== name)) continue
    const started = performance.now()
    const allowed = await allowedFor(sql, 'review.ten-thousand-seconds', (list[0] as OnRule).ground, now)
    const judged = (await sql.begin(async (tx) => {
      const all = await judgeSafely(tx, kind, list, undefined, now, allowed)
      await putBefore(tx, list, now)
      return all
    })) as Judged
    const ms = Math.round(performance.now() - started)
    await sql`insert into review_run (id, kind, rules, records, found, mended, ms, limit_ms, at)
      values (${uuidv7(now.getTime())}, ${name}, ${list.length}, ${judged.records}, ${judged.found}, ${judged.mended}, ${ms}, ${allowed.ms}, ${now})`
    done.push({ kind: name, ms, ...judged })
  }
  return done
}
