import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../failure.ts'
import { hearOut } from '../platform/http/hear-out.ts'
import type { Ledger } from '../platform/ledger/ledger.ts'
import { buildDigitalLink, canonicalStem } from '../standards/digital-link/index.ts'
import { gtinOfShort, type ScanCounter, scanCounter, tidySerial } from '../trace/codes/index.ts'
import { type Ask, type Filing, type Stories, type Story, stories, type UnitStory, unitStory } from '../trace/index.ts'
import { complainRoutes } from './complain.ts'
import { foreignPath } from './foreign.ts'
import { channelOf, lookNoter } from './looks.ts'
import type { Mode } from './page.ts'
import { privacyPage } from './privacy-page.ts'
import { productPage } from './product-page.ts'
import {
  answerLinks,
  asksLinks,
  description,
  linkHeaderOf,
  linksFor,
  openHeaders,
  originOf,
  type ResolverHouse,
  readLink,
} from './resolver.ts'
import { searchPage, verdictPage } from './search-page.ts'
import { storyCheckRoutes } from './story-check.ts'
import { lookJson } from './story-json.ts'
import { storyPage } from './story-page.ts'
import { policy } from './style.ts'
import { readTyped } from './typed.ts'
import { unitPage } from './unit-page.ts'
import { unknownCode, type Verdict, verdictOf } from './verdict.ts'

/** What the shoppers' pages stand on. */
export type PublicHouse = ResolverHouse & { ledger: Ledger }

type Shop = PublicHouse & { stories: Stories; counter: ScanCounter; look: ReturnType<typeof lookNoter> }

/** Primary keys besides the GTIN, whose links are named by their owners. */
const otherKeys = [
  '00',
  '253',
  '255',
  '401',
  '402',
  '414',
  '415',
  '417',
  '8003',
  '8004',
  '8006',
  '8010',
  '8013',
  '8017',
  '8018',
]

/**
 * The shoppers' side: `/01/…` (a lot's or a thing's page; JSON on request; its links as a GS1 resolver gives them), the
 * other GS1 keys, compressed and short links, `/scan` (search box), and, where asked for, `/` as the same search box. No
 * login, no cookie, no script. Stops its counter with the application.
 */
export function publicRoutes(app: FastifyInstance, house: PublicHouse, { home = false } = {}): void {
  const shop: Shop = {
    ...house,
    stories: stories(house.codes),
    counter: scanCounter(house.sql),
    look: lookNoter(house),
  }
  // A second of counts is not worth a shutdown that fails.
  app.addHook('onClose', () => shop.counter.stop().catch((err) => app.log.error({ err }, 'scan counts lost')))
  app.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => {
      const { status, text } = error instanceof Failure ? error : ofTheWire(error as FastifyError)
      if (status === 413) hearOut(request, reply)
      if (status < 500) return answer(request, reply.code(status), malformed(text), '')
      request.log.error({ err: error, requestId: request.id }, 'defect')
      return answer(request, reply.code(500), defect, '')
    })
    const keyed = ['/01/*', ...otherKeys.map((ai) => `/${ai}/*`), compressed]
    for (const path of keyed) scope.get(path, (request, reply) => show(shop, request, reply))
    for (const path of [...keyed, '/c/:code', '/.well-known/gs1resolver']) readOnly(scope, path)
    scope.get('/.well-known/gs1resolver', (request, reply) =>
      reply
        .headers(openHeaders)
        .type('application/json')
        .send(description(originOf(shop, request))),
    )
    scope.get('/c/:code', (request, reply) => short(shop, request, reply))
    scope.get('/privacy', (request, reply) => {
      headers(reply)
      return reply.type('text/html; charset=utf-8').send(privacyPage(modeOf(request)))
    })
    scope.get('/scan', (request, reply) => search(shop, request, reply))
    complainRoutes(scope, shop, headers)
    storyCheckRoutes(scope, shop)
    if (home) scope.get('/', (request, reply) => search(shop, request, reply))
  })
}

const resolverMethods = 'GET, HEAD, OPTIONS'

/** A resolver only answers: what else is asked of its paths is refused and told what they do (RFC 9110, 15.5.6). */
function readOnly(scope: FastifyInstance, url: string): void {
  scope.options(url, (_request, reply) => reply.code(204).headers(openHeaders).header('allow', resolverMethods).send())
  scope.route({
    method: ['POST', 'PUT', 'PATCH', 'DELETE'],
    url,
    onRequest: async (_request, reply) => {
      reply.header('allow', resolverMethods)
      throw new Failure(405, 'method', `这个网址只能用 ${resolverMethods}`)
    },
    handler: async () => undefined,
  })
}

/** What the HTTP layer refused (a form that is too large, of another type) is nobody's defect. */
function ofTheWire({ statusCode = 500 }: FastifyError): { status: number; text?: string } {
  return statusCode === 413
    ? { status: 413, text: '提交的内容太大，请减少照片或文字后再试' }
    : { status: statusCode, ...(statusCode < 500 && { text: '提交的内容读不懂，请返回上一页重新填写' }) }
}

/** A path of one segment that can be nothing but a compressed Digital Link: pages of the desk have small letters only. */
const compressed = '/:compressed(^[a-z-]*[A-Z0-9_][A-Za-z0-9_-]{7,300}$)'

async function show(shop: Shop, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const read = readLink(pathOf(request))
  if (!read.ok) return answer(request, reply.code(400), malformed(read.text), '')
  const { link, same } = read
  const of = (ai: string) => link.qualifiers.find((qualifier) => qualifier.ai === ai)?.value
  const ask: Ask = { gtin: link.value.padStart(14, '0'), lot: of('10'), serial: of('21') }
  const moment = shop.counter.moment()
  const isGoods = link.ai === '01' && (ask.lot !== undefined || ask.serial !== undefined)
  const story = isGoods ? await shop.stories.story(shop.sql, ask) : undefined
  const isProduct = link.ai === '01' && link.qualifiers.length === 0
  const filing = isProduct ? await shop.stories.filing(shop.sql, ask.gtin) : undefined
  const asked = asksLinks(request) ?? (story ? undefined : 'gs1:defaultLink')
  if (asked !== undefined) {
    const unit = await unitAsked(shop, link)
    const resolved = await linksFor(shop, originOf(shop, request), link, { story, filing, isUnit: unit !== undefined })
    headers(reply)
    if (resolved && asksLinks(request) === undefined && resolved.links[0]?.href === resolved.anchor) {
      const linked = reply.header('link', linkHeaderOf(resolved.anchor, same))
      if (filing) return answerProduct(request, linked, ask.gtin, filing)
      if (unit) return answerUnit(shop, request, linked, unit)
    }
    if (resolved && answerLinks(request, reply, asked, resolved, same)) return reply
    return answer(request, reply.code(404), link.ai === '01' && !isGoods ? onlyProduct : unknownCode, typedOf(ask))
  }
  if (story === undefined) return answer(request, reply.code(404), unknownCode, typedOf(ask))
  const now = shop.clock()
  const counted = await withScans(shop.counter, story, moment, now)
  if (request.method === 'GET') {
    const { id, gtin, lot = '', serial } = story
    shop.counter.note(id, now, { gtin, lot, channel: channelOf(request), serial: serial !== undefined })
    shop.look(request, counted, now)
  }
  const verdict = verdictOf(counted, now)
  headers(reply)
  const anchor = buildDigitalLink(
    { ai: link.ai, value: link.value, qualifiers: link.qualifiers },
    originOf(shop, request),
  )
  reply.header('link', linkHeaderOf(anchor, same))
  sendTogether(reply)
  // As text: no hook looks into what anybody may read.
  if (wantsJson(request)) return reply.type('application/json; charset=utf-8').send(lookJson(verdict, counted, now))
  const asking = channelOf(request)
  return reply.type('text/html; charset=utf-8').send(storyPage(counted, verdict, now, modeOf(request), asking))
}

function answerProduct(request: FastifyRequest, reply: FastifyReply, gtin: string, filing: Filing): FastifyReply {
  if (wantsJson(request)) return reply.send({ verdict: onlyProduct, gtin, filing })
  return reply.type('text/html; charset=utf-8').send(productPage(gtin, filing, onlyProduct, modeOf(request)))
}

type Unit = UnitStory & { sscc: string }

/** The case or pallet that is asked for by its SSCC and nothing else; its owner's own link goes before it. */
async function unitAsked(shop: Shop, { ai, value }: { ai: string; value: string }): Promise<Unit | undefined> {
  if (ai !== '00') return undefined
  const unit = await unitStory(shop.sql, `${canonicalStem}/00/${value}`)
  return unit && { sscc: value, ...unit }
}

function answerUnit(shop: Shop, request: FastifyRequest, reply: FastifyReply, unit: Unit): FastifyReply {
  const asOf = shop.clock()
  if (wantsJson(request)) return reply.send({ unit, asOf })
  return reply.type('text/html; charset=utf-8').send(unitPage(unit.sscc, unit, asOf, modeOf(request)))
}

/** `/c/{product}.{serial}`: the same code with fewer characters, for small labels. */
async function short(shop: Shop, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const [, no = '', serial = ''] =
    /^([1-9]\d{0,8})\.([0-9A-Za-z]{14})$/.exec((request.params as { code: string }).code) ?? []
  const gtin = no === '' ? undefined : await gtinOfShort(shop.sql, Number(no))
  if (gtin === undefined) return answer(request, reply.code(404), unknownCode, '')
  headers(reply)
  const path = buildDigitalLink({ ai: '01', value: gtin, qualifiers: [{ ai: '21', value: tidySerial(serial) }] }, '')
  return reply.code(307).header('location', path).send()
}

async function search(shop: Shop, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { code } = request.query as Record<string, unknown>
  const mode = modeOf(request)
  headers(reply)
  if (typeof code !== 'string') return reply.type('text/html; charset=utf-8').send(searchPage(mode))
  const typed = readTyped(
    code,
    (gtin, text) => shop.codes.indexesOf(gtin.padStart(14, '0'), tidySerial(text)).length > 0,
  )
  const path = typed.ok ? typed.path : code.length <= 300 ? await foreignPath(shop.sql, code) : undefined
  if (path !== undefined) return reply.redirect(mode.big ? `${path}?big=1` : path, 303)
  return reply
    .code(400)
    .type('text/html; charset=utf-8')
    .send(searchPage(mode, code.slice(0, 300), typed.ok ? undefined : typed.text))
}

/** The story with all looks that were counted, and this one. */
async function withScans(counter: ScanCounter, story: Story, moment: number, now: Date): Promise<Story> {
  const { scans: stored } = story
  const total = await counter.total(story.id, stored && { scans: stored.count, firstAt: stored.firstAt }, moment)
  return { ...story, scans: { count: (total?.scans ?? 0) + 1, firstAt: total?.firstAt ?? now } }
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
const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': policy,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  vary: 'accept, accept-language',
  ...openHeaders,
}

const headers = (reply: FastifyReply): unknown => reply.headers(pageHeaders)

/**
 * Sends the answer with all others that are made in this turn: what was read from the database together goes out together,
 * and a proxy beside us is woken once for all of them instead of once for each.
 */
function sendTogether({ raw: { socket } }: FastifyReply): void {
  if (socket === null) return
  socket.cork()
  process.nextTick(() => socket.uncork())
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
