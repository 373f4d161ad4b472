import { Failure, invalid } from '../../failure.ts'
import { tableOf } from '../../language/columns.ts'
import { type Kind, uniqueFields } from '../../language/index.ts'
import { snake } from '../../language/names.ts'

type DatabaseError = { code?: string; constraint_name?: string; detail?: string }

function fieldOfConstraint(kind: Kind, constraint: string): string | undefined {
  const table = tableOf(kind)
  return Object.keys(kind.fields).find(
    (name) =>
      constraint.startsWith(`${table}_${snake(name)}_`) &&
      /^(\d+|refers)$/.test(constraint.slice(table.length + snake(name).length + 2)),
  )
}

function taken(kind: Kind, error: DatabaseError): Failure | undefined {
  const name = uniqueFields(kind).find((each) => error.detail?.includes(`(${kind.name}.${each}, `))
  if (!name) return undefined
  const field = kind.fields[name]
  const text = `${field?.title}已经被${field?.unique === 'owner' ? '本单位' : ''}另一条${kind.title}使用`
  return new Failure(409, 'already-used', text, { problems: [{ code: 'already-used', text, at: `/${name}` }] })
}

/** Turns a refusal by the database into the sentence at the field it concerns; anything else is thrown on. */
export function explain(kind: Kind, error: unknown): Error {
  const refusal = error as DatabaseError
  const constraint = refusal.constraint_name ?? ''
  if (refusal.code === '23514') {
    const cross = kind.checks?.find((check) => constraint === `${tableOf(kind)}__${check.name}`)
    if (cross) return invalid([{ code: 'cross-check', text: cross.text, at: `/${cross.at}` }])
    const field = fieldOfConstraint(kind, constraint)
    if (field)
      return invalid([{ code: 'out-of-range', text: `${kind.fields[field]?.title}不符合要求`, at: `/${field}` }])
  }
  if (refusal.code === '23503') {
    const field = fieldOfConstraint(kind, constraint)
    if (field)
      return invalid([{ code: 'no-such-record', text: `没有找到所选的${kind.fields[field]?.title}`, at: `/${field}` }])
  }
  if (refusal.code === '23505') return taken(kind, refusal) ?? (error as Error)
  return error as Error
}
