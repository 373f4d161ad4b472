import type { ISql } from 'postgres'
import { Failure } from '../../failure.ts'
import type { To } from '../../language/expression/index.ts'
import { titleOf } from '../../language/image.ts'
import type { Kind } from '../../language/index.ts'
import { legalDay } from '../../standards/china/index.ts'
import { type Reach, within } from '../access/reach.ts'
import type { Definition } from '../define/definitions.ts'
import type { ReadRule } from './rule.ts'
import type { RuleBody, Trial } from './wire.ts'

/** Values bound to a statement as it is written. */
export function binding(now: Date, mode: To['mode']): { to: To; values: unknown[] } {
  const values: unknown[] = []
  const today = legalDay(now)
  const bind = (value: unknown) => `$${values.push(value)}`
  return { values, to: { bind, today, now, mode } }
}

/** True where the record breaks the rule; false where it keeps it or the rule does not apply; null where undecided. */
export function brokenSql({ when, must }: Pick<ReadRule, 'when' | 'must'>, to: To): string {
  const broken = `not ${must.sql(to)}`
  return when ? `case when ${when.sql(to)} then ${broken} else false end` : `(${broken})`
}

/** The rows that a definition is about. */
function reached(definition: Pick<Definition, 'reachColumn' | 'reachValue'>, kind: Kind, to: To): string {
  const column = definition.reachColumn === 'owner_id' && kind.about ? 'about_id' : definition.reachColumn
  return `t.${column} = ${to.bind(definition.reachValue)}${column.endsWith('_id') ? '::uuid' : ''}`
}

type OnRule = ReadRule & { definition: Definition<RuleBody> }

export type Judged = { records: number; found: number; mended: number }

/** Most findings that one rule may have open: beyond it the rule says nothing about any record. */
export const findingsMax = 20_000

/**
 * Judges records of one kind by its rules in one statement: some by id, or all. Findings are written or renewed; what
 * is kept now is mended. A finding that was closed by hand stays closed until the record changes.
 */
export async function judge(
  sql: ISql,
  kind: Kind,
  rules: readonly OnRule[],
  ids: readonly string[] | undefined,
  now: Date,
): Promise<Judged> {
  const { to, values } = binding(now, ids ? 'few' : 'all')
  const ground = (rules[0] as OnRule).ground
  const tests = rules.map((rule) => {
    const about = reached(rule.definition, kind, to)
    return `case when ${about} and (${brokenSql(rule, to)}) then ${rule.number} end`
  })
  const facts = rules.map(
    ({ number, definition: { version, body } }) =>
      `(${number}, ${version}, ${to.bind(body.dimension)}, ${to.bind(body.level)})`,
  )
  const at = `${to.bind(now.toISOString())}::timestamptz`
  const some = ids ? `and t.id = any(${to.bind(ids)}::uuid[])` : ''
  const numbers = `array[${rules.map((rule) => rule.number).join(', ')}]`
  const text = `
    with judged as materialized (
      select t.id, t.owner_id, t.region, t.version, array_remove(array[${tests.join(',\n')}], null) as hits
      from ${ground.from} where ${ground.alive} ${some}),
    facts (rule, version, dimension, level) as (values ${facts.join(', ')}),
    written as (
      insert into finding as f (owner_id, id, rule, rule_version, kind, record_id, record_version, dimension, level, region,
        found_at, seen_at)
      select j.owner_id, gen_random_uuid(), x.rule, x.version, '${kind.name}', j.id, j.version, x.dimension, x.level, j.region, ${at}, ${at}
      from judged j cross join lateral unnest(j.hits) hit join facts x on x.rule = hit
      on conflict (rule, record_id) do update set seen_at = excluded.seen_at, rule_version = excluded.rule_version,
        dimension = excluded.dimension, level = excluded.level,
        state = case when f.state = 'closed' and f.record_version = excluded.record_version then 'closed' else 'open' end,
        reason = case when f.state = 'closed' and f.record_version = excluded.record_version then f.reason end,
        found_at = case when f.state = 'mended' then excluded.found_at else f.found_at end,
        record_version = excluded.record_version
      where (f.state, f.record_version, f.rule_version) is distinct from ('open', excluded.record_version, excluded.rule_version)
        and (f.state, f.record_version) is distinct from ('closed', excluded.record_version)
      returning f.rule, f.record_id, xmax = 0 as is_new),
    mended as (
      update finding f set state = 'mended', closed_at = ${at}, closed_by = null, reason = null
      where f.state = 'open' and f.rule = any(${numbers}) ${ids ? `and f.kind = '${kind.name}' and f.record_id = any(${to.bind(ids)}::uuid[])` : ''}
        and not exists (select from judged j where j.id = f.record_id and f.rule = any(j.hits))
      returning 1)
    select (select count(*)::int from judged) as records, (select count(*)::int from written where is_new) as found,
      (select count(*)::int from mended) as mended`
  const [row] = await sql.unsafe<Judged[]>(text, values as never[])
  return row as Judged
}

/** What a trial may cost by the planner's own estimate before it is not even begun, and how long it may run. */
const costMax = 20_000_000
export const trialMsMax = 5_000

export const isCancelled = (error: unknown): boolean => (error as { code?: string }).code === '57014'

export const tooSlow = (ms: number): Failure =>
  new Failure(422, 'too-slow', `查了 ${ms / 1000} 秒还没有查完，已停下。请缩小适用范围，或少用引用和查重`, {
    problems: [{ code: 'too-slow', text: `查了 ${ms / 1000} 秒还没有查完，已停下`, at: '/must' }],
  })

/** Runs work under a time limit; what takes longer is cut off and said. */
export async function limited<T>(sql: ISql, ms: number, work: (tx: ISql) => Promise<T>): Promise<T> {
  const begin = (sql as unknown as { begin<R>(work: (tx: ISql) => Promise<R>): Promise<R> }).begin
  try {
    return (await begin.call(sql, async (tx: ISql) => {
      await tx.unsafe(`set local statement_timeout = ${Math.trunc(ms)}`)
      return work(tx)
    })) as T
  } catch (error) {
    if (isCancelled(error)) throw tooSlow(ms)
    throw error
  }
}

async function refuseCostly(sql: ISql, text: string, values: unknown[]): Promise<void> {
  const [row] = await sql.unsafe<{ 'QUERY PLAN': [{ Plan: { 'Total Cost': number } }] }[]>(
    `explain (format json) ${text}`,
    values as never[],
  )
  const cost = row?.['QUERY PLAN'][0].Plan['Total Cost'] ?? 0
  if (cost <= costMax) return
  const said = '这条规则要比对的内容太多，没有开始查。请缩小适用范围'
  throw new Failure(422, 'too-costly', said, { problems: [{ code: 'too-costly', text: said, at: '/must' }] })
}

/** Tries a rule on what is there, within the actor's reach, writing nothing. */
export async function tryRule(
  sql: ISql,
  rule: Pick<ReadRule, 'when' | 'must' | 'ground'>,
  bound: Reach,
  now: Date,
  msMax = trialMsMax,
): Promise<Trial> {
  const { ground } = rule
  const kind = ground.kind as Kind
  const { to, values } = binding(now, 'all')
  const broken = brokenSql(rule, to)
  const applied = rule.when ? `coalesce(${rule.when.sql(to)}, false)` : 'true'
  const where = `${ground.alive} and ${within('t', bound, to.bind(bound.value))}`
  const text = `
    with judged as materialized (
      select t.id, t.owner_id, t.version, ${applied} as applied, (${broken}) as broken from ${ground.from} where ${where})
    select count(*)::int as records, count(*) filter (where applied)::int as applied,
      count(*) filter (where broken)::int as broken, count(*) filter (where applied and broken is null)::int as undecided,
      (select coalesce(json_agg(e), '[]') from (
        select j.id, o.title as owner, j.version, (select ${titleOf(kind, 't')} from ${ground.from} where t.id = j.id) as title
        from judged j join owner o on o.id = j.owner_id where j.broken order by j.id desc limit 10) e) as examples
    from judged`
  const started = performance.now()
  return limited(sql, msMax, async (tx) => {
    await refuseCostly(tx, text, values)
    const [row] = await tx.unsafe<Omit<Trial, 'ms'>[]>(text, values as never[])
    return { ...(row as Omit<Trial, 'ms'>), ms: Math.round(performance.now() - started) }
  })
}

/** Whether a trial says that the rule hits nearly everything, which is mostly a rule that is wrong. */
export const hitsAll = ({ applied, broken }: Trial): boolean => broken > 0 && applied >= 5 && broken >= applied * 0.9
