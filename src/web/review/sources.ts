import { useQuery } from '@tanstack/react-query'
import type { ExpressionContext, Law, Source } from '../../language/expression/index.ts'
import type { Field } from '../../language/fields/index.ts'
import { read } from '../shell/api.ts'

export type OfferedSource = Source & { moments: string[]; categories: string[] }

export type OfferedLaw = Law & { name: string }

/** What the user may speak of. */
export function useSources() {
  return useQuery({
    queryKey: ['sources'],
    queryFn: () => read<{ sources: OfferedSource[]; laws: OfferedLaw[] }>('/api/v1/sources'),
    staleTime: 10 * 60_000,
  })
}

const none: readonly OfferedLaw[] = []

/** Figures of the rules table that may be named. */
export const useLaws = () => useSources().data?.laws ?? none

/** The same reading as the server's: sentences and problems appear while one writes. */
export function contextOf(
  source: Source,
  sources: readonly Source[],
  laws: readonly OfferedLaw[] = [],
): ExpressionContext {
  return {
    source,
    sources: (name) => sources.find((each) => each.name === name),
    laws: new Map(laws.map((law) => [law.name, law])),
  }
}

export type Choosable = { name: string; title: string; field: Field }

/** Fields that can be compared, those behind references too; lines are chosen apart. */
export function choosable(fields: Source['fields'], sources: readonly Source[]): Choosable[] {
  const closed = ['snapshot', 'place', 'photo', 'file', 'signature', 'lines']
  return Object.entries(fields).flatMap(([name, field]) => {
    if (closed.includes(field.type)) return []
    if (field.type === 'validity')
      return [
        { name: `${name}.from`, title: `${field.title}开始`, field: { type: 'day', title: field.title } as Field },
        { name: `${name}.until`, title: `${field.title}截止`, field: { type: 'day', title: field.title } as Field },
      ]
    const target = field.type === 'reference' ? sources.find((each) => each.name === field.to) : undefined
    const behind = Object.entries(target?.fields ?? {})
      .filter(([, inner]) => !closed.includes(inner.type) && !/^(validity|reference)$/.test(inner.type))
      .map(([inner, of]) => ({ name: `${name}.${inner}`, title: `${field.title}的${of.title}`, field: of }))
    return [{ name, title: field.title, field }, ...behind]
  })
}
