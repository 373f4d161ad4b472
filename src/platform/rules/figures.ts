import type { ISql } from 'postgres'
import { Failure, invalid, type Problem } from '../../failure.ts'
import { isDay } from '../../language/index.ts'
import { legalDay } from '../../standards/china/index.ts'
import type { DangerousAct } from '../access/approvals.ts'
import type { Span } from './calendar.ts'

/** A version of a figure of the law. `mark`: S found in a source, M from memory and to be verified, P the platform's own. */
export type Figure = {
  name: string
  validFrom: string
  validUntil: string | null
  value: string
  unit: string
  article: string
  mark: 'S' | 'M' | 'P'
  note: string | null
}

/** Who asked for a version, who allowed it and why; the versions that came with the platform have nobody. */
export type FigureChange = { askedBy: string | null; decidedBy: string | null; reason: string | null }

const columns = (sql: ISql) => sql`name, valid_from::text as "validFrom", valid_until::text as "validUntil",
  trim_scale(value)::text as value, unit, article, mark, note`

/** Every version of every figure, newest first within a name. */
export async function readFigures(sql: ISql): Promise<(Figure & FigureChange)[]> {
  return [
    ...(await sql<(Figure & FigureChange)[]>`
      select ${columns(sql)}, c.asked_name as "askedBy", c.decided_name as "decidedBy", c.reason
      from rule r left join lateral (
        select a.asked_name, a.decided_name, a.reason from approval a
        where a.act = ${setFigure.name} and a.state = 'approved' and a.subject ->> 'name' = r.name
          and a.subject ->> 'from' = r.valid_from::text order by a.decided_at desc limit 1) c on true
      order by name, valid_from desc`),
  ]
}

/** The figure on a legal day with its unit; undefined where the name has none on it. */
export async function figureOn(sql: ISql, name: string, day: string): Promise<Span | undefined> {
  const [row] = await sql<{ value: number; unit: string }[]>`
    select value::float8 as value, unit from rule
    where name = ${name} and ${day}::date >= valid_from and (valid_until is null or ${day}::date <= valid_until)
    order by valid_from desc limit 1`
  return row
}

/** How many days before its end what holds until a day is warned of, the longest first. */
export async function daysOfWarning(sql: ISql, day: string): Promise<number[]> {
  const rows = await sql<{ value: number }[]>`
    select value::float8 as value from rule
    where name in ('expiry.remind-days-first', 'expiry.remind-days-second', 'expiry.remind-days-third')
      and ${day}::date >= valid_from and (valid_until is null or ${day}::date <= valid_until)
    order by value desc`
  return rows.map(({ value }) => value)
}

/** The figures that are in force on a day under which a record of a kind may be timed by hand. */
export async function figuresThatTime(sql: ISql, kind: string, day: string): Promise<Figure[]> {
  return [
    ...(await sql<Figure[]>`
      select ${columns(sql)} from rule
      where ${day}::date >= valid_from and (valid_until is null or ${day}::date <= valid_until)
        and name in (select t.name from figure_times t where t.kind = ${kind})
      order by name`),
  ]
}

export type Wish = { name: string; from: string; value: string; article: string; mark: string; note: string }

const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '')

/** Checks a wished version: its figure is known, its day has not begun and no later version stands. */
export async function checkVersion(sql: ISql, input: unknown, today: string): Promise<Wish & { before: Figure }> {
  const given = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>
  const wish: Wish = {
    name: text(given.name),
    from: text(given.from),
    value: text(given.value),
    article: text(given.article),
    mark: text(given.mark) || 'S',
    note: text(given.note),
  }
  const problems: Problem[] = []
  const wrong = (at: string, code: string, sentence: string) => problems.push({ code, text: sentence, at: `/${at}` })
  if (!isDay(wish.from)) wrong('from', 'wrong-format', '请填写施行日期')
  else if (wish.from <= today) wrong('from', 'out-of-range', '新的数值从以后的某一天起施行，不能改变已经发生的')
  if (!/^\d{1,9}(\.\d{1,6})?$/.test(wish.value)) wrong('value', 'wrong-format', '数值应为不带单位的数字，最多 6 位小数')
  if (wish.article.length < 2 || wish.article.length > 200) wrong('article', 'missing', '请写明依据的法规和条款')
  if (!['S', 'M', 'P'].includes(wish.mark))
    wrong('mark', 'not-an-option', '出处应为 S（有据）、M（待核对）或 P（平台规定）')
  if (wish.note.length > 200) wrong('note', 'too-long', '说明最多 200 字')
  const [before] = await sql<Figure[]>`
    select ${columns(sql)} from rule where name = ${wish.name} order by valid_from desc limit 1`
  if (!before) wrong('name', 'no-such-record', '没有这项数值')
  else if (wish.from <= before.validFrom) wrong('from', 'out-of-range', `已有从 ${before.validFrom} 起施行的版本`)
  if (problems.length > 0 || !before) throw invalid(problems)
  return { ...wish, note: wish.note || (before.note ?? ''), before }
}

/** A new version of a figure of the law, from a day on: it changes what every kind accepts, so two agree. */
export const setFigure: DangerousAct = {
  name: 'set-figure',
  title: '法规数值新版本',
  deciders: ['security', 'audit'],
  async carryOut(sql, subject, _decider, now) {
    const today = legalDay(now)
    const wish = await checkVersion(sql, subject, today)
    await sql`update rule set valid_until = ${wish.from}::date - 1
      where name = ${wish.name} and valid_from = ${wish.before.validFrom} and valid_until is null`
    await sql`insert into rule (name, valid_from, value, unit, article, mark, note)
      values (${wish.name}, ${wish.from}, ${wish.value}, ${wish.before.unit}, ${wish.article}, ${wish.mark}, ${wish.note})`
    return undefined
  },
}

export type YearWish = { year: number; source: string; days: { day: string; rest: boolean; title: string }[] }

/** Checks a year's holidays: days of that year, each once; a worked day is a weekend day. */
export async function checkYear(sql: ISql, input: unknown): Promise<YearWish> {
  const given = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>
  const year = Number(given.year)
  const source = text(given.source)
  const problems: Problem[] = []
  if (!Number.isInteger(year) || year < 2000 || year > 2199)
    problems.push({ code: 'out-of-range', text: '年份应为 2000 到 2199', at: '/year' })
  if (source.length < 2 || source.length > 200)
    problems.push({ code: 'missing', text: '请写明通知的名称或文号', at: '/source' })
  const list = Array.isArray(given.days) ? given.days.slice(0, 200) : []
  if (list.length === 0) problems.push({ code: 'empty', text: '请至少填写一天', at: '/days' })
  const seen = new Set<string>()
  const days = list.map((item, index) => {
    const { day, rest, title } = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>
    const wrong = (sentence: string) =>
      problems.push({ code: 'wrong-value', text: `第 ${index + 1} 天：${sentence}`, at: `/days/${index}` })
    const at = text(day)
    if (!isDay(at) || !at.startsWith(String(year))) wrong(`应为 ${year} 年的日期`)
    else if (seen.has(at)) wrong('重复')
    else if (rest !== true && ![0, 6].includes(new Date(`${at}T00:00:00Z`).getUTCDay())) wrong('调休上班的应是周末')
    if (text(title).length < 1 || text(title).length > 40) wrong('请写节日名称')
    seen.add(at)
    return { day: at, rest: rest === true, title: text(title) }
  })
  if (problems.length > 0) throw invalid(problems.slice(0, 50))
  const [known] = await sql`select from calendar_year where year = ${year}`
  if (known) throw new Failure(409, 'already-there', `${year} 年的节假日已经录入`)
  return { year, source, days }
}

/** A year's holidays: they move every deadline in working days, so two agree. */
export const setYear: DangerousAct = {
  name: 'set-calendar-year',
  title: '录入节假日',
  deciders: ['security', 'audit'],
  async carryOut(sql, subject, decider, now) {
    const { year, source, days } = await checkYear(sql, subject)
    await sql`insert into calendar_year (year, source, mark, entered_at, entered_by)
      values (${year}, ${source}, 'S', ${now}, ${decider.name})`
    await sql`insert into calendar_day ${sql(days.map((each) => ({ ...each, year })))}`
    return undefined
  },
}
