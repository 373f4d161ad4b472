import type { Value } from '../../telemetry/index.ts'
import type { Variant } from './credentials.ts'

const propertiesMax = 64
const textMax = 500
const name = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/

/** What a device says, as values that can be stored (the same object); the reason where something cannot. */
export function readValues(input: unknown): Record<string, Value> | string {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return 'values 应为对象：属性名到值'
  const given = input as Record<string, unknown>
  const properties = Object.keys(given)
  if (properties.length === 0) return '没有任何属性'
  if (properties.length > propertiesMax) return `一次最多 ${propertiesMax} 个属性，现在 ${properties.length} 个`
  for (const property of properties) {
    const wrong = wrongIn(property, given[property])
    if (wrong) return wrong
  }
  return given as Record<string, Value>
}

function wrongIn(property: string, value: unknown): string | undefined {
  if (!name.test(property) || property in Object.prototype)
    return `属性名 ${property.slice(0, 64)} 不能使用：应为字母开头的字母、数字、._-`
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${property} 不是有限的数`
  if (typeof value === 'boolean') return undefined
  if (typeof value !== 'string') return `${property} 应为数、文字或真假`
  if (value.length > textMax) return `${property} 最多 ${textMax} 个字`
  return value.includes('\0') ? `${property} 含有不能使用的字符` : undefined
}

/** The instant a device gives: ISO 8601 with a zone, or milliseconds (seconds where they are too small for those). */
export function readTime(at: unknown): Date | undefined {
  // 8.64e15 is the last millisecond that there is.
  if (typeof at === 'number' && at > 0 && at <= 8.64e15) return new Date(at < 1e11 ? at * 1000 : at)
  if (typeof at !== 'string' || !/^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/.test(at)) return undefined
  const time = new Date(at)
  return Number.isNaN(time.getTime()) ? undefined : time
}

/** Names of the protocol given the names of the thing model, where the credential says so. */
export function renamed(values: Readonly<Record<string, Value>>, variant: Variant): Readonly<Record<string, Value>> {
  const map = variant.map
  if (typeof map !== 'object' || map === null) return values
  const names = map as Record<string, unknown>
  return Object.fromEntries(
    Object.entries(values).map(([property, value]) => {
      const given = Object.hasOwn(names, property) ? names[property] : undefined
      return [typeof given === 'string' && name.test(given) ? given : property, value]
    }),
  )
}
