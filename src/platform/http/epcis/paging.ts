import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Sql } from 'postgres'
import { Failure } from '../../../failure.ts'
import type { House } from '../house.ts'

export type Query = Readonly<Record<string, unknown>>

const perPageDefault = 30
export const perPageMax = 1000
const tokenMs = 24 * 3600 * 1000

/** `served`: how many came on the pages before; `after`: where they ended. */
export type PageAsked = { perPage: number; served: number; after?: string }

/** Reads perPage and nextPageToken; throws 400 where one is malformed, or the token has expired or was given back. */
export async function readPage(house: House, query: Query): Promise<PageAsked> {
  const { perPage, nextPageToken } = query
  if (perPage !== undefined && (typeof perPage !== 'string' || !/^[1-9]\d{0,8}$/.test(perPage))) {
    throw new Failure(400, 'query-parameter', 'perPage 应为正整数', {
      problems: [{ at: '/perPage', code: 'query-parameter', text: 'perPage 应为正整数' }],
      type: 'epcisException:QueryParameterException',
    })
  }
  const size = perPage === undefined ? perPageDefault : Math.min(Number(perPage), perPageMax)
  if (nextPageToken === undefined) return { perPage: size, served: 0 }
  const token = readToken(nextPageToken, house.clock())
  const [revoked] = await house.sql`select 1 from revoked_page_token where digest = ${digestOf(String(nextPageToken))}`
  if (revoked) throw badToken()
  return { perPage: size, served: token.served, after: token.after }
}

function readToken(given: unknown, now: Date): { served: number; after: string; expires: Date } {
  const [, served, time, after] = /^(\d{1,9})\.([0-9a-z]{1,9})\.([\w-]{1,2000})$/.exec(String(given)) ?? []
  if (!served || !time || !after) throw badToken()
  const expires = new Date(Number.parseInt(time, 36))
  if (expires < now) throw badToken()
  return { served: Number(served), after, expires }
}

function badToken(): Failure {
  return new Failure(400, 'bad-page-token', '翻页标记 nextPageToken 无效或已过期，请从第一页重新查询', {
    type: 'epcisException:QueryParameterException',
  })
}

const digestOf = (token: string) => createHash('sha256').update(token).digest()

/** Announces the next page: its address, and until when it may be asked for. */
export function announceNext(
  house: House,
  request: FastifyRequest,
  reply: FastifyReply,
  { served, after }: { served: number; after: string },
): void {
  const expires = new Date(house.clock().getTime() + tokenMs)
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(request.query as Query)) {
    for (const one of [value].flat()) if (name !== 'nextPageToken') parameters.append(name, String(one))
  }
  parameters.set('nextPageToken', `${served}.${expires.getTime().toString(36)}.${after}`)
  const path = request.url.split('?')[0]
  const origin = house.origin ?? `${request.protocol}://${request.host}`
  reply.header('Link', `<${origin}${path}?${parameters}>; rel="next"`)
  reply.header('GS1-Next-Page-Token-Expires', expires.toISOString())
}

/** `DELETE /epcis/nextPageToken/{token}`: from now on the token leads nowhere. */
export async function revokeToken(sql: Sql, token: string, now: Date): Promise<void> {
  const { expires } = readToken(token, now)
  const latest = new Date(Math.min(expires.getTime(), now.getTime() + tokenMs))
  await sql`delete from revoked_page_token where expires_at < ${now}`
  await sql`insert into revoked_page_token (digest, expires_at) values (${digestOf(token)}, ${latest})
    on conflict do nothing`
}
