import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import Fastify, { type FastifyInstance } from 'fastify'
import postgres, { type Sql } from 'postgres'
import { openSigner } from '../../src/ledger/index.ts'
import { publicRoutes } from '../../src/public/index.ts'
import { lookJson } from '../../src/public/story-json.ts'
import { unknownCode, verdictOf } from '../../src/public/verdict.ts'
import { type Codes, codes, issueCodes, openKeys } from '../../src/trace/codes/index.ts'
import { writeIlmd } from '../../src/trace/ilmd.ts'
import type { Story } from '../../src/trace/index.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'
import { addFirms, at, type Chain, capture, captureChain, gtin, lot, master, ofLot } from './chain.ts'
import { shopperLines } from './role.ts'

let database: FreshDatabase
let shoppers: Sql
let app: FastifyInstance
let book: Codes
let firms: Chain
const ledger = {
  signer: openSigner(join(mkdtempSync(join(tmpdir(), 'shisu-public-log-')), 'log.pem'), 'example/log', 'ed25519'),
  sources: [],
}
let now = new Date('2026-11-20T15:00:00Z')

before(async () => {
  database = await freshDatabase()
  book = codes(await openKeys(database.sql))
  firms = await addFirms(database.sql)
  await captureChain(database.sql, firms)
  // The shoppers' own database role: what it cannot read, no page can show.
  shoppers = postgres(database.url, { max: 4, connection: { role: 'shisu_public' }, onnotice: () => {} })
  app = Fastify({ routerOptions: { maxParamLength: 4000, ignoreTrailingSlash: true } })
  publicRoutes(app, { sql: shoppers, clock: () => now, codes: book, ledger }, { home: true })
  await app.ready()
})
after(async () => {
  await app.close()
  await shoppers.end()
  await database.close()
})

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers })
const json = async (url: string) => (await get(url, { accept: 'application/json' })).json()
const uriOf = (name: string) => `https://id.gs1.org/01/${gtin}/10/${name}`
const page = (name: string) => `/01/${gtin}/10/${name}`

async function issue(quantity = 10, of = lot): Promise<string[]> {
  const order = await issueCodes(database.sql, {
    id: randomUUID(),
    ownerId: firms.maker.id,
    actorId: randomUUID(),
    gtin,
    lot: of,
    quantity,
    at: now,
  })
  return [...book.serialsOf(order)].flat()
}

/** A lot by itself, commissioned by the maker, and what happened to it. */
async function addLot(name: string, ilmd: object = {}, happened: object[] = [], by = firms.maker): Promise<void> {
  await capture(database.sql, firms.maker, [
    at('2026-10-12T10:00:00+08:00', { action: 'ADD', bizStep: 'commissioning', ...ofLot(uriOf(name)), ilmd }),
  ])
  if (happened.length > 0) await capture(database.sql, by, happened)
}
const of = (name: string, time: string, rest: object) =>
  at(time, { action: 'OBSERVE', ...ofLot(uriOf(name), 1), ...rest })

test('[E5.2.1] [E5.2.3.d] [E5.3.5.a] the scanned bag tells name, brand, content, size, category, process, lot, dates, origin, sales area, price, shelf life and report', async () => {
  const [serial] = await issue()
  const answer = await get(`/01/${gtin}/21/${serial}`)
  assert.equal(answer.statusCode, 200)
  assert.match(answer.headers['content-type'] as string, /^text\/html/)
  for (const told of [
    '<h1>',
    '正常',
    '柳州螺蛳粉（原味）',
    '07 方便食品',
    '2026-10-12',
    '广西柳州',
    '全国',
    '12.80 元',
    '180 天',
    '2027-04-10',
    '出厂检验 2026-1013',
    'DBS45/034',
    '300 g',
    '示例牌',
    '300 g × 24 袋',
    '非油炸，热风干燥',
    '示例螺蛳粉厂甲',
    lot,
    '是真码，首次被查',
  ])
    assert.ok(answer.body.includes(told), told)
})

test('the report that an inspection names is shown, and the latest inspection decides', async () => {
  await addLot('I1', {}, [
    of('I1', '2026-10-13T10:00:00+08:00', {
      bizStep: 'inspecting',
      disposition: 'conformant',
      'shisu:inspectionReport': '报告甲',
    }),
  ])
  assert.ok((await get(page('I1'))).body.includes('报告甲'))
  await capture(database.sql, firms.maker, [
    of('I1', '2026-10-14T10:00:00+08:00', { bizStep: 'inspecting', disposition: 'non_conformant' }),
  ])
  const { verdict, story } = await json(page('I1'))
  assert.equal(verdict.code, 'held')
  assert.equal(story.inspection.result, 'failed')
})

test('[D4.1.3] the way is told in order: materials in, made, inspected, shipped, stored, on the shelf', async () => {
  const { story } = await json(page(lot))
  assert.deepEqual(
    story.steps.map((step: { text: string }) => step.text),
    [
      '干米粉、酸笋、螺蛳 3 批原料进厂',
      '示例螺蛳粉厂甲生产、包装',
      '检验合格，放行',
      '装箱',
      '从示例螺蛳粉厂甲发往示例仓储乙',
      '入库：示例仓储乙',
      '示例超市丙上架',
    ],
  )
})

test('a pallet’s SSCC tells which lots are in it and where it has been, and nothing of their quantity', async () => {
  const sscc = '106901234567890012'
  const { statusCode, body } = await get(`/00/${sscc}`)
  assert.equal(statusCode, 200)
  for (const told of [sscc, '柳州螺蛳粉（原味）', `href="/01/${gtin}/10/${lot}"`, '2026-10-15'.slice(5, 7)])
    assert.ok(body.includes(told), told)
  assert.ok(!body.includes('480'))
  const { unit } = JSON.parse((await get(`/00/${sscc}`, { accept: 'application/json' })).body) as {
    unit: { lots: unknown[]; steps: { text: string }[] }
  }
  assert.deepEqual(unit.lots, [{ gtin, lot, name: '柳州螺蛳粉（原味）' }])
  assert.ok(unit.steps.length > 1, JSON.stringify(unit.steps))
  assert.equal((await get('/00/106901234567890029')).statusCode, 404)
  assert.equal((await get('/00/106901234567890019')).statusCode, 400)
})

test('what was not declared is said', async () => {
  const { body } = await get(page(lot))
  assert.ok(body.includes('酸笋的产地：供应商没有申报。'))
  await addLot('BARE')
  const bare = await get(page('BARE'))
  assert.ok(bare.body.includes('产品名称、产品类别、生产日期、原产地、销售区域、零售价、保质期：企业没有申报。'))
  assert.ok(bare.body.includes('检验报告：企业没有提供。'))
})

test('a recall shows with the very next look, and stays through later events of the goods', async () => {
  await addLot('R1', writeIlmd({ ...master, lotNumber: 'R1' }))
  assert.equal((await json(page('R1'))).verdict.word, '正常')
  await capture(database.sql, firms.maker, [of('R1', '2026-11-15T10:00:00+08:00', { disposition: 'recalled' })])
  const recalled = await get(page('R1'))
  assert.ok(recalled.body.includes('已召回') && recalled.body.includes('请不要食用'))
  assert.ok(!recalled.body.includes('正常'))
  await capture(database.sql, firms.shop, [
    of('R1', '2026-11-16T10:00:00+08:00', { bizStep: 'stocking', disposition: 'sellable_accessible' }),
  ])
  assert.equal((await json(page('R1'))).verdict.code, 'recalled')
})

test('a recall of the lot reaches each serial of it, issued or commissioned', async () => {
  const [issued] = await issue(1, 'R2')
  const commissioned = `https://id.gs1.org/01/${gtin}/21/EXTERNAL1`
  await addLot('R2')
  await capture(database.sql, firms.maker, [
    at('2026-10-12T11:00:00+08:00', {
      action: 'ADD',
      bizStep: 'commissioning',
      epcList: [commissioned],
      ilmd: writeIlmd({ lotNumber: 'R2' }),
    }),
  ])
  const words = async () => [
    (await json(`/01/${gtin}/21/${issued}`)).verdict.code,
    (await json(`/01/${gtin}/21/EXTERNAL1`)).verdict.code,
  ]
  assert.deepEqual(await words(), ['normal', 'normal'])
  await capture(database.sql, firms.authority, [of('R2', '2026-11-15T10:00:00+08:00', { disposition: 'recalled' })])
  assert.deepEqual(await words(), ['recalled', 'recalled'])
})

test('a recall of one serial touches neither its lot nor its neighbours', async () => {
  const [one, other] = await issue(2, lot)
  await capture(database.sql, firms.maker, [
    at('2026-11-15T10:00:00+08:00', {
      action: 'OBSERVE',
      disposition: 'recalled',
      epcList: [`https://id.gs1.org/01/${gtin}/21/${one}`],
    }),
  ])
  assert.equal((await json(`/01/${gtin}/21/${one}`)).verdict.code, 'recalled')
  assert.equal((await json(`/01/${gtin}/21/${other}`)).verdict.code, 'normal')
  assert.equal((await json(page(lot))).verdict.code, 'normal')
})

test("a stranger's recall or hold changes nothing; an authority's counts", async () => {
  await addLot('R3', {}, [of('R3', '2026-11-15T10:00:00+08:00', { disposition: 'recalled' })], firms.shop)
  assert.equal((await json(page('R3'))).verdict.code, 'normal')
  await addLot('R4', {}, [of('R4', '2026-11-15T10:00:00+08:00', { bizStep: 'holding' })], firms.shop)
  assert.equal((await json(page('R4'))).verdict.code, 'normal')
  await capture(database.sql, firms.authority, [of('R4', '2026-11-16T10:00:00+08:00', { bizStep: 'holding' })])
  assert.equal((await json(page('R4'))).verdict.code, 'held')
})

test('a hold is shown and ends when its author finds the goods fit', async () => {
  await addLot('H1', {}, [of('H1', '2026-11-15T10:00:00+08:00', { bizStep: 'holding' })])
  assert.ok((await get(page('H1'))).body.includes('已暂停销售'))
  await capture(database.sql, firms.shop, [of('H1', '2026-11-16T10:00:00+08:00', { disposition: 'conformant' })])
  assert.equal((await json(page('H1'))).verdict.code, 'held')
  await capture(database.sql, firms.maker, [
    of('H1', '2026-11-17T10:00:00+08:00', { bizStep: 'inspecting', disposition: 'conformant' }),
  ])
  assert.equal((await json(page('H1'))).verdict.code, 'normal')
})

test('a recall recorded in error and declared so is gone at once', async () => {
  const mistake = {
    ...of('R5', '2026-11-15T10:00:00+08:00', { disposition: 'recalled' }),
    eventID: `urn:uuid:${randomUUID()}`,
  }
  await addLot('R5', {}, [mistake])
  assert.equal((await json(page('R5'))).verdict.code, 'recalled')
  await capture(database.sql, firms.maker, [
    { ...mistake, errorDeclaration: { declarationTime: '2026-11-16T10:00:00+08:00', reason: 'did_not_occur' } },
  ])
  assert.equal((await json(page('R5'))).verdict.code, 'normal')
})

test('the last day of the shelf life is still good, the next legal day is not', async () => {
  await addLot('E1', writeIlmd({ expiryDate: '2026-11-20' }))
  now = new Date('2026-11-20T15:59:59Z')
  assert.equal((await json(page('E1'))).verdict.code, 'normal')
  assert.ok((await get(page('E1'))).body.includes('今天到期'))
  now = new Date('2026-11-20T16:00:00Z')
  assert.equal((await json(page('E1'))).verdict.code, 'expired')
  now = new Date('2026-11-20T15:00:00Z')
  await addLot('E2', writeIlmd({ productionDate: '2026-10-01', shelfLifeDays: '20' }))
  assert.equal((await json(page('E2'))).verdict.code, 'expired')
})

test('[E4.6] a code issued before anything was recorded is genuine, and nothing more is claimed', async () => {
  const [serial] = await issue(1, 'EMPTY')
  const { verdict, story } = await json(`/01/${gtin}/21/${serial}`)
  assert.equal(verdict.word, '暂无记录')
  assert.equal(story.genuine, 'issued')
  assert.equal((await json(page('EMPTY'))).verdict.word, '暂无记录')
})

test('[E4.6] unissued, unheard-of and mismatched codes answer 404 with a page that says so', async () => {
  const [serial] = await issue()
  for (const url of [
    `/01/${gtin}/21/7YENE6J5P8WDXA`,
    `/01/${gtin}/21/x`,
    page('NOSUCHLOT'),
    `/01/06901234567885/21/${serial}`,
    `/01/${gtin}/10/R1/21/${serial}`,
    `/01/${gtin}/10/${lot}/21/7YENE6J5P8WDXA`,
  ]) {
    const answer = await get(url)
    assert.equal(answer.statusCode, 404, url)
    assert.ok(answer.body.includes('查无此码'), url)
  }
  assert.equal((await get(`/01/${gtin}`)).statusCode, 404)
  const [{ n }] = (await database.sql`select count(*)::int as n from code_scan where id like '%NOSUCH%'`) as [
    { n: number },
  ]
  assert.equal(n, 0)
})

test('lot and serial together, further identifiers and small letters lead to the same thing', async () => {
  const [serial = ''] = await issue()
  for (const url of [
    `/01/${gtin}/10/${lot}/21/${serial}`,
    `/01/${gtin}/22/2A/10/${lot}/21/${serial}?17=270410&utm=x`,
    `/01/${gtin.slice(1)}/21/${serial}/`,
    `/01/${gtin}/21/${serial.toLowerCase()}`,
  ]) {
    const answer = await get(url, { accept: 'application/json' })
    assert.equal(answer.statusCode, 200, url)
    assert.equal(answer.json().story.serial, serial, url)
  }
})

test('malformed paths are answered in Chinese, never with a 500', async () => {
  for (const url of [
    '/01/06901234567893/10/X',
    '/01/123/10/X',
    `/01/${gtin}/10/`,
    `/01/${gtin}/99/X`,
    '/01//',
    '/01/%00',
    `/01/${gtin}/10/%00`,
    `/01/${gtin}/10/${'x'.repeat(21)}`,
    `/01/${gtin}/10/${'x'.repeat(3000)}`,
    `/01/${gtin}/10/%E6%89%B9`,
    `/01/${gtin}/10/a%20b`,
    `/01/${gtin}/21/a/10/b`,
    `/01/../../etc/passwd`,
    `/01/${gtin}/10/..%2f..%2fetc`,
  ]) {
    const answer = await get(url)
    assert.ok(answer.statusCode === 400 || answer.statusCode === 404, `${answer.statusCode} ${url}`)
  }
})

test('text from events and addresses never becomes markup', async () => {
  const evil = '<script>alert(1)</script>"\'&'
  await database.sql`update owner set title = ${`坏${evil}`} where id = ${firms.warehouse.id}`
  await addLot(
    'X1',
    writeIlmd({ ...master, lotNumber: 'X1', productName: evil, originPlace: evil, inspectionReport: evil }),
    [of('X1', '2026-10-20T10:00:00+08:00', { bizStep: 'storing' })],
    firms.warehouse,
  )
  const bodies = [
    (await get(page('X1'))).body,
    (await get(page('%3Cscript%3E'))).body,
    (await get(`/01/${gtin}/21/%22%3E%3Cb%3E`)).body,
    (await get(`/scan?code=${encodeURIComponent(evil)}`)).body,
  ]
  for (const body of bodies) {
    assert.ok(!body.includes('<script') && !body.includes('<b>') && !body.includes('"\'&'), body)
  }
  assert.ok(bodies[0]?.includes('&lt;script&gt;'))
})

test('the page is small, allows nothing but its own style, and is kept by nobody', async () => {
  const { body, headers } = await get(page(lot))
  assert.ok(Buffer.byteLength(body) < 30 * 1024)
  assert.match(body, /<html lang="zh-CN">/)
  assert.ok(!/<script|<img|<link|style=|onclick/.test(body))
  assert.match(headers['content-security-policy'] as string, /^default-src 'none'; style-src 'sha256-/)
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(headers['x-content-type-options'], 'nosniff')
})

test('nothing that is not for the public is told: no quantity, no identifier of an owner, event or order', async () => {
  const [serial] = await issue()
  for (const url of [page(lot), `/01/${gtin}/21/${serial}`]) {
    const told = JSON.stringify(await json(url)) + (await get(url)).body
    for (const hidden of ['8420', '480', 'urn:uuid', 'ni:///', ...Object.values(firms).map((firm) => firm.id)]) {
      assert.ok(!told.includes(hidden), hidden)
    }
  }
})

test('JSON on request is the same answer; HEAD answers like GET and counts nothing', async () => {
  const [serial] = await issue()
  const url = `/01/${gtin}/21/${serial}`
  const head = await app.inject({ method: 'HEAD', url })
  assert.equal(head.statusCode, 200)
  assert.equal(head.body, '')
  const { verdict, story, asOf } = await json(url)
  assert.equal(verdict.code, 'normal')
  assert.equal(story.scans.count, 1)
  assert.equal(asOf, now.toISOString())
  assert.match(
    (await get(url, { accept: 'text/html,application/json;q=0.9' })).headers['content-type'] as string,
    /html/,
  )
  assert.match((await get(url, { accept: 'application/json' })).headers.vary as string, /accept/)
})

test('looks are counted beside the page and written in one statement, in several processes at once', async () => {
  const [serial] = await issue()
  const url = `/01/${gtin}/21/${serial}`
  const other = Fastify()
  publicRoutes(other, { sql: shoppers, clock: () => now, codes: book, ledger })
  await Promise.all(Array.from({ length: 30 }, (_, i) => (i % 3 ? app : other).inject(url)))
  await other.close()
  for (const until = Date.now() + 60_000; Date.now() < until; ) {
    const [row] = await database.sql`select scans::int from code_scan where id like ${`%${serial}`}`
    if (row?.scans === 30) break
    await new Promise((done) => setTimeout(done, 100))
  }
  const [row] = await database.sql`select scans::int, first_at from code_scan where id like ${`%${serial}`}`
  assert.equal(row?.scans, 30)
  assert.equal(row?.first_at.toISOString(), now.toISOString())
  assert.ok((await get(url)).body.includes('被查过 31 次'))
})

test('[C6.9.3] the search box leads to the page, whatever form was typed, and never to another site', async () => {
  const [serial = ''] = await issue()
  const cases: [string, string][] = [
    [`https://elsewhere.example/01/${gtin}/10/${lot}?x=1`, page(lot)],
    [`elsewhere.example/01/${gtin}/10/${lot}`, page(lot)],
    [`  /01/${gtin}/21/${serial} `, `/01/${gtin}/21/${serial}`],
    [`(01)${gtin}(10)${lot}`, page(lot)],
    [`(01)${gtin}(17)270410(21)${serial}`, `/01/${gtin}/21/${serial}`],
    [`01${gtin}1727041010${lot}\u001d21${serial}`, `/01/${gtin}/10/${lot}/21/${serial}`],
    [`${gtin} ${lot}`, page(lot)],
    [`${gtin.slice(1)} ${lot}`, page(lot)],
    [`${gtin} ${serial}`, `/01/${gtin}/21/${serial}`],
    [`urn:epc:class:lgtin:6901234.056789.${lot}`, page(lot)],
  ]
  for (const [typed, path] of cases) {
    const answer = await get(`/scan?code=${encodeURIComponent(typed)}`)
    assert.equal(answer.statusCode, 303, typed)
    assert.equal(answer.headers.location, path, typed)
  }
  assert.equal((await get(`/scan?big=1&code=${gtin}%20${lot}`)).headers.location, `${page(lot)}?big=1`)
  for (const typed of [
    '',
    'foo',
    gtin,
    '//evil.example',
    'javascript:alert(1)',
    'https://evil.example/',
    '码'.repeat(400),
    `${gtin} a b`,
  ]) {
    const answer = await get(`/scan?code=${encodeURIComponent(typed)}`)
    assert.equal(answer.statusCode, 400, typed)
    assert.ok(answer.body.includes('class="error"'), typed)
  }
  assert.equal((await get('/scan?code=a&code=b')).statusCode, 200)
})

test('the elder mode enlarges the same page and stays on', async () => {
  const { body } = await get(`${page(lot)}?big=1`)
  assert.match(body, /<html lang="zh-CN" class="big">/)
  assert.ok(body.includes(`href="${page(lot)}"`) && body.includes('href="/scan?big=1"'))
  assert.ok((await get('/?big=1')).body.includes('name="big" value="1"'))
})

for (const [line, holds] of shopperLines)
  test(`[role 6] the shopper’s page: ${line}`, async () => {
    if (!(await json(page('ROLE6'))).story?.product.name) {
      await addLot('ROLE6', writeIlmd({ ...master, expiryDate: '2027-05-01' }))
      await addLot('ROLE6-OLD', writeIlmd({ expiryDate: '2026-11-01' }))
      await addLot('ROLE6-BACK', {}, [of('ROLE6-BACK', '2026-11-02T10:00:00+08:00', { disposition: 'recalled' })])
    }
    const bodyOf = async (name: string, query = '') => (await get(page(name) + query)).body
    await holds({
      normal: await bodyOf('ROLE6'),
      big: await bodyOf('ROLE6', '?big=1'),
      recalled: await bodyOf('ROLE6-BACK'),
      expired: await bodyOf('ROLE6-OLD'),
      unknown: (await get(`/01/${gtin}/21/YYYYYYYYYYYYYY`)).body,
    })
  })

test('a database that is away gives a page that says so, and no clue of what broke', async () => {
  const away = postgres('postgres://nobody@127.0.0.1:1/none', { max: 1, connect_timeout: 1 })
  const other = Fastify()
  publicRoutes(other, { sql: away, clock: () => now, codes: book, ledger })
  const answer = await other.inject(page(lot))
  assert.equal(answer.statusCode, 500)
  assert.ok(answer.body.includes('暂时查不了') && !answer.body.includes('ECONNREFUSED'))
  await other.close()
  await away.end()
})

test('the JSON of a look is to the letter what writing verdict and story whole gives, again for the next thing of the lot', () => {
  const at = new Date('2026-11-21T08:00:00Z')
  const lot = {
    product: { name: '“酸笋”\n\\ \u2028 "示例"', expiryDay: '2027-01-02', shelfLifeDays: 180, origin: undefined },
    inspection: { at, result: 'passed', report: '出厂 1' },
    materials: { count: 2, withoutOrigin: ['酸笋'] },
    halt: { kind: 'recalled', since: at, by: '示例厂' },
    steps: [{ kind: 'made', at, text: '生产、包装', detail: undefined }],
    filing: { name: '示例', maker: { name: '示例厂' } },
  } as const
  for (const serial of ['A"1', 'B2', undefined]) {
    const { filing, ...facts } = lot
    const story: Story = {
      id: `https://id.gs1.org/01/06901234567892/21/${serial}`,
      gtin: '06901234567892',
      lot: undefined,
      serial,
      recorded: true,
      wayOf: 'lot',
      scans: { count: 3, firstAt: at },
      ...facts,
      ...(serial !== 'B2' && { filing }),
    }
    for (const verdict of [verdictOf(story, at), unknownCode])
      assert.equal(lookJson(verdict, story, at), JSON.stringify({ verdict, story, asOf: at.toISOString() }))
  }
})
