import { type Kind, type Problem, type Verb, verbs } from '../../language/index.ts'
import { type Narrowing, narrowingOf } from './roles.ts'

/** Reads a narrowing from outside: known kinds, verbs and fields only. */
export function checkNarrowing(
  input: unknown,
  kinds: ReadonlyMap<string, Kind>,
  operations: ReadonlySet<string>,
): { value: Narrowing; problems: Problem[] } {
  const problems: Problem[] = []
  const wrong = (text: string, at: string) => problems.push({ code: 'wrong-value', text, at: `/narrows${at}` })
  const given = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>
  const byKind: Record<string, { verbs?: Verb[]; hide?: string[] }> = {}
  for (const [name, each] of Object.entries((given.kinds ?? {}) as Record<string, unknown>)) {
    const kind = kinds.get(name)
    if (name !== '*' && !kind) {
      wrong(`没有名为“${name.slice(0, 40)}”的记录`, '/kinds')
      continue
    }
    const { verbs: left, hide = [] } = (each ?? {}) as { verbs?: unknown; hide?: unknown }
    const isVerbs = left === undefined || (Array.isArray(left) && left.every((verb) => verbs.includes(verb)))
    const isFields =
      Array.isArray(hide) &&
      hide.every((field) => typeof field === 'string' && kind && Object.hasOwn(kind.fields, field))
    if (!isVerbs) wrong('权限应为 read、create、change、void、refer', `/kinds/${name}/verbs`)
    if (!isFields && !(Array.isArray(hide) && hide.length === 0)) wrong('隐藏的字段不存在', `/kinds/${name}/hide`)
    byKind[name] = { ...(left ? { verbs: left as Verb[] } : {}), hide: hide as string[] }
  }
  const { operations: named } = given
  if (named !== undefined && !(Array.isArray(named) && named.every((name) => operations.has(name))))
    wrong('没有这项操作', '/operations')
  return {
    value: {
      ...(given.kinds ? { kinds: byKind } : {}),
      ...(Array.isArray(named) ? { operations: named as string[] } : {}),
    },
    problems,
  }
}

/** What a role may do after a change that it could not do before, in words. */
export function widened(before: Narrowing, after: Narrowing, kinds: ReadonlyMap<string, Kind>): string[] {
  const found: string[] = []
  for (const kind of kinds.values()) {
    const [old, now] = [narrowingOf(before, kind.name), narrowingOf(after, kind.name)]
    for (const verb of verbs)
      if ((now.verbs?.includes(verb) ?? true) && !(old.verbs?.includes(verb) ?? true))
        found.push(`${kind.title} ${verb}`)
    const sees = now.verbs === undefined || now.verbs.length > 0
    for (const field of old.hide ?? []) if (sees && !now.hide?.includes(field)) found.push(`${kind.title}.${field}`)
  }
  if (before.operations && !after.operations) found.push('全部操作')
  for (const name of after.operations ?? [])
    if (before.operations && !before.operations.includes(name)) found.push(name)
  return found
}
