import { further } from './further.ts'
import { named } from './named.ts'
import type { Property, Thing } from './thing.ts'

export type { Property, Thing, ThingCommand, ThingEvent } from './thing.ts'

/** Every kind of device the platform knows, by code (T/EJCCCSE 4.3.10 and its scenes). */
export const things: ReadonlyMap<string, Thing> = new Map([...named, ...further].map((each) => [each.code, each]))

/** How a property of a thing is written and what it may be; nothing for one that the thing does not have. */
export const propertyOf = (model: string, code: string): Property | undefined =>
  things.get(model)?.properties.find((each) => each.code === code)

/** What is wrong with a value said to be of this property; nothing if it is one. */
export function checkValue(property: Property, value: unknown): string | undefined {
  if (property.type === 'flag') return typeof value === 'boolean' ? undefined : '应为是或否'
  if (property.type === 'text')
    return typeof value === 'string' && value.length <= 200 ? undefined : '应为 200 字以内的文字'
  if (typeof value !== 'number' || !Number.isFinite(value)) return '应为数'
  const [low, high] = property.range ?? [-Infinity, Infinity]
  return value < low || value > high ? `超出量程 ${low} 到 ${high}` : undefined
}
