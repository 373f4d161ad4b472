import type { Sql } from 'postgres'
import { forbidden } from '../../failure.ts'
import type { Actor } from '../access/actor.ts'
import { mayUse, type Reach, reach, reachOf, within } from '../access/reach.ts'
import { narrowingOf } from '../access/roles.ts'
import type { Definition } from '../define/definitions.ts'
import type { ReadIndicator } from './indicator.ts'
import type { Cell, Figure, Grain, Period, Split } from './wire.ts'

const grains: Readonly<Record<Grain, string>> = { day: 'YYYY-MM-DD', month: 'YYYY-MM', year: 'YYYY' }

/** Where this actor's figures are read: authorities sum regions, everybody else their own subject's. */
function tableFor(actor: Actor, indicator: ReadIndicator): { table: string; bound: Reach } {
  const { kind } = indicator.ground
  if (kind && !mayUse(actor, kind, 'read')) throw forbidden(`您没有“${kind.title}”的查看权限`)
  const hide = kind ? (narrowingOf(actor.narrowing, kind.name).hide ?? []) : []
  if (hide.some((name) => indicator.used.has(name))) throw forbidden('您的角色看不到这个指标用到的字段')
  const bound = kind ? reach(actor, kind, 'read') : reachOf(actor)
  const regional = bound.column === 'city' || bound.column === 'county'
  return { table: regional ? 'indicator_by_region' : 'indicator_by_owner', bound }
}

export function figureOf(indicator: ReadIndicator, num: number, den: number, rows: number): Figure {
  const { counts, minimum } = indicator.body
  const divides = counts === 'share' || counts === 'average'
  const value = divides ? (den === 0 ? null : (num / den) * (counts === 'share' ? 100 : 1)) : num
  return { value, num, den, rows, small: divides && den < minimum }
}

/** The figures of a period, split by time and by region, subject or category, within the actor's reach. */
export async function figures(
  sql: Sql,
  actor: Actor,
  indicator: ReadIndicator & { definition: Pick<Definition, 'number'> },
  query: Period & { grain: Grain; split: Split; region?: string; category?: string },
): Promise<Cell[]> {
  const { table, bound } = tableFor(actor, indicator)
  const owners = query.split === 'owner'
  const from = owners ? 'indicator_by_owner' : table
  const key = { none: "''", region: 's.county', owner: 's.about_id::text', category: 's.category' }[query.split]
  const values: unknown[] = [bound.value, indicator.definition.number, query.from, query.to]
  const bind = (value: unknown) => `$${values.push(value)}`
  const also = [
    ...(query.region ? [`s.county = ${bind(query.region)}`] : []),
    ...(query.category === undefined ? [] : [`s.category = ${bind(query.category)}`]),
  ]
  const rows = await sql.unsafe<{ at: string; key: string; num: string; den: string; n: string }[]>(
    `select to_char(s.day, '${grains[query.grain]}') as at, ${key} as key, sum(s.num)::text as num, sum(s.den)::text as den, sum(s.n)::text as n
     from ${from} s where ${within('s', bound, '$1')} and s.indicator = $2 and s.day between $3::date and $4::date
       ${also.map((each) => `and ${each}`).join(' ')}
     group by 1, 2 having sum(s.n) > 0 order by 1, 2 limit 20000`,
    values as never[],
    { prepare: true },
  )
  return rows.map(({ at, key: of, num, den, n }) => ({
    at,
    key: of,
    ...figureOf(indicator, Number(num), Number(den), Number(n)),
  }))
}

/** Cells added up, over time or over keys. */
export function total(indicator: ReadIndicator, cells: readonly Cell[]): Figure {
  const add = (name: 'num' | 'den' | 'rows') => cells.reduce((sum, cell) => sum + cell[name], 0)
  return figureOf(indicator, add('num'), add('den'), add('rows'))
}

const dayMs = 86_400_000
const shift = (day: string, days: number) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10)

/** The period just before, as long as this one (a whole month before a whole month); and the same days a year ago. */
export function comparisons({ from, to }: Period): { before: Period; yearAgo: Period } {
  const isMonths = from.endsWith('-01') && shift(to, 1).endsWith('-01')
  const days = Math.round((Date.parse(to) - Date.parse(from)) / dayMs) + 1
  const months =
    (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) * 12 + Number(to.slice(5, 7)) - Number(from.slice(5, 7)) + 1
  const start = new Date(Date.UTC(Number(from.slice(0, 4)), Number(from.slice(5, 7)) - 1 - months, 1))
    .toISOString()
    .slice(0, 10)
  const back = (day: string) => {
    const year = `${Number(day.slice(0, 4)) - 1}${day.slice(4)}`
    return year.endsWith('-02-29') ? `${year.slice(0, 7)}-28` : year
  }
  const lastOfMonth = isMonths && to.slice(5, 7) === '02' ? shift(`${Number(to.slice(0, 4)) - 1}-03-01`, -1) : back(to)
  return {
    before: { from: isMonths ? start : shift(from, -days), to: shift(from, -1) },
    yearAgo: { from: back(from), to: lastOfMonth },
  }
}

/** By how much a figure moved, as a share of what it was; null where there is nothing to compare with. */
export function change(now: Figure, then: Figure): number | null {
  if (now.value === null || then.value === null || then.value === 0 || then.rows === 0) return null
  return ((now.value - then.value) / Math.abs(then.value)) * 100
}
