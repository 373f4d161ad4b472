import { comparable } from '../../language/fields/quantity.ts'
import {
  checkFields,
  type Field,
  isDay,
  isId,
  type Kind,
  type Problem,
  sealedFields,
  statesOf,
  typeOf,
} from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import type { Keyring } from '../protect/keyring.ts'
import { blindOf } from '../protect/record-persons.ts'

export type Condition = { sql: (parameter: string) => string; value: unknown }

type Bound = 'from' | 'to'

/** A bare day bounds instants by the legal day in Asia/Shanghai, the last one included. */
function instantBound(value: string, bound: Bound): unknown {
  if (!isDay(value)) return value
  const midnight = new Date(`${value}T00:00:00+08:00`)
  return new Date(midnight.getTime() + (bound === 'to' ? 86_400_000 - 1 : 0)).toISOString()
}

function rangeCondition(name: string, field: Field, value: string, bound: Bound): Condition | Problem {
  const whole = field.type === 'number' || field.type === 'money'
  const raw = field.type === 'instant' ? instantBound(value, bound) : whole ? Number(value) : value
  const checked = typeOf(field).check(raw, field, `/${name}.${bound}`)
  if (checked.problems) return checked.problems[0] as Problem
  const stored = typeOf(field).toColumns(checked.value, field)['']
  const type = typeOf(field).columns(field)[0]?.type
  // Amounts in several units are compared in the usual one.
  const base = field.type === 'quantity' && comparable(field) ? '_base' : ''
  return { sql: (p) => `t.${snake(name)}${base} ${bound === 'from' ? '>=' : '<='} ${p}::${type}`, value: stored }
}

type Blind = (name: string, value: string) => string

function equalCondition(name: string, field: Field, value: string, blind?: Blind): Condition | Problem {
  const values = value.split(',').slice(0, 50)
  for (const each of values) {
    const { problems } = checkFields({ [name]: { ...field, derived: false } as Field }, { [name]: each }, '')
    if (problems[0]) return problems[0]
  }
  // What is sealed is found by the digest of the exact value.
  if (blind) return { sql: (p) => `t.blind && ${p}::text[]`, value: values.map((each) => blind(name, each)) }
  const type = typeOf(field).columns(field)[0]?.type
  if (values.length === 1) return { sql: (p) => `t.${snake(name)} = ${p}::${type}`, value: values[0] }
  return { sql: (p) => `t.${snake(name)} = any(${p}::${type}[])`, value: values }
}

/** Filters on what every record has; undefined where the parameter is none of them. */
function baseCondition(kind: Kind, key: string, value: string): Condition | undefined {
  const states = value.split(',')
  const known = [...statesOf(kind), 'void']
  if (key === 'state' && states.every((each) => known.includes(each)))
    return { sql: (p) => `t.state = any(${p}::text[])`, value: states }
  if (key === 'region' && /^\d{6}$/.test(value)) return { sql: (p) => `t.region = ${p}`, value }
  // Rows chosen by hand, to export just those.
  const ids = key === 'id' ? value.split(',').slice(0, 200) : []
  if (ids.length > 0 && ids.every(isId)) return { sql: (p) => `t.id = any(${p}::uuid[])`, value: ids }
  if (key === 'ownerId' && isId(value)) return { sql: (p) => `t.owner_id = ${p}::uuid`, value }
  const recorded = /^createdAt\.(from|to)$/.exec(key)?.[1] as Bound | undefined
  if (recorded && isDay(value))
    return {
      sql: (p) => `t.created_at ${recorded === 'from' ? '>=' : '<='} ${p}::timestamptz`,
      value: instantBound(value, recorded),
    }
  if (key === 'late' && kind.timing?.lateAfterHours && /^(true|false)$/.test(value))
    return { sql: (p) => `t.late = ${p}`, value: value === 'true' }
  return undefined
}

/** Holds on a day (`.on`), or ends before one (`.endsBefore`). */
function validityCondition(name: string, value: string, bound: string): Condition | undefined {
  const column = `t.${snake(name)}`
  if (!isDay(value)) return undefined
  if (bound === 'on')
    return { sql: (p) => `${p}::date between ${column} and coalesce(${column}_until, 'infinity')`, value }
  if (bound === 'endsBefore') return { sql: (p) => `${column}_until < ${p}::date`, value }
  return undefined
}

function fieldConditions(
  keyring: Keyring,
  kind: Kind,
  key: string,
  value: string,
): (Condition | Problem | undefined)[] {
  const [name = '', bound] = key.split('.')
  const field = Object.hasOwn(kind.fields, name) ? kind.fields[name] : undefined
  if (field && sealedFields(kind).includes(name)) {
    const isExact = /^(text|code|choice)$/.test(field.type) && bound === undefined
    return [isExact ? equalCondition(name, field, value, (of, each) => blindOf(keyring, kind, of, each)) : undefined]
  }
  const shape = field && typeOf(field).filter
  if (field && shape === 'equal' && bound === undefined) return [equalCondition(name, field, value)]
  if (field && shape === 'validity' && bound) return [validityCondition(name, value, bound)]
  if (field && shape === 'range' && (bound === 'from' || bound === 'to'))
    return [rangeCondition(name, field, value, bound)]
  if (field?.type === 'day' && bound === undefined)
    return [rangeCondition(name, field, value, 'from'), rangeCondition(name, field, value, 'to')]
  return [undefined]
}

/** Conditions of a list's query parameters; names that mean nothing are refused, never ignored. */
export function conditions(
  keyring: Keyring,
  kind: Kind,
  filters: Readonly<Record<string, string>>,
): { conditions: Condition[]; problems: Problem[] } {
  const found: Condition[] = []
  const problems: Problem[] = []
  for (const [key, value] of Object.entries(filters).filter(([, each]) => each !== '')) {
    const base = baseCondition(kind, key, value)
    for (const outcome of base ? [base] : fieldConditions(keyring, kind, key, value)) {
      const shown = key.slice(0, 60)
      if (outcome && 'sql' in outcome) found.push(outcome)
      else
        problems.push(
          outcome ?? { code: 'unknown-filter', text: `不能按“${shown}”筛选，或它的值不对`, at: `/${shown}` },
        )
    }
  }
  return { conditions: found, problems }
}
