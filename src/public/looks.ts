import type { FastifyRequest } from 'fastify'
import { type Channel, type Look, noteLook, type SignalLimits, signalLimits } from '../trace/codes/index.ts'
import type { Story } from '../trace/index.ts'
import { legalDay } from './day.ts'
import type { ResolverHouse } from './resolver.ts'

/** Looks on their way to the database at once; beyond it a flood is not worth the wait. */
const underwayMax = 64

/** A place that an embedding mini program names (`at=109.41,24.32`): the page itself never asks where somebody is. */
function placeOf(request: FastifyRequest): { lng: number; lat: number } | undefined {
  const { at } = request.query as Record<string, unknown>
  const [, lng, lat] = /^(-?\d{1,3}(?:\.\d{1,6})?),(-?\d{1,2}(?:\.\d{1,6})?)$/.exec(String(at ?? '')) ?? []
  if (lng === undefined || lat === undefined) return undefined
  return Math.abs(Number(lng)) <= 180 && Math.abs(Number(lat)) <= 90
    ? { lng: Number(lng), lat: Number(lat) }
    : undefined
}

/** What a browser calls itself inside the programs that shoppers scan with. */
const scanners: readonly [RegExp, Channel][] = [
  [/MicroMessenger/i, 'wechat'],
  [/AlipayClient/i, 'alipay'],
  [/\bQQ\//, 'qq'],
  [/Mozilla/, 'browser'],
]

/** Through what a request came (E5.2.4.c). */
export function channelOf({ headers }: FastifyRequest): Channel {
  const agent = headers['user-agent'] ?? ''
  return scanners.find(([pattern]) => pattern.test(agent))?.[1] ?? 'program'
}

/** Where such a look is worth a row: it has a place, or something is odd about the code. */
const isOdd = ({ code }: Story, scans: number, limits: SignalLimits) =>
  code !== undefined && (code.inactive || code.voidedAt || code.consumedAt || scans >= limits.scans)

/**
 * Notes what a look says about a copied code, beside the page and never before it. The figures are read once a day of
 * the law; most looks have no place and nothing odd, and cost nothing.
 */
export function lookNoter({ sql }: Pick<ResolverHouse, 'sql'>) {
  let known: { day: string; limits: Promise<SignalLimits> } | undefined
  let underway = 0
  const limitsOn = (day: string) => {
    if (known?.day !== day) {
      const limits = signalLimits(sql, day)
      known = { day, limits }
      limits.catch(() => (known = undefined))
    }
    return (known as { limits: Promise<SignalLimits> }).limits
  }
  const work = async (request: FastifyRequest, story: Story, now: Date) => {
    const { id, gtin, lot, code, scans } = story
    if (!code) return
    const limits = await limitsOn(legalDay(now))
    const place = placeOf(request)
    if (!place && !isOdd(story, scans?.count ?? 0, limits)) return
    const look: Look = { at: now, by: 'shopper', ...place }
    await noteLook(sql, { id, gtin, ...(lot && { lot }), state: { ...code, scans: scans?.count ?? 0 }, look }, limits)
  }
  return (request: FastifyRequest, story: Story, now: Date): void => {
    if (story.serial === undefined || underway >= underwayMax) return
    underway++
    work(request, story, now)
      .catch((err) => request.log.error({ err, requestId: request.id }, 'a look was lost'))
      .finally(() => underway--)
  }
}
