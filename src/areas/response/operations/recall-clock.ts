import type { ISql } from 'postgres'
import { deadlineAfter, readCalendar } from '../../../platform/rules/calendar.ts'
import { figureOn } from '../../../platform/rules/figures.ts'
import { legalDay } from '../../../standards/china/index.ts'
import type { Clock } from './wire.ts'

/**
 * The times by which a recall of a level must have started, been acknowledged and be finished, by the rules table and the
 * working-day calendar. Where a year's holidays are not known yet, Monday to Friday are counted there, which can only be
 * earlier, and the year is told.
 */
export async function clockOf(sql: ISql, level: string, from: Date): Promise<Clock> {
  const calendar = await readCalendar(sql)
  let unknown: number | undefined
  const after = async (name: string): Promise<string> => {
    const span = await figureOn(sql, `${name}-${level}`, legalDay(from))
    if (!span) throw new Error(`no figure ${name}-${level} on ${legalDay(from)}`)
    let years = calendar.years
    for (;;) {
      const { at, missing } = deadlineAfter(from, span, { ...calendar, years })
      if (at) return at.toISOString()
      unknown ??= missing
      years = new Set([...years, missing])
    }
  }
  const startBy = await after('recall.start-hours')
  const acknowledgeBy = await after('recall.acknowledge-hours')
  const finishBy = await after('recall.finish-days')
  return { startBy, acknowledgeBy, finishBy, ...(unknown !== undefined && { holidaysUnknown: unknown }) }
}
