import { createHmac, timingSafeEqual } from 'node:crypto'
import type { ISql } from 'postgres'

/** What a signed address lets its holder see, until when, and who that is. */
export type Ticket = { cameraId: string; userId: string; until: Date; live: boolean; from?: Date; to?: Date }

/** Long enough to go on watching while the page fetches the next, short enough that a passed-on address is soon worth nothing. */
export const ticketMs = 10 * 60_000

let known: { key: Buffer; sql: object } | undefined

/** This installation's key for addresses of video. */
export async function videoKey(sql: ISql): Promise<Buffer> {
  const [row] = await sql<{ key: Buffer }[]>`select key from video_key`
  if (!row) throw new Error('video_key is empty')
  return row.key
}

/** The key, read once a process. */
export async function videoKeyOf(sql: ISql): Promise<Buffer> {
  if (known?.sql !== sql) known = { key: await videoKey(sql), sql }
  return known.key
}

const seconds = (at: Date | undefined) => (at ? String(Math.floor(at.getTime() / 1000)) : '')
const mac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest('base64url')

export function signTicket(key: Buffer, { cameraId, userId, until, live, from, to }: Ticket): string {
  const text = [cameraId, userId, seconds(until), live ? '1' : '0', seconds(from), seconds(to)].join('.')
  return `${text}.${mac(key, text)}`
}

/** What a ticket says; undefined where it is not ours, or over. */
export function readTicket(key: Buffer, ticket: unknown, now: Date): Ticket | undefined {
  if (typeof ticket !== 'string' || ticket.length > 300) return undefined
  const cut = ticket.lastIndexOf('.')
  const text = ticket.slice(0, Math.max(0, cut))
  const [wanted, given] = [Buffer.from(mac(key, text)), Buffer.from(ticket.slice(cut + 1))]
  if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) return undefined
  const [cameraId = '', userId = '', until, live, from, to] = text.split('.')
  const at = (value: string | undefined) => (value ? new Date(Number(value) * 1000) : undefined)
  const end = at(until)
  if (!end || end <= now) return undefined
  return { cameraId, userId, until: end, live: live === '1', from: at(from), to: at(to) }
}
