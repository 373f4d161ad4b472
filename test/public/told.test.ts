import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import Fastify, { type FastifyInstance } from 'fastify'
import postgres, { type Sql } from 'postgres'
import { openSigner, seal, signCheckpoint } from '../../src/ledger/index.ts'
import { ledgerSources } from '../../src/ledger-sources.ts'
import { publicRoutes } from '../../src/public/index.ts'
import { checkStory, type StoryFile } from '../../src/standards/proof-file/story.ts'
import { formatVerifierKey } from '../../src/standards/tlog/index.ts'
import { type Codes, codes, issueCodes, openKeys } from '../../src/trace/codes/index.ts'
import { writeIlmd } from '../../src/trace/ilmd.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'
import { eventually } from '../eventually.ts'
import { addFirms, at, type Chain, capture, captureChain, gtin, lot, lotUri, ofLot } from './chain.ts'

const folder = mkdtempSync(join(tmpdir(), 'shisu-told-'))
const ledger = {
  signer: openSigner(join(folder, 'log.pem'), 'liuzhou.example/log', 'ed25519'),
  sources: ledgerSources(),
}
const now = new Date('2026-11-20T15:00:00Z')
const path = `/verify/01/${gtin}/10/${lot}`
let database: FreshDatabase
let shoppers: Sql
let sealers: Sql
let app: FastifyInstance
let firms: Chain
let book: Codes

before(async () => {
  database = await freshDatabase()
  firms = await addFirms(database.sql)
  await captureChain(database.sql, firms)
  // The public entrance's own database role: it has no way to any other salt.
  shoppers = postgres(database.url, {
    max: 2,
    connection: { role: 'shisu_public', TimeZone: 'UTC' },
    onnotice: () => {},
  })
  sealers = postgres(database.url, { max: 2, connection: { role: 'shisu_web', TimeZone: 'UTC' }, onnotice: () => {} })
  app = Fastify()
  book = codes(await openKeys(database.sql))
  publicRoutes(app, { sql: shoppers, clock: () => now, codes: book, ledger })
  await app.ready()
  await sealAll()
})
after(async () => {
  await app.close()
  await Promise.all([shoppers.end(), sealers.end()])
  await database.close()
  rmSync(folder, { recursive: true, force: true })
})

async function sealAll(): Promise<void> {
  await seal(sealers, ledger.sources)
  await signCheckpoint(sealers, ledger.signer, now)
}

/** What the page brings to be checked, once it is in the log. */
async function fileOf(): Promise<StoryFile> {
  let text = ''
  // What is told names the events that are sealed by then: the first look after a new one may be told again with the next.
  for (let look = 0; look < 4 && !text; look++) {
    const { body } = await app.inject(path)
    text = /<pre id="file">(.*?)<\/pre>/s.exec(body)?.[1] ?? ''
    if (!text) assert.match(body, /正在写入日志/)
    await sealAll()
  }
  const entities: Record<string, string> = { quot: '"', '#39': "'", lt: '<', gt: '>', amp: '&' }
  return JSON.parse(text.replace(/&(quot|#39|lt|gt|amp);/g, (_, name: string) => entities[name] ?? '')) as StoryFile
}
const check = async (file: unknown) =>
  checkStory(JSON.stringify(file), { log: await formatVerifierKey(ledger.signer), witnesses: [] })
const said = ({ points }: Awaited<ReturnType<typeof check>>) =>
  points.map(({ held, text }) => `${held} ${text}`).join('\n')

test('[E4.1] [D4.1.1] what a shopper is told of a lot is in the log in these words, with every event that it rests on', async () => {
  const file = await fileOf()
  const whole = await check(file)
  assert.ok(whole.ok, said(whole))
  assert.match(said(whole), /true 它依据的 [1-9]\d* 条环节记录，每一条都在同一份日志里/)
  assert.match(said(whole), /null 关于这一批，平台先后有过 1 种说法/)
  assert.match(said(whole), /null 没有证明的：/)
  assert.equal(whole.told?.lot, lot)
  assert.equal(JSON.parse(file.entry).use, 'public')

  const bent = await check({ ...file, payload: file.payload?.replace('柳州螺蛳粉', '北海螺蛳粉') })
  assert.equal(bent.ok, false)
  assert.match(said(bent), /false 文件里的内容与存证时不一样/)
  assert.equal(bent.told, undefined, 'words that are not in the log are not shown as the log’s')
  const less = await check({ ...file, evidence: file.evidence.slice(1) })
  assert.equal(less.ok, false)
  assert.match(said(less), /false 它依据的 \d+ 条环节记录里，有 1 条不在日志里/)
  const swapped = file.evidence.map((each, n) => ({ ...each, proof: file.evidence[n - 1]?.proof ?? '' }))
  assert.equal((await check({ ...file, evidence: swapped })).ok, false)
})

test('the same words are told once, other words once more, and both stay', async () => {
  const count = async () =>
    Number((await database.sql`select count(*)::int as n from change where kind = 'lot-story'`)[0]?.n)
  await Promise.all([1, 2, 3].map(() => app.inject(path)))
  assert.equal(await count(), 1)
  await capture(database.sql, firms.maker, [
    at('2026-11-20T10:00:00+08:00', {
      action: 'OBSERVE',
      bizStep: 'inspecting',
      disposition: 'recalled',
      ...ofLot(lotUri),
    }),
  ])
  const file = await fileOf()
  assert.ok((await count()) >= 2)
  const later = await check(file)
  assert.match(said(later), /null 关于这一批，平台先后有过 [23] 种说法/)
  assert.equal(later.told?.halt?.kind, 'recalled')
})

test('a lot that nobody knows is not told of, and the public entrance opens no other leaf', async () => {
  assert.equal((await app.inject(`/verify/01/${gtin}/10/NONE`)).statusCode, 303)
  assert.equal((await app.inject('/verify/01/x')).statusCode, 303)
  const opened = await shoppers`select entry from generate_series(1, 200) n, told_leaf(n)`
  assert.ok(opened.length > 0 && opened.every(({ entry }) => JSON.parse(String(entry)).type === 'lot-story'))
  await assert.rejects(shoppers`select salt from ledger_leaf`, /permission denied/)
})

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers })

/** What a maker files of a product, reviewed by an authority; and its own file. */
async function fileProduct(code: string, state = 'filed'): Promise<string> {
  const id = randomUUID()
  const { maker } = firms
  await database.sql.begin(async (tx) => {
    await tx`select set_config('shisu.actor', '{"name":"示例"}', true)`
    await tx`insert into subject (owner_id, id, version, state, region, name, uscc, activity, licence_number, licence_until, address, gln, contact, phone, created_at, updated_at)
    values (${maker.id}, ${maker.id}, 1, 'active', ${maker.region}, '示例螺蛳粉厂甲', '91350200MA2YJ1XR9G', 'production', 'SC11464010500015', '2028-05-31',
      '柳南区示例路 8 号', '6901234500009', '示例联系人', '0772-0000000', now(), now()) on conflict do nothing`
    await tx`insert into product (owner_id, id, version, state, region, name, brand, gtin, food_class, net_content, net_content_unit,
      shelf_life_days, standard, process, origin, storage, ingredients, nutrition, suits, method, reminder, sales_area, created_at, updated_at)
    values (${maker.id}, ${id}, 1, ${state}, ${maker.region}, '柳州螺蛳粉（备案）', '备案牌', ${code}, '07', 300, 'GRM', 180, 'DBS45/034—2021', '分装', '广西柳州',
      '常温、干燥', '米粉、酸笋、花生', ${'能量 1520 kJ\n蛋白质 7.2 g'}, '一般人群', '煮 8 分钟', '含花生，过敏者慎食', 'country', now(), now())`
  })
  return id
}

test('[E5.2.3.e] [E5.2.3.b] a bag tells whom it suits, how to eat it, ingredients, storage, nutrition and reminder, and who makes it where under which licence', async () => {
  const code = '06901234567908'
  const filed = await fileProduct(code)
  const uri = `https://id.gs1.org/01/${code}/10/F1`
  await capture(database.sql, firms.maker, [
    at('2026-10-12T10:00:00+08:00', {
      action: 'ADD',
      bizStep: 'commissioning',
      ...ofLot(uri),
      ilmd: writeIlmd({ lotNumber: 'F1', productionDate: '2026-10-12', brand: '标签上的牌' }),
    }),
  ])
  const { body } = await get(`/01/${code}/10/F1`)
  const eating = [
    '一般人群',
    '煮 8 分钟',
    '米粉、酸笋、花生',
    '常温、干燥',
    '能量 1520 kJ',
    '含花生，过敏者慎食',
    'DBS45/034—2021',
  ]
  const maker = ['示例螺蛳粉厂甲', '柳南区示例路 8 号', 'SC11464010500015', '有效期到 2028-05-31']
  for (const told of [
    ...eating,
    ...maker,
    '柳州螺蛳粉（备案）',
    '07 方便食品',
    '300 g',
    '标签上的牌',
    '到 2027-04-10（180 天）',
  ])
    assert.ok(body.includes(told), told)
  assert.ok(!body.includes('备案牌'), 'what the lot says goes before what was filed')
  assert.ok(!body.includes('0772-0000000') && !body.includes('示例联系人'), 'no person and no phone')
  assert.ok(Buffer.byteLength(body) < 30 * 1024)
  // While a change waits for its review, what was reviewed still stands.
  await database.sql.begin(async (tx) => {
    await tx`select set_config('shisu.actor', '{"name":"示例"}', true)`
    await tx`update product set state = 'draft', version = 2, ingredients = '没有审核的配料' where id = ${filed}`
  })
  const again = Fastify()
  publicRoutes(again, { sql: shoppers, clock: () => now, codes: book, ledger })
  const later = (await again.inject(`/01/${code}/10/F1`)).body
  await again.close()
  assert.ok(later.includes('米粉、酸笋、花生') && !later.includes('没有审核的配料'))
})

test('[E5.3.5.a] a bar code alone tells what is filed of the product and asks for the lot; a filing that nobody reviewed tells nothing', async () => {
  const [code, waiting] = ['06901234567915', '06901234567922']
  await fileProduct(code)
  await fileProduct(waiting, 'submitted')
  const { statusCode, body, headers } = await get(`/01/${code}`)
  assert.equal(statusCode, 200)
  for (const told of ['还差批号', '柳州螺蛳粉（备案）', '米粉、酸笋、花生', `value="${code} "`])
    assert.ok(body.includes(told), told)
  assert.match(String(headers.link), /rel="linkset"/)
  const linkset = (await get(`/01/${code}`, { accept: 'application/linkset+json' })).json()
  assert.ok(linkset.linkset[0]['https://gs1.org/voc/pip'])
  assert.equal((await get(`/01/${code}?linkType=gs1:recipeInfo`)).statusCode, 404)
  assert.equal((await get(`/01/${waiting}`)).statusCode, 404)
})

test('[E5.2.4.c] the page tells when, how often and through what it was asked for and takes what a shopper thinks; looks are kept by day and channel', async () => {
  const order = await issueCodes(database.sql, {
    id: randomUUID(),
    ownerId: firms.maker.id,
    actorId: randomUUID(),
    gtin,
    lot: 'LOOKS',
    quantity: 2,
    at: now,
  })
  const [serial, other] = [...book.serialsOf(order)].flat()
  const agents: [string, string][] = [
    ['Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0', '微信扫码'],
    ['Mozilla/5.0 (Linux; Android 14) AlipayClient/10', '支付宝扫码'],
    ['Mozilla/5.0 (iPhone) QQ/9.0', 'QQ 扫码'],
    ['Mozilla/5.0 (X11)', '浏览器'],
    ['curl/8', '其他程序'],
  ]
  for (const [place, [agent, word]] of agents.entries()) {
    const { body } = await get(`/01/${gtin}/21/${serial}`, { 'user-agent': agent })
    const part = body.slice(body.indexOf('id="looks"'))
    for (const told of [word, `${place + 1} 次`, '/complain?code=']) assert.ok(part.includes(told), told)
  }
  await get(`/01/${gtin}/21/${other}`, { 'user-agent': 'Mozilla/5.0 MicroMessenger/8.0' })
  const days = () => database.sql<{ channel: string; looks: number; firsts: number; day: string }[]>`
    select channel, looks::int, firsts::int, day::text from code_look_day where gtin = ${gtin} and lot = 'LOOKS' order by channel`
  let rows = await days()
  for (const until = Date.now() + 60_000; Date.now() < until && rows.reduce((sum, { looks }) => sum + looks, 0) < 6; ) {
    await new Promise((done) => setTimeout(done, 100))
    rows = await days()
  }
  assert.deepEqual(
    rows.map(({ channel, looks, firsts, day }) => [channel, looks, firsts, day]),
    [
      ['alipay', 1, 0, '2026-11-20'],
      ['browser', 1, 0, '2026-11-20'],
      ['program', 1, 0, '2026-11-20'],
      ['qq', 1, 0, '2026-11-20'],
      ['wechat', 2, 2, '2026-11-20'],
    ],
  )
})

test('a look that is being counted while the same code is looked at again is told neither twice nor not at all', async () => {
  const order = await issueCodes(database.sql, {
    id: randomUUID(),
    ownerId: firms.maker.id,
    actorId: randomUUID(),
    gtin,
    lot: 'WHILE',
    quantity: 1,
    at: now,
  })
  const [serial] = [...book.serialsOf(order)].flat()
  const look = async () => /查询次数<\/dt><dd>(\d+) 次/.exec((await get(`/01/${gtin}/21/${serial}`)).body)?.[1]
  const id = `https://id.gs1.org/01/${gtin}/21/${serial}`
  assert.equal(await look(), '1')
  await eventually(async () => (await database.sql`select from code_scan where id = ${id}`).length === 1)
  const [second, third] = await database.sql.begin(async (tx) => {
    await tx`select from code_scan where id = ${id} for update`
    const second = await look()
    const held = () => database.sql`
      select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%code_scan%'`
    await eventually(async () => (await held()).length === 1)
    return [second, look()] as const
  })
  assert.deepEqual([second, await third], ['2', '3'])
})
