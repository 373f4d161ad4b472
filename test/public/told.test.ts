import assert from 'node:assert/strict'
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
import { codes, openKeys } from '../../src/trace/codes/index.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'
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
  publicRoutes(app, { sql: shoppers, clock: () => now, codes: codes(await openKeys(database.sql)), ledger })
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
