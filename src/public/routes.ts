import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Sql } from 'postgres'
import { parseDigitalLink } from '../standards/digital-link/index.ts'
import { type Codes, type ScanCounter, scanCounter, tidySerial } from '../trace/codes/index.ts'
import { type Ask, type Stories, type Story, stories } from '../trace/index.ts'
import type { Mode } from './page.ts'
import { searchPage, verdictPage } from './search-page.ts'
import { storyPage } from './story-page.ts'
import { policy } from './style.ts'
import { readTyped } from './typed.ts'
import { unknownCode, type Verdict, verdictOf } from './verdict.ts'

/** What the shoppers' pages stand on. */
export type PublicHouse = { sql: Sql; clock: () => Date; codes: Codes }

type Shop = PublicHouse & { stories: Stories; counter: ScanCounter }

/**
 * The shoppers' side: `/01/…` (a lot's or a thing's page; JSON on request), `/scan` (search box), and, where asked for,
 * `/` as the same search box. No login, no cookie, no script. Stops its counter with the application.
 */
export function publicRoutes(app: FastifyInstance, house: PublicHouse, { home = false } = {}): void {
  const shop: Shop = { ...house, stories: stories(house.codes), counter: scanCounter(house.sql) }
  // A second of counts is not worth a shutdown that fails.
  app.addHook('onClose', () => shop.counter.stop().catch((err) => app.log.error({ err }, 'scan counts lost')))
  app.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => {
      request.log.error({ err: error, requestId: request.id }, 'defect')
      return answer(request, reply.code(500), defect, '')
    })
    scope.get('/01/*', (request, reply) => show(shop, request, reply))
    scope.get('/scan', (request, reply) => search(shop, request, reply))
    if (home) scope.get('/', (request, reply) => search(shop, request, reply))
  })
}

async function show(shop: Shop, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const read = parseDigitalLink(pathOf(request))
  if (!read.ok) return answer(request, reply.code(400), malformed(read.problems[0]?.text), '')
  const of = (ai: string) => read.value.qualifiers.find((qualifier) => qualifier.ai === ai)?.value
  const ask: Ask = { gtin: read.value.value.padStart(14, '0'), lot: of('10'), serial: of('21') }
  if (ask.lot === undefined && ask.serial === undefined) return answer(request, reply.code(404), onlyProduct, ask.gtin)
  const story = await shop.stories.story(shop.sql, ask)
  if (story === undefined) return answer(request, reply.code(404), unknownCode, typedOf(ask))
  const now = shop.clock()
  const counted = withScans(shop.counter, story, now)
  if (request.method === 'GET') shop.counter.note(story.id, now)
  const verdict = verdictOf(counted, now)
  headers(reply)
  if (wantsJson(request)) return reply.send({ verdict, story: counted, asOf: now })
  return reply.type('text/html; charset=utf-8').send(storyPage(counted, verdict, now, modeOf(request)))
}

function search(shop: Shop, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { code } = request.query as Record<string, unknown>
  const mode = modeOf(request)
  headers(reply)
  if (typeof code !== 'string') return reply.type('text/html; charset=utf-8').send(searchPage(mode))
  const typed = readTyped(
    code,
    (gtin, text) => shop.codes.indexesOf(gtin.padStart(14, '0'), tidySerial(text)).length > 0,
  )
  if (typed.ok) return reply.redirect(mode.big ? `${typed.path}?big=1` : typed.path, 303)
  return reply
    .code(400)
    .type('text/html; charset=utf-8')
    .send(searchPage(mode, code.slice(0, 300), typed.text))
}

/** What the database has counted, what waits to be written, and this look. */
function withScans(counter: ScanCounter, story: Story, now: Date): Story {
  const pending = counter.pending(story.id)
  const count = (story.scans?.count ?? 0) + (pending?.scans ?? 0) + 1
  return { ...story, scans: { count, firstAt: story.scans?.firstAt ?? pending?.firstAt ?? now } }
}

const pathOf = (request: FastifyRequest) => (request.raw.url ?? '').split(/[?#]/, 1)[0] ?? ''

function modeOf(request: FastifyRequest): Mode {
  const big = (request.query as Record<string, unknown>).big === '1'
  return { big, other: big ? pathOf(request) : `${pathOf(request)}?big=1` }
}

const typedOf = ({ gtin, lot, serial }: Ask) => `${gtin} ${serial ?? lot ?? ''}`.trim()

const wantsJson = ({ headers: { accept } }: FastifyRequest) =>
  accept?.includes('application/json') === true && !accept.includes('text/html')

/** A recall must show with the next look, so nothing between us and the shopper may keep a page. */
function headers(reply: FastifyReply): void {
  reply.headers({
    'content-security-policy': policy,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    vary: 'accept',
  })
}

function answer(request: FastifyRequest, reply: FastifyReply, verdict: Verdict, typed: string): FastifyReply {
  headers(reply)
  if (wantsJson(request)) return reply.send({ verdict })
  return reply.type('text/html; charset=utf-8').send(verdictPage(verdict, typed, modeOf(request)))
}

const malformed = (reason = '这个网址里没有完整的追溯码'): Verdict => ({
  ...unknownCode,
  word: '码不正确',
  sentence: `${reason}。`,
  advice: '请对照包装再扫一次，或把码上的文字填在下面。',
})

const onlyProduct: Verdict = {
  ...unknownCode,
  word: '还差批号',
  sentence: '这个码只说明是哪种商品，没有批号或序列号，查不到这一批的记录。',
  advice: '请在商品条码后面空一格，填上包装上的批号。',
}

const defect: Verdict = {
  ...unknownCode,
  word: '暂时查不了',
  sentence: '系统出了故障，请过几分钟再查。',
  advice: '这不说明食品有没有问题。',
}
