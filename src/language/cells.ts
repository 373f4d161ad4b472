import { isDecimal, plainDecimal } from './decimal.ts'
import { choosable } from './fields/choice.ts'
import { isDay } from './fields/day.ts'
import type { Field } from './fields/index.ts'
import { isId } from './fields/reference.ts'
import { units } from './units.ts'

/** What cells show instead of ids and codes, and what is understood when somebody writes it. */
export type CellWords = {
  /** Region code -> title. */
  regions: ReadonlyMap<string, string>
  /** Title of a referred record, where it is known. */
  title(to: string, id: string): string | undefined
  /** The record that a text means: its id, or the sentence that says why there is none. */
  resolve(to: string, text: string): { id: string } | { wrong: string }
}

/** One column of a field: what stands after the field's title, where its value stands in the API form, how it is typed. */
export type Part = {
  suffix: string
  at: string
  format: 'text' | 'number' | 'day'
  options?: readonly string[]
  hint?: string
}

/** A value read from cells, or what is wrong with which of them. */
export type ReadCells = { value: unknown } | { wrong: string; part?: number }

const text: Part = { suffix: '', at: '', format: 'text' }

const unitWord = (unit: string): string => units[unit as keyof typeof units] ?? unit

/** The columns of a field; none for what no sheet can hold. */
export function partsOf(field: Field, words: Pick<CellWords, 'regions'>): readonly Part[] {
  switch (field.type) {
    case 'number':
      return [{ ...text, format: 'number', hint: '整数' }]
    case 'money':
      return [{ ...text, suffix: '（元）', format: 'number', hint: '以元计，最多两位小数' }]
    case 'quantity': {
      const [only, second] = field.units
      if (!second) return [{ suffix: `（${unitWord(only)}）`, at: '/value', format: 'number' }]
      const options = field.units.map(unitWord)
      return [
        { suffix: '', at: '/value', format: 'number' },
        { suffix: '单位', at: '/unit', format: 'text', options, hint: `填${options.join('、')}` },
      ]
    }
    case 'day':
      return [{ ...text, format: 'day', hint: '日期，如 2026-11-20' }]
    case 'instant':
      return [{ ...text, hint: '北京时间，如 2026-11-20 09:30' }]
    case 'choice':
      return [{ ...text, options: choosable(field).map(([, word]) => word) }]
    case 'code':
      return field.table === 'region' ? [{ ...text, options: [...words.regions.values()] }] : [text]
    case 'reference':
      return [{ ...text, hint: '填名称；重名时填它的代码' }]
    case 'validity':
      return [
        { suffix: '起', at: '/from', format: 'day', hint: '日期，如 2026-11-20' },
        { suffix: '止', at: '/until', format: 'day', hint: '长期有效的不填' },
      ]
    case 'place':
      return [
        { suffix: '经度', at: '/lng', format: 'number', hint: '如 109.411703' },
        { suffix: '纬度', at: '/lat', format: 'number', hint: '如 24.314617' },
      ]
    case 'lines':
      return []
    default:
      return [text]
  }
}

/** Whether a sheet may set the field: pictures and what the system writes are shown in an export and nothing more. */
export function isReadable(field: Field): boolean {
  return !field.derived && !['photo', 'file', 'signature', 'snapshot', 'documentNumber', 'lines'].includes(field.type)
}

/** A moment as people write it, in China Standard Time; seconds only where there are any. */
export function localTime(instant: string): string {
  const hour = Number(instant.slice(11, 13)) + 8
  const day = hour < 24 ? instant.slice(0, 10) : dayAfter(instant.slice(0, 10))
  const rest = instant.slice(13, 23).replace(/\.000$/, '')
  return `${day} ${String(hour % 24).padStart(2, '0')}${rest.length > 3 ? rest.replace(/:00$/, '') : rest}`
}

const daysAfter = new Map<string, string>()

function dayAfter(day: string): string {
  const known = daysAfter.get(day)
  if (known) return known
  const made = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)
  if (daysAfter.size < 10_000) daysAfter.set(day, made)
  return made
}

/** One text for each part of a field. The value is in API form and not empty. */
export function writeCells(field: Field, value: unknown, words: CellWords): string[] {
  switch (field.type) {
    case 'money':
      return [yuan(value as number)]
    case 'quantity': {
      const { value: amount, unit } = value as { value: string; unit: string }
      return field.units.length === 1 ? [amount] : [amount, unitWord(unit)]
    }
    case 'instant':
      return [localTime(value as string)]
    case 'choice':
      return [(field.options as Record<string, string>)[value as string] ?? String(value)]
    case 'code':
      return [(field.table === 'region' && words.regions.get(value as string)) || String(value)]
    case 'reference':
      return [words.title(field.to, value as string) ?? String(value)]
    case 'validity': {
      const { from, until } = value as { from: string; until?: string }
      return [from, until ?? '']
    }
    case 'place': {
      const { lng, lat } = value as { lng: number; lat: number }
      return [String(lng), String(lat)]
    }
    case 'photo':
      return [(value as string[]).join(' ')]
    case 'file':
      return [(value as { name: string; sha256: string }[]).map((each) => `${each.name} ${each.sha256}`).join('；')]
    case 'signature': {
      const { name, at } = value as { name: string; at: string }
      return [`${name} ${localTime(at)}`]
    }
    case 'snapshot':
      return [
        Object.values(value as object)
          .map(String)
          .join('；'),
      ]
    default:
      return [String(value)]
  }
}

function yuan(fen: number): string {
  const digits = String(fen).padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** Digits as they were meant: full-width ones, thousands separators and spaces as people and programs write them. */
function digits(given: string): string {
  const plain = given.normalize('NFKC').trim()
  return /^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(plain) ? plain.replaceAll(',', '') : plain
}

const twoDigits = (part: string | undefined): string => (part ?? '').padStart(2, '0')

function dayFrom(given: string): string | undefined {
  if (given.length === 10 && isDay(given)) return given
  const plain = given.normalize('NFKC').trim()
  const shape =
    /^(\d{4})(?:-(\d{1,2})-(\d{1,2})|\/(\d{1,2})\/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d\d)(\d\d))(?: 0?0:00(?::00)?)?$/
  const [, year, ...rest] = shape.exec(plain) ?? []
  const [month, date] = rest.filter((each) => each !== undefined)
  const day = `${year}-${twoDigits(month)}-${twoDigits(date)}`
  return year && isDay(day) ? day : undefined
}

/** The commonest way to write a moment, to the minute. */
const minuteShape = /^\d{4}-\d\d-\d\d (?:[01]\d|2[0-3]):[0-5]\d$/

function instantFrom(given: string): string | undefined {
  if (minuteShape.test(given) && isDay(given.slice(0, 10)))
    return new Date(`${given.slice(0, 10)}T${given.slice(11)}:00+08:00`).toISOString()
  const plain = given.normalize('NFKC').trim()
  if (/^\d{4}-\d\d-\d\dT.+(Z|[+-]\d\d:\d\d)$/.test(plain)) return plain
  const [, date = '', hour, minute, second, fraction] =
    /^(\S+?(?:日|(?=[ T])))[ T]*(\d{1,2})[:时](\d{1,2})分?(?::?(\d{1,2})秒?(\.\d{1,3})?)?$/.exec(plain) ?? []
  const day = dayFrom(date)
  if (!day || Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 59) return undefined
  const moment = new Date(`${day}T${twoDigits(hour)}:${twoDigits(minute)}:${twoDigits(second)}${fraction ?? ''}+08:00`)
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString()
}

/** The plain way to say an amount: nothing to be taken apart. */
const plainAmount = /^\d{1,12}(\.\d{1,6})?$/

function quantityFrom(field: Field & { type: 'quantity' }, [amount = '', unit = '']: readonly string[]): ReadCells {
  const usual = field.units.find((each) => unitWord(each) === unit)
  if (usual && plainAmount.test(amount) && isDecimal(amount))
    return { value: { value: plainDecimal(amount), unit: usual } }
  const words = field.units.map((each) => [each, unitWord(each)] as const)
  const unitOf = (given: string) =>
    words.find(([code, word]) => word.normalize('NFKC') === given || code === given.toUpperCase())?.[0] as
      | string
      | undefined
  // `50千克` in one cell says both.
  const [, bare = '', written = ''] = /^([-\d.,\s]+?)\s*([^-\d.,\s].*)?$/.exec(amount.normalize('NFKC').trim()) ?? []
  const named = (unit.trim() || written.trim()).normalize('NFKC')
  if (!amount.trim()) return { wrong: '有单位，没有数', part: 0 }
  const exact = digits(bare)
  if (!isDecimal(exact)) return { wrong: '应为数字，最多 6 位小数', part: 0 }
  if (!named && field.units.length > 1)
    return { wrong: `请填写单位：${words.map(([, word]) => word).join('、')}`, part: 1 }
  const found = named ? unitOf(named) : field.units[0]
  if (!found) return { wrong: `的单位应为${words.map(([, word]) => word).join('、')}`, part: unit.trim() ? 1 : 0 }
  return { value: { value: plainDecimal(exact), unit: found } }
}

function placeFrom([lng = '', lat = '']: readonly string[]): ReadCells {
  const [x, y] = [digits(lng), digits(lat)]
  if (!/^-?\d{1,3}(\.\d+)?$/.test(x)) return { wrong: '的经度应为数字，如 109.411703', part: 0 }
  if (!/^-?\d{1,2}(\.\d+)?$/.test(y)) return { wrong: '的纬度应为数字，如 24.314617', part: 1 }
  return { value: { lng: Number(x), lat: Number(y) } }
}

function validityFrom([from = '', until = '']: readonly string[]): ReadCells {
  const [first, last] = [dayFrom(from), until.trim() ? dayFrom(until) : undefined]
  if (!first) return { wrong: '的开始应为真实的日期，如 2026-11-20', part: 0 }
  if (until.trim() && !last) return { wrong: '的结束应为真实的日期，如 2027-11-19', part: 1 }
  return { value: last ? { from: first, until: last } : { from: first } }
}

const orWrong = (value: unknown, wrong: string): ReadCells => (value === undefined ? { wrong } : { value })

/**
 * The value that the cells of a field mean, in API form but unchecked. At least one of the cells is not empty. `wrong`
 * is the end of a sentence that begins with the field's title.
 */
export function readCells(field: Field, cells: readonly string[], words: CellWords): ReadCells {
  const given = (cells[0] ?? '').trim()
  switch (field.type) {
    case 'number': {
      const exact = digits(given).replace(/\.0+$/, '')
      return /^-?\d{1,16}$/.test(exact) ? { value: Number(exact) } : { wrong: '应为整数' }
    }
    case 'money': {
      const exact = plainDecimal(digits(given.normalize('NFKC').replace(/^¥|元$/g, '')))
      const [, whole = '', fraction = ''] = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(exact) ?? []
      return whole ? { value: Number(whole + fraction.padEnd(2, '0')) } : { wrong: '应为以元计的金额，最多两位小数' }
    }
    case 'quantity':
      return quantityFrom(field, cells)
    case 'day':
      return orWrong(dayFrom(given), '应为真实的日期，如 2026-11-20')
    case 'instant':
      return orWrong(instantFrom(given), '应为日期和时间，如 2026-11-20 09:30')
    case 'choice': {
      const options = Object.entries(field.options as Record<string, string>)
      const found = options.find(([code, word]) => word === given || code === given)
      if (found) return { value: found[0] }
      const words = choosable(field).map(([, word]) => word)
      return { wrong: `应为：${words.join('、')}` }
    }
    case 'code': {
      const found = field.table === 'region' && [...words.regions].find(([, title]) => title === given)
      return { value: found ? found[0] : given }
    }
    case 'reference': {
      if (isId(given)) return { value: given }
      const found = words.resolve(field.to, given)
      return 'id' in found ? { value: found.id } : found
    }
    case 'validity':
      return validityFrom(cells)
    case 'place':
      return placeFrom(cells)
    default:
      return { value: cells[0] }
  }
}
