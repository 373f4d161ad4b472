import { tableOf } from '../../language/columns.ts'
import { type CrossCheck, checkFields, type Kind, type Problem, statesOf } from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import { checkOn } from '../../language/trigger.ts'
import { type Context, columnsOf } from './context.ts'

const wordsIn = ({ sql }: CrossCheck): string[] => sql.replace(/'[^']*'/g, '').match(/[a-z][a-z0-9_]*/g) ?? []

/** Whether a check speaks of any of the given columns: before that nothing can be said to be wrong. */
const isTouched = (check: CrossCheck, columns: ReadonlySet<string>): boolean =>
  wordsIn(check).some((word) => columns.has(word))

/** The columns that the checks ask for; the others may be sealed, and are nobody's business here. */
function askedColumns(kind: Kind, columns: Record<string, unknown>): Record<string, unknown> {
  const asked = new Set((kind.checks ?? []).flatMap(wordsIn))
  if (kind.timing) asked.add(snake(kind.timing.occurred))
  return Object.fromEntries(Object.entries(columns).filter(([name]) => asked.has(name)))
}

/**
 * What the rules between fields would say of a record that is still being filled in: the same SQL that the database
 * holds it to, over what is filled and well-formed so far. Nothing is written.
 */
export async function crossProblems(
  { sql, actor, now }: Context,
  kind: Kind,
  input: Record<string, unknown>,
  state = statesOf(kind)[0] as string,
): Promise<Problem[]> {
  const { value } = checkFields(kind.fields, input, '', { partial: true })
  const filled = Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null))
  const given = askedColumns(kind, columnsOf(kind, filled))
  const names = new Set(Object.entries(given).flatMap(([name, each]) => (each === null ? [] : [name])))
  const unsaid = Object.entries(kind.fields).flatMap(([name, field]) =>
    field.type === 'choice' && field.otherwise && filled[name] === undefined ? [[name, field.otherwise]] : [],
  )
  const columns = { ...given, ...askedColumns(kind, columnsOf(kind, Object.fromEntries(unsaid))) }
  const checks = (kind.checks ?? []).filter((check) => isTouched(check, names))
  if (checks.length === 0) return []
  const at = now.toISOString()
  const base = { owner_id: actor.ownerId, region: actor.region, state, created_at: at, updated_at: at }
  const failed = checks.map((check, index) => `case when (${checkOn(kind, check, 'r')}) is false then ${index} end`)
  const [row] = await sql.unsafe<{ failed: number[] }[]>(
    `select array_remove(array[${failed.join(', ')}]::int[], null) as failed
     from jsonb_populate_record(null::${tableOf(kind)}, $1::text::jsonb) r`,
    [JSON.stringify({ ...columns, ...base })],
  )
  return (row?.failed ?? []).flatMap((index) => {
    const check = checks[index]
    return check ? [{ code: 'cross-check', text: check.text, at: `/${check.at}` }] : []
  })
}
