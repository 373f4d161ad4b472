import type { ISql } from 'postgres'
import type { ExpressionContext, Law, NamedRule, Source } from '../../language/expression/index.ts'
import type { Kind, Problem } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { mayUse } from '../access/reach.ts'
import { narrowingOf } from '../access/roles.ts'
import { type Ground, groundNamed, groundOf } from './ground.ts'

/** What one actor's expressions may speak of: fields that are hidden from the actor do not exist. */
export type Speech = {
  ground(name: unknown): Ground | undefined
  context(ground: Ground, self?: string): ExpressionContext
}

function withoutHidden(ground: Ground, actor: Actor | undefined): Ground {
  const hide = actor && ground.kind ? (narrowingOf(actor.narrowing, ground.kind.name).hide ?? []) : []
  if (hide.length === 0) return ground
  const fields = Object.fromEntries(Object.entries(ground.source.fields).filter(([name]) => !hide.includes(name)))
  return { ...ground, source: { ...ground.source, fields } }
}

/** Of a record beyond one's own reach only what anybody may know: a rule must not be a way to ask for more. */
function publicPart(source: Source): Source {
  const open = Object.entries(source.fields).filter(([name, field]) => field.class === 'public' || name === 'state')
  return { ...source, fields: Object.fromEntries(open) }
}

/** Without an actor the platform itself speaks: of everything. */
export function speechOf(
  kinds: ReadonlyMap<string, Kind>,
  laws: ReadonlyMap<string, Law>,
  rules: ReadonlyMap<string, NamedRule>,
  actor?: Actor,
): Speech {
  const ground = (name: unknown) => {
    const found = groundNamed(kinds, name)
    if (found?.kind && actor && !mayUse(actor, found.kind, 'read')) return undefined
    return found && withoutHidden(found, actor)
  }
  return {
    ground,
    context: (of, self) => ({
      source: of.source,
      // A reference leads to what may be named, not only to what may be read whole.
      sources: (name) => {
        const kind = kinds.get(name)
        if (!kind || (actor && !mayUse(actor, kind, 'read') && !mayUse(actor, kind, 'refer'))) return undefined
        const { source } = withoutHidden(groundOf(kind), actor)
        return actor && actor.role !== 'city' ? publicPart(source) : source
      },
      rules: (id) => rules.get(id),
      self,
      laws,
    }),
  }
}

/** Figures of the rules table as they may be named. */
export async function lawTitles(sql: ISql): Promise<Map<string, Law>> {
  const rows = await sql<(Law & { name: string })[]>`
    select distinct on (name) name, coalesce(note, name) || '（' || article || '）' as title, unit from rule
    order by name, valid_from desc`
  return new Map(rows.map(({ name, ...law }) => [name, law]))
}

export const unknownSource = (at: string): Problem => ({
  code: 'unknown-source',
  text: '请选择要看的记录，或您无权查看这类记录',
  at,
})
