import { invalid } from '../../failure.ts'
import { isDay, type Kind } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { readDefinition } from '../define/definitions.ts'
import { daySql, indicatorSpeech, requireIndicator } from '../indicators/indicator.ts'
import { binding } from '../review/judge.ts'
import type { Narrowing } from '../store/list.ts'
import type { House } from './house.ts'

/**
 * Takes out of a list's filters those that name an indicator: the list then shows exactly the rows that the figure
 * counts (`indicatorPart=den`: those below the line).
 */
export async function drilled(
  house: House,
  actor: Actor,
  kind: Kind,
  given: Record<string, string>,
): Promise<{ filters: Record<string, string>; narrow?: Narrowing }> {
  const { indicator: id, indicatorFrom: from, indicatorTo: to, indicatorPart: part = 'num', ...filters } = given
  if (!id) return { filters: given }
  const definition = await readDefinition(house.sql, actor, 'indicator', id)
  const indicator = requireIndicator(await indicatorSpeech(house.sql, house.catalogue.kinds, actor), definition.body)
  if (indicator.ground.kind !== kind)
    throw invalid([{ code: 'wrong-place', text: `这个指标算的不是${kind.title}`, at: '/indicator' }])
  if (!isDay(from ?? '') || !isDay(to ?? ''))
    throw invalid([{ code: 'wrong-format', text: '请带上指标的起止日期', at: '/indicatorFrom' }])
  const { body, where, whole, ground } = indicator
  return {
    filters,
    narrow: (bind) => {
      const to_ = { ...binding(house.clock(), 'all').to, bind }
      const parts = [
        ground.alive,
        `${daySql(indicator)} between ${bind(from)}::date and ${bind(to)}::date`,
        ...(whole ? [whole.sql(to_)] : []),
        ...(where && !(body.counts === 'share' && part === 'den') ? [where.sql(to_)] : []),
      ]
      return parts.join(' and ')
    },
  }
}
