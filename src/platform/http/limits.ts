import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../../failure.ts'
import type { PolicyValue } from '../policy/declared.ts'
import { plainAddress } from '../policy/network.ts'
import { announcedNow, tellAnnounced, tellDeprecation } from './deprecations.ts'
import type { House } from './house.ts'

/** Distinct callers that are counted at once; beyond it the oldest windows are forgotten. */
const callersMax = 100_000

type Window = { since: number; calls: number }

/** Calls by caller in the running minute. In memory of one process: a limit against floods, not an account. */
function counter() {
  const windows = new Map<string, Window>()
  return (caller: string, now: number): number => {
    const known = windows.get(caller)
    if (known && now - known.since < 60_000) return ++known.calls
    windows.delete(caller)
    if (windows.size >= callersMax) windows.delete(windows.keys().next().value as string)
    windows.set(caller, { since: now, calls: 1 })
    return 1
  }
}

function limitOfCaller(request: FastifyRequest, quota: PolicyValue<'quota'>): [string, number] {
  const { actor } = request
  if (actor.tokenKey) return [`token ${actor.tokenKey}`, actor.perMinute ?? quota.tokenPerMinute]
  if (actor.userId) return [`person ${actor.userId}`, quota.personPerMinute]
  return [`address ${plainAddress(request.ip)}`, quota.publicPerMinute]
}

type Use = { calls: number; refused: number; address: string; at: Date }

/** Usage of tokens, noted in memory and written every few seconds: a crash loses at most that. */
function usage(app: FastifyInstance, house: House) {
  let noted = new Map<string, Use>()
  const flush = async () => {
    const batch = noted
    noted = new Map()
    for (const [token, use] of batch) {
      const hour = new Date(Math.floor(use.at.getTime() / 3_600_000) * 3_600_000)
      await house.sql`
        insert into api_usage as u (token_id, hour, calls, refused) values (${token}, ${hour}, ${use.calls}, ${use.refused})
        on conflict (token_id, hour) do update set calls = u.calls + excluded.calls, refused = u.refused + excluded.refused`
      await house.sql`update api_token set last_used_at = ${use.at}, last_address = ${use.address} where id = ${token}`
    }
  }
  let writing: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    writing = writing.then(flush).catch((error) => app.log.error({ err: error }, 'usage of tokens was lost'))
  }, 5000)
  timer.unref()
  app.addHook('onClose', async () => {
    clearInterval(timer)
    await writing.then(flush).catch(() => {})
  })
  return (token: string, refused: boolean, address: string) => {
    const at = house.clock()
    const use = noted.get(token)
    if (!use) noted.set(token, { calls: 1, refused: refused ? 1 : 0, address, at })
    else {
      use.calls++
      if (refused) use.refused++
      use.address = address
      use.at = at
    }
  }
}

/** Quotas by token, person and address; usage of tokens; headers of routes that are on their way out. */
export function limitCallers(app: FastifyInstance, house: House, entrance: 'management' | 'public'): void {
  const count = counter()
  const use = entrance === 'management' ? usage(app, house) : undefined

  app.addHook('onRequest', (request, reply, done) => {
    // A wall of cameras fetches parts all the time, each under a ticket that a person asked for.
    if (request.url.startsWith('/video/') && !request.url.startsWith('/video/hooks/')) return done()
    const quota = house.policies.fresh('quota')
    const isApi = entrance !== 'public' && request.url.startsWith('/api/')
    const announced = isApi ? announcedNow(house) : undefined
    if (!quota || (isApi && !announced)) return takeLater(request, reply, isApi)
    take(request, reply, quota)
    if (announced) tellAnnounced(announced, request, reply)
    done()
  })
  const takeLater = async (request: FastifyRequest, reply: FastifyReply, isApi: boolean): Promise<void> => {
    take(request, reply, await house.policies.get('quota'))
    if (isApi) await tellDeprecation(house, request, reply)
  }
  const take = (request: FastifyRequest, reply: FastifyReply, quota: PolicyValue<'quota'>): void => {
    const [caller, limit] = limitOfCaller(request, quota)
    const calls = count(caller, Date.now())
    if (request.actor.tokenKey)
      reply.headers({ 'ratelimit-limit': limit, 'ratelimit-remaining': Math.max(0, limit - calls) })
    if (calls > limit) {
      reply.header('retry-after', 60)
      throw new Failure(429, 'too-many-requests', '请求太频繁，请一分钟后再试')
    }
  }

  app.addHook('onResponse', (request, reply, done) => {
    const { tokenKey } = request.actor ?? {}
    if (tokenKey) use?.(tokenKey, reply.statusCode >= 400, plainAddress(request.ip))
    done()
  })
}
