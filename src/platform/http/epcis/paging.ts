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

/**
 * Reads perPage and nextPageToken; throws 400 where one is malformed, or the token has expired, was altered, was given back
 * or goes on from another question.
 */
export async function readPage(house: House, request: FastifyRequest): Promise<PageAsked> {
  const { perPage, nextPageToken } = request.query as Query
  if (perPage !== undefined && (typeof perPage !== 'string' || !/^[1-9]\d{0,8}$/.test(perPage))) {
    throw new Failure(400, 'query-parameter', 'perPage 应为正整数', {
      problems: [{ at: '/perPage', code: 'query-parameter', text: 'perPage 应为正整数' }],
      type: 'epcisException:QueryParameterException',
    })
  }
  const size = perPage === undefined ? perPageDefault : Math.min(Number(perPage), perPageMax)
  if (nextPageToken === undefined) return { perPage: size, served: 0 }
  const token = readToken(nextPageToken, house.clock())
  if (token.seal !== sealOf(house, request, token.text)) throw badToken()
  const [revoked] = await house.sql`select 1 from revoked_page_token where digest = ${digestOf(String(nextPageToken))}`
  if (revoked) throw badToken()
  return { perPage: size, served: token.served, after: token.after }
}

/** `text` is what the seal is of. */
type Token = { served: number; after: string; expires: Date; text: string; seal: string }

function readToken(given: unknown, now: Date): Token {
  const [, text, served, time, after, seal] =
    /^((\d{1,9})\.([0-9a-z]{1,9})\.([\w-]{1,2000}))\.([\w-]{12})$/.exec(String(given)) ?? []
  if (!text || !served || !time || !after || !seal) throw badToken()
  const expires = new Date(Number.parseInt(time, 36))
  if (expires < now) throw badToken()
  return { served: Number(served), after, expires, text, seal }
}

/** Says that a token was given out here, and to which question: the path and the parameters, but how many a page. */
function sealOf(house: House, request: FastifyRequest, text: string): string {
  const asked = Object.entries(request.query as Query)
    .filter(([name]) => name !== 'nextPageToken' && name !== 'perPage')
    .sort(([one], [other]) => (one < other ? -1 : 1))
  const question = JSON.stringify([text, request.url.split('?')[0], asked])
  return house.keyring.digest('epcis-page-token', question).subarray(0, 9).toString('base64url')
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
  const text = `${served}.${expires.getTime().toString(36)}.${after}`
  parameters.set('nextPageToken', `${text}.${sealOf(house, request, text)}`)
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
