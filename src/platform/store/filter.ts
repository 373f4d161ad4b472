import { checkFields, type Field, isDay, isId, type Kind, type Problem, typeOf } from '../../language/index.ts'
import { snake } from '../../language/names.ts'

export type Condition = { sql: (parameter: string) => string; value: unknown }

type Bound = 'from' | 'to'

/** A bare day bounds instants by the legal day in Asia/Shanghai, the last one included. */
function instantBound(value: string, bound: Bound): unknown {
  if (!isDay(value)) return value
  const midnight = new Date(`${value}T00:00:00+08:00`)
  return new Date(midnight.getTime() + (bound === 'to' ? 86_400_000 - 1 : 0)).toISOString()
}

function rangeCondition(name: string, field: Field, value: string, bound: Bound): Condition | Problem {
  const raw = field.type === 'instant' ? instantBound(value, bound) : field.type === 'number' ? Number(value) : value
  const checked = typeOf(field).check(raw, field, `/${name}.${bound}`)
  if (checked.problems) return checked.problems[0] as Problem
  const stored = typeOf(field).toColumns(checked.value, field)['']
  const type = typeOf(field).columns(field)[0]?.type
  return { sql: (p) => `t.${snake(name)} ${bound === 'from' ? '>=' : '<='} ${p}::${type}`, value: stored }
}

function equalCondition(name: string, field: Field, value: string): Condition | Problem {
  const values = value.split(',').slice(0, 50)
  for (const each of values) {
    const { problems } = checkFields({ [name]: { ...field, derived: false } as Field }, { [name]: each }, '')
    if (problems[0]) return problems[0]
  }
  const type = typeOf(field).columns(field)[0]?.type
  if (values.length === 1) return { sql: (p) => `t.${snake(name)} = ${p}::${type}`, value: values[0] }
  return { sql: (p) => `t.${snake(name)} = any(${p}::${type}[])`, value: values }
}

/** Conditions of a list's query parameters; names that mean nothing are refused, never ignored. */
export function conditions(
  kind: Kind,
  filters: Readonly<Record<string, string>>,
): { conditions: Condition[]; problems: Problem[] } {
  const found: Condition[] = []
  const problems: Problem[] = []
  const add = (outcome: Condition | Problem) => ('sql' in outcome ? found.push(outcome) : problems.push(outcome))
  for (const [key, value] of Object.entries(filters)) {
    if (value === '') continue
    const [name = '', bound] = key.split('.')
    const field = Object.hasOwn(kind.fields, name) ? kind.fields[name] : undefined
    const shape = field && typeOf(field).filter
    if (key === 'state' && (value === 'active' || value === 'void')) found.push({ sql: (p) => `t.state = ${p}`, value })
    else if (key === 'region' && /^\d{6}$/.test(value)) found.push({ sql: (p) => `t.region = ${p}`, value })
    else if (key === 'ownerId' && isId(value)) found.push({ sql: (p) => `t.owner_id = ${p}::uuid`, value })
    else if (field && shape === 'equal' && bound === undefined) add(equalCondition(name, field, value))
    else if (field && shape === 'range' && (bound === 'from' || bound === 'to'))
      add(rangeCondition(name, field, value, bound))
    else if (field && field.type === 'day' && bound === undefined) {
      add(rangeCondition(name, field, value, 'from'))
      add(rangeCondition(name, field, value, 'to'))
    } else
      problems.push({
        code: 'unknown-filter',
        text: `不能按“${key.slice(0, 60)}”筛选，或它的值不对`,
        at: `/${key.slice(0, 60)}`,
      })
  }
  return { conditions: found, problems }
}
