import type { Fragment } from 'postgres'
import { legalDay } from '../standards/china/index.ts'
import type { Tx } from './scope.ts'

/**
 * The steps by which goods are handed on, by the rules table (`hold.step.…`): a query of step and value as they are on a day.
 * Held goods may not take a step whose value is above 0. One that is 0 is only told.
 */
export function stepsOn(tx: Tx, now: Date): Fragment {
  const day = legalDay(now)
  return tx`select distinct on (u.name) substr(u.name, length('hold.step.') + 1) as step, u.value from rule u
    where starts_with(u.name, 'hold.step.') and ${day}::date >= u.valid_from
      and (u.valid_until is null or ${day}::date <= u.valid_until)
    order by u.name, u.valid_from desc`
}
