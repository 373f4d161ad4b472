import type { Tx } from './scope.ts'
import { type EventRow, eventOf } from './story-read.ts'
import { ownSteps, type Step } from './story-steps.ts'

/** What the public may know of a case or pallet: which lots are in it now, and where it has been. No quantities. */
export type UnitStory = { lots: readonly { gtin: string; lot?: string; name?: string }[]; steps: readonly Step[] }

/** A logistic unit by its canonical key; undefined where no event names it. */
export async function unitStory(tx: Tx, key: string): Promise<UnitStory | undefined> {
  const [row] = await tx<{ unit: { lots: UnitStory['lots']; events: EventRow[] } | null }[]>`
    select unit_glance(${key}) as unit`
  return row?.unit ? { lots: row.unit.lots, steps: ownSteps(row.unit.events.map(eventOf)) } : undefined
}
