import type { PublicEvent } from './story-read.ts'

/** Why a lot or a single thing must not be sold, as the latest standing events say. */
export type HaltState = { kind: 'recalled' | 'held'; since: Date; by: string }

const HOLDS = new Set(['non_conformant', 'non_sellable_other', 'unavailable'])
const RELEASES = new Set(['conformant', 'available', 'sellable_accessible', 'sellable_not_accessible'])

const isMaking = (event: PublicEvent) =>
  event.role === 'output' || event.step === 'commissioning' || event.step === 'creating_class_instance'

/**
 * Who brought the lot into being: the first that recorded doing so. In the order of recording, not of the time an event
 * claims, so that nobody can put himself before the maker afterwards.
 */
export function makerOf(own: readonly PublicEvent[]): PublicEvent | undefined {
  return own.filter(isMaking).sort((a, b) => a.recordedAt.getTime() - b.recordedAt.getTime())[0]
}

/**
 * The state that the events leave. A recall stands until it is expressly unset: goods that are moved afterwards are
 * still recalled. A hold ends when its author finds the goods fit again. Only those may speak who have a say: a recall
 * counts from the maker, from whoever handled the goods, and from an authority; a hold of the whole from the maker or
 * an authority. A stranger's event changes nothing on the page of somebody else's product.
 */
export function haltOf(events: readonly PublicEvent[], makerId: string | undefined): HaltState | undefined {
  const handlers = new Set(events.filter((event) => !isRecall(event)).map((event) => event.byId))
  let halt: (HaltState & { byId: string }) | undefined
  for (const event of [...events].sort((a, b) => a.at.getTime() - b.at.getTime())) {
    const { byId, authority } = event
    const maker = byId === makerId
    const start = { since: event.at, by: event.by, byId }
    if (isRecall(event)) {
      if ((maker || authority || handlers.has(byId)) && halt?.kind !== 'recalled') halt = { kind: 'recalled', ...start }
    } else if (isHold(event)) {
      if ((maker || authority) && halt === undefined) halt = { kind: 'held', ...start }
    } else if (halt !== undefined && (authority || byId === halt.byId) && lifts(event, halt.kind)) {
      halt = undefined
    }
  }
  return halt && { kind: halt.kind, since: halt.since, by: halt.by }
}

function isRecall(event: PublicEvent): boolean {
  return event.disposition === 'recalled' || event.set.includes('recalled')
}

function isHold(event: PublicEvent): boolean {
  return event.step === 'holding' || HOLDS.has(event.disposition) || event.set.some((word) => HOLDS.has(word))
}

function lifts(event: PublicEvent, kind: HaltState['kind']): boolean {
  if (kind === 'recalled') return event.unset.includes('recalled')
  return RELEASES.has(event.disposition) || event.unset.some((word) => HOLDS.has(word))
}
