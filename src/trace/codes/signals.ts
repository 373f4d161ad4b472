import type { ISql } from 'postgres'

/** Who looked: a shopper, a trader at work, or an officer. Only shoppers' looks speak for a forgery by number and place. */
export type Looker = 'shopper' | 'trade' | 'officer'

export type Look = { at: Date; by: Looker; lng?: number; lat?: number; region?: string }

export type SignalReason = 'speed' | 'places' | 'scans' | 'inactive' | 'void' | 'consumed' | 'market'

export type Signal = { reason: SignalReason; detail: Record<string, unknown> }

/** The figures of the rules table on the day. */
export type SignalLimits = { speedKmh: number; distanceKm: number; places: number; placesDays: number; scans: number }

const earthKm = 6371
const radians = (degrees: number) => (degrees * Math.PI) / 180

/** Kilometres between two places over the ground. */
export function distanceKm(a: { lng: number; lat: number }, b: { lng: number; lat: number }): number {
  const [phi, psi] = [radians(a.lat), radians(b.lat)]
  const h = Math.sin((psi - phi) / 2) ** 2 + Math.cos(phi) * Math.cos(psi) * Math.sin(radians(b.lng - a.lng) / 2) ** 2
  return 2 * earthKm * Math.asin(Math.min(1, Math.sqrt(h)))
}

type Placed = Look & { lng: number; lat: number }
const isPlaced = (look: Look): look is Placed => look.lng !== undefined && look.lat !== undefined

/**
 * What speaks for a copied code among its looks (in order of time): two shoppers so far apart that nothing moves that
 * fast, or shoppers in many towns. A shelf is one place, a family two or three, an officer's look none.
 */
export function placeSignals(looks: readonly Look[], limits: SignalLimits, now: Date): Signal[] {
  const placed = looks.filter(isPlaced).filter(({ by }) => by === 'shopper')
  const signals: Signal[] = []
  for (let i = 1; i < placed.length && signals.length === 0; i++) {
    const [from, to] = [placed[i - 1] as Placed, placed[i] as Placed]
    const km = distanceKm(from, to)
    const hours = Math.max(0, to.at.getTime() - from.at.getTime()) / 3_600_000
    if (km > limits.distanceKm && km > limits.speedKmh * hours)
      signals.push({
        reason: 'speed',
        detail: { km: Math.round(km), minutes: Math.round(hours * 60), from: at(from), to: at(to) },
      })
  }
  const since = now.getTime() - limits.placesDays * 86_400_000
  const towns: Placed[] = []
  for (const look of placed)
    if (look.at.getTime() >= since && towns.every((town) => distanceKm(town, look) > limits.distanceKm))
      towns.push(look)
  if (towns.length >= limits.places) signals.push({ reason: 'places', detail: { places: towns.map(at) } })
  return signals
}

const at = ({ lng, lat, at: when }: Placed) => ({ lng, lat, at: when.toISOString() })

/** What is known of the code when it is looked at. */
export type CodeState = {
  inactive?: boolean
  voidedAt?: Date
  consumedAt?: Date
  market?: string
  scans: number
}

/** What one look says by itself: of a code that is not in use yet or any more, looked at too often, or elsewhere than it may be sold. */
export function stateSignals(state: CodeState, look: Look, limits: SignalLimits): Signal[] {
  if (look.by === 'officer') return []
  const signals: Signal[] = []
  const add = (reason: SignalReason, detail: Record<string, unknown>) => signals.push({ reason, detail })
  if (state.inactive) add('inactive', {})
  if (state.voidedAt && state.voidedAt <= look.at) add('void', { voidedAt: state.voidedAt.toISOString() })
  if (state.consumedAt && state.consumedAt < look.at) add('consumed', { consumedAt: state.consumedAt.toISOString() })
  if (look.by === 'shopper' && state.scans >= limits.scans) add('scans', { scans: state.scans })
  if (look.by === 'trade' && state.market && look.region && !look.region.startsWith(state.market))
    add('market', { market: state.market, region: look.region })
  return signals
}

/** The figures in force on a day (Asia/Shanghai, YYYY-MM-DD). */
export async function signalLimits(tx: ISql, day: string): Promise<SignalLimits> {
  const [row] = await tx<Record<keyof SignalLimits, number>[]>`
    select rule_value('counterfeit.speed-kmh', ${day}::date)::float as "speedKmh",
      rule_value('counterfeit.distance-km', ${day}::date)::float as "distanceKm",
      rule_value('counterfeit.places', ${day}::date)::float as places,
      rule_value('counterfeit.places-days', ${day}::date)::float as "placesDays",
      rule_value('counterfeit.scans', ${day}::date)::float as scans`
  return row as SignalLimits
}

export type Seen = { id: string; gtin: string; lot?: string; state: CodeState; look: Look }

/** Notes a look and whatever it speaks for; each reason is noted once a code. What was found. */
export async function noteLook(
  tx: ISql,
  { id, gtin, lot, state, look }: Seen,
  limits: SignalLimits,
): Promise<Signal[]> {
  const signals = stateSignals(state, look, limits)
  if (look.by !== 'shopper' || isPlaced(look)) {
    await tx`insert into code_look (id, at, by, lng, lat, region)
      values (${id}, ${look.at}, ${look.by}, ${look.lng ?? null}, ${look.lat ?? null}, ${look.region ?? null})`
  }
  if (look.by === 'shopper' && isPlaced(look)) {
    const since = new Date(look.at.getTime() - limits.placesDays * 86_400_000)
    const rows = await tx<{ at: Date; by: Looker; lng: string | null; lat: string | null }[]>`
      select at, by, lng, lat from looks_of(${id}, ${since})`
    const looks = rows.map(({ lng, lat, ...row }) => ({
      ...row,
      ...(lng !== null && lat !== null && { lng: Number(lng), lat: Number(lat) }),
    }))
    signals.push(...placeSignals(looks, limits, look.at))
  }
  for (const { reason, detail } of signals)
    await tx`select note_signal(${id}, ${reason}, ${gtin}, ${lot ?? null}, ${look.at}, ${JSON.stringify(detail)}::text::jsonb)`
  return signals
}
