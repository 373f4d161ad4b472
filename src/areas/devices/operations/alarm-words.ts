import { type Property, propertyOf, things } from '../../../standards/things/index.ts'
import type { Condition, Episode, Moment, Values } from '../../../telemetry/alarm/index.ts'

const unitWords: Readonly<Record<string, string>> = {
  CEL: '℃',
  P1: '%',
  KGM: '千克',
  GRM: '克',
  MIN: '分钟',
  HUR: '小时',
  SEC: '秒',
  KMH: '千米/时',
  KPA: '千帕',
  M1: '毫克/升',
  GP: '毫克/立方米',
  CMT: '厘米',
  AMP: '安',
}

/** A property's unit as people read it; undefined where it has none. */
export const unitTitleOf = (property: Property): string | undefined => unitWords[property.unit ?? '']

/** A value as people read it. */
export function valueWords(property: Property | undefined, value: unknown): string {
  if (value === null || value === undefined) return '没有数据'
  if (typeof value === 'boolean') return property?.words?.[value ? 0 : 1] ?? (value ? '是' : '否')
  const unit = unitWords[property?.unit ?? '']
  return unit ? `${value} ${unit}` : String(value)
}

/** What a device said of a property, as people read it: an event by its title in the thing model. */
export function saidWords(model: string, code: string, value: unknown): string {
  const seen = code === 'event' ? things.get(model)?.events.find((each) => each.code === value) : undefined
  return seen?.title ?? valueWords(propertyOf(model, code), value)
}

/** All that one reading says, in the order of the thing model. */
export function readingWords(model: string, values: Values): string {
  return Object.entries(values)
    .map(([code, value]) => {
      const property = propertyOf(model, code)
      return `${property?.title ?? code} ${saidWords(model, code, value)}`
    })
    .join('，')
    .slice(0, 400)
}

const compared = { above: '高于', below: '低于' } as const

/** The limit that was broken, as people read it. */
export function boundWords(model: string, condition: Condition | undefined, limit: number | undefined): string {
  if (!condition) return ''
  const property = propertyOf(model, condition.property)
  if (condition.test === 'silent') return '连续三个间隔没有数据'
  if (condition.test === 'above' || condition.test === 'below')
    return `${property?.title}${compared[condition.test]} ${valueWords(property, limit)}`
  return `${property?.title}${condition.test === 'equals' ? `为${saidWords(model, condition.property, condition.word)}` : valueWords(property, condition.test === 'is-true')}`
}

const whatWords: Readonly<Record<Moment['what'], string>> = {
  raised: '报警',
  escalated: '加重',
  eased: '减轻',
  overdue: '无人受理，升级',
  repeated: '仍未恢复，再次报警',
  cleared: '恢复',
  acknowledged: '受理',
  confirmed: '确认属实',
  rejected: '判为误报',
}

/** What happened, in a word, with the value that goes with it. */
export function momentWords(model: string, episode: Episode, { what, value, level }: Moment): string {
  const said = value === undefined ? '' : `，${valueWords(propertyOf(model, episode.property), value)}`
  return `${whatWords[what]}${said}${level > 1 ? `（${level} 级）` : ''}`
}
