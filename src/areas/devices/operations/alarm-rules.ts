import type { ISql } from 'postgres'
import { imageOf } from '../../../language/image.ts'
import type { RecordOf } from '../../../language/index.ts'
import { things } from '../../../standards/things/index.ts'
import type { Condition, Figure, Rule } from '../../../telemetry/alarm/index.ts'
import { alarmRule } from '../records/alarm-rule.ts'

export type RuleRecord = RecordOf<typeof alarmRule>

/** A device as the engine needs it. */
export type Watched = {
  id: string
  ownerId: string
  region: string
  name: string
  model: string
  room: string | null
  site: string | null
  intervalMs: number
  calibrationDue: string | null
}

/** A rule that is switched on, with the instant from which it judges. */
export type Standing = { record: RuleRecord; authority: boolean; since: number }

const minute = 60_000

/** A number that may stand in a record as text. */
const amount = (text: string | null | undefined): number | undefined => (text ? Number(text) : undefined)

/** What a rule's record says, in the engine's terms, for a device that reports every `intervalMs`. */
export function ruleOf(record: RuleRecord, intervalMs: number): Rule {
  const groups = new Map<number, Condition[]>()
  for (const line of record.conditions) {
    const condition: Condition = {
      property: line.property,
      test: line.test,
      limit: amount(line.limit),
      figure: line.figure ?? undefined,
      severe: amount(line.severe),
      hysteresis: amount(line.hysteresis),
      word: line.word ?? undefined,
    }
    groups.set(line.group, [...(groups.get(line.group) ?? []), condition])
  }
  const times = (count: number | null | undefined, unit: number) => (count ? count * unit : undefined)
  return {
    id: record.id,
    version: record.version,
    groups: [...groups.values()],
    intervalMs,
    forMs: times(record.forSecond, 1000),
    quietMs: times(record.quietSecond, 1000),
    suppressBy: record.suppressBy?.split(/[,，、\s]+/).filter(Boolean),
    suppressMaxMs: times(record.suppressMaxMinute, minute),
    graceMs: times(record.graceMinute, minute),
    escalateAfterMs: times(record.escalateAfterMinute, minute),
    realarmAfterMs: times(record.realarmAfterMinute, minute),
    confirm: record.confirm === 'yes',
  }
}

/** What is wrong with a rule's conditions, measured by the thing model: a misspelt property would never alarm. */
export function faultsOf(record: Pick<RuleRecord, 'model' | 'conditions'>): { text: string; at: string }[] {
  const properties = new Map(things.get(record.model)?.properties.map((each) => [each.code, each]))
  return record.conditions.flatMap((line, n) => {
    const at = (name: string) => `/conditions/${n}/${name}`
    const property = properties.get(line.property)
    if (!property) return [{ text: `这类设备没有“${line.property}”这个属性`, at: at('property') }]
    const numeric = line.test === 'above' || line.test === 'below'
    if (numeric && property.type !== 'number')
      return [{ text: `“${property.title}”不是数，不能比较高低`, at: at('test') }]
    if (numeric && !line.limit && !line.figure) return [{ text: '请填写限值或限值依据', at: at('limit') }]
    const flag = line.test === 'is-true' || line.test === 'is-false'
    if (flag && property.type !== 'flag') return [{ text: `“${property.title}”不是是或否`, at: at('test') }]
    if (line.test === 'equals' && !line.word) return [{ text: '请填写等于什么', at: at('word') }]
    return []
  })
}

/** The figures of the rules table, each with its days: an instant is judged by the figure of its day in Asia/Shanghai. */
export async function loadFigures(sql: ISql): Promise<Figure> {
  const rows = await sql<{ name: string; since: Date; until: Date | null; value: string }[]>`
    select name, valid_from::timestamp at time zone 'Asia/Shanghai' as since,
      (valid_until + 1)::timestamp at time zone 'Asia/Shanghai' as until, value
    from rule order by name, valid_from desc`
  const byName = new Map<string, { since: number; until: number; value: number }[]>()
  for (const { name, since, until, value } of rows) {
    const figure = { since: since.getTime(), until: until?.getTime() ?? Infinity, value: Number(value) }
    byName.set(name, [...(byName.get(name) ?? []), figure])
  }
  return (name, at) => byName.get(name)?.find((each) => each.since <= at && at < each.until)?.value
}

/** The rules that are switched on. */
export async function loadRules(sql: ISql): Promise<Standing[]> {
  const rows = await sql.unsafe<{ image: string; authority: boolean }[]>(
    `select ${imageOf(alarmRule, 'r')}::text as image, not exists (select from subject s where s.id = r.owner_id) as authority
     from alarm_rule r where r.state = 'on' order by r.id`,
  )
  return rows.map(({ image, authority }) => {
    const record = JSON.parse(image) as RuleRecord
    return { record, authority, since: Date.parse(record.updatedAt) }
  })
}

const watched = (sql: ISql) => sql`
  d.id, d.owner_id as "ownerId", d.region, d.name, d.model, d.room, d.site,
  d.interval_second::int * 1000 as "intervalMs", d.calibration_due::text as "calibrationDue"`

/** The devices in use. */
export async function loadDevices(sql: ISql): Promise<Watched[]> {
  return sql<Watched[]>`select ${watched(sql)} from field_device d where d.state = 'running' order by d.id`
}

/** One device, in use or not. */
export async function loadDevice(sql: ISql, id: string): Promise<Watched | undefined> {
  const [found] = await sql<Watched[]>`select ${watched(sql)} from field_device d where d.id = ${id}`
  return found
}

/**
 * Whether a rule is for a device: an enterprise's own for its own, an authority's for everybody's under it. A region of
 * whole hundreds is the city's.
 */
export function concerns({ record, authority }: Standing, device: Watched): boolean {
  if (record.model !== device.model || (record.device && record.device !== device.id)) return false
  if (!authority) return record.ownerId === device.ownerId
  return record.region.endsWith('00')
    ? record.region.slice(0, 4) === device.region.slice(0, 4)
    : record.region === device.region
}
