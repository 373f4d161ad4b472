import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { tellSignals } from '../../src/areas/packaged-food/operations/tell-signals.ts'
import { administratorsOf } from '../access/visitor.ts'
import { type Person, personOf } from '../people.ts'
import { startServer, type TestServer } from '../server.ts'
import { capture, insertOwners, owners, serial as serialOf } from '../trace/chain.ts'

const bag = '06901000000301'
type Order = { id: string; serials: string[] }
type Account = Record<'ordered' | 'printed' | 'activated' | 'voided' | 'scanned' | 'unaccounted', number>

let server: TestServer
let factory: Person
let shop: Person
let officer: Person

before(async () => {
  server = await startServer()
  await insertOwners(server.sql)
  factory = await personOf(server, owners.factory.id, 'enterprise', [])
  shop = await personOf(server, owners.shop.id, 'enterprise', [])
  officer = await personOf(server, owners.stranger.id, 'city', [])
})
after(() => server.close())

async function order(more: object = {}): Promise<Order> {
  const { status, body } = await factory.call<Order>('POST', '/api/v1/operations/issue-codes', {
    gtin: bag,
    lot: 'L1',
    quantity: 100,
    ...more,
  })
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

const mark = (id: string, body: object) => factory.call<Account>('POST', `/api/v1/code-orders/${id}/marks`, body)
const look = (path: string) => fetch(new URL(path, server.url))
const page = async (serial: string) => (await look(`/01/${bag}/21/${serial}`)).text()
const signalsOf = async (serial: string) => {
  const { body } = await factory.call<{ items: { id: string; reason: string }[] }>('GET', '/api/v1/code-signals')
  return body.items.filter(({ id }) => id === serialOf(bag, serial)).map(({ reason }) => reason)
}
/** What is noted beside a page is there a moment later. */
async function eventually<T>(read: () => Promise<T>, expected: T): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (JSON.stringify(await read()) === JSON.stringify(expected)) return
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  assert.deepEqual(await read(), expected)
}

test('[A6.5.b] [E5.3.2.b] codes are printed, activated and voided by ranges, and every one is accounted for', async () => {
  const { id, serials } = await order({ activation: 'needed' })
  await mark(id, { what: 'printed' })
  assert.match(await page(serials[5] ?? ''), /码有疑点.*还没有启用/s)
  await mark(id, { what: 'activated', from: 1, count: 60 })
  await mark(id, { what: 'activated', from: 51, count: 20 })
  assert.doesNotMatch(await page(serials[5] ?? ''), /还没有启用/)
  const { status, body } = await mark(id, { what: 'voided', from: 90, count: 11, reason: '印刷损坏' })
  assert.equal(status, 201)
  assert.match(await page(serials[95] ?? ''), /码有疑点.*作废/s)
  await page(serials[80] ?? '')
  await eventually(
    async () => (await factory.call<Account>('GET', `/api/v1/code-orders/${id}/account`)).body.scanned,
    3,
  )
  const { ordered, printed, activated, voided, unaccounted } = (
    await factory.call<Account>('GET', `/api/v1/code-orders/${id}/account`)
  ).body
  // 100 printed, 70 activated, 11 voided, one of the rest seen.
  assert.deepEqual(
    { ordered, printed, activated, voided, unaccounted },
    { ordered: 100, printed: 100, activated: 70, voided: 11, unaccounted: 18 },
  )
  assert.equal(body.voided, 11)
})

test('a mark outside the order, without a reason, or on what is void is refused', async () => {
  const { id } = await order()
  await mark(id, { what: 'voided', from: 1, count: 1, reason: '破损' })
  for (const [body, status, field] of [
    [{ what: 'activated', from: 1, count: 1 }, 409, undefined],
    [{ what: 'activated', from: 0, count: 1 }, 422, '/from'],
    [{ what: 'activated', from: 100, count: 2 }, 422, '/from'],
    [{ what: 'activated', from: 'x', count: 2 }, 422, '/from'],
    [{ what: 'voided', from: 1, count: 1 }, 422, '/reason'],
    [{ what: 'burnt' }, 422, '/what'],
  ] as const) {
    const answer = await factory.call<{ problems: { at: string }[] }>('POST', `/api/v1/code-orders/${id}/marks`, body)
    assert.deepEqual([answer.status, answer.body.problems?.[0]?.at], [status, field], JSON.stringify(body))
  }
  assert.equal((await shop.call('POST', `/api/v1/code-orders/${id}/marks`, { what: 'printed' })).status, 404)
})

test('[A6.5.b] [E5.2.3.a] units go into a case and cases onto a pallet, and the chain knows it', async () => {
  const { serials } = await order()
  const cases = await order({ gtin: '16901000000308', level: 'case', quantity: 2 })
  const pallet = await factory.call<{ ssccs: string[] }>('POST', '/api/v1/sscc-orders', {
    prefix: '6901000',
    quantity: 2,
  })
  assert.equal(pallet.status, 201)
  const sscc = pallet.body.ssccs[0] ?? ''
  assert.match(sscc, /^06901000\d{10}$/)
  const box = `(01)16901000000308(21)${cases.serials[0]}`
  const pack = (parent: string, children: string[], more: object = {}) =>
    factory.call<{ children: number; eventID: string; problems?: { at: string }[]; known: boolean }>(
      'POST',
      '/api/v1/operations/pack-codes',
      {
        act: 'pack',
        parent,
        children: children.join('\n'),
        ...more,
      },
    )
  const id = randomUUID()
  const first = await pack(
    box,
    serials.slice(0, 12).map((serial) => `${server.url}/01/${bag}/21/${serial}`),
    { id },
  )
  assert.deepEqual([first.status, first.body.children], [200, 12], JSON.stringify(first.body))
  assert.equal((await pack(sscc, [box])).status, 200)
  const { body } = await factory.call<{ nodes: { key: string }[] }>(
    'GET',
    `/api/v1/trace?direction=forward&id=${encodeURIComponent(serialOf(bag, serials[3] ?? ''))}`,
  )
  assert.ok(
    body.nodes.some(({ key }) => key === `https://id.gs1.org/00/${sscc}`),
    'a bag is followed to its pallet',
  )
  const ofLot = `/api/v1/trace?direction=forward&id=${encodeURIComponent(`https://id.gs1.org/01/${bag}/10/L1`)}`
  const followed = await factory.call<{ nodes: { key: string }[] }>('GET', ofLot)
  assert.ok(
    followed.body.nodes?.some(({ key }) => key === `https://id.gs1.org/00/${sscc}`),
    'and its lot',
  )
  for (const [parent, children, field] of [
    [box, [box], '/children'],
    [box, [], '/children'],
    [box, [`(01)${bag}(10)L1`], '/children'],
    ['nonsense', [`(01)${bag}(21)X`], '/parent'],
    [box, [`(01)${bag}(21)X`, `(01)${bag}(21)X`], '/children'],
  ] as const) {
    const refused = await pack(parent, [...children])
    assert.deepEqual([refused.status, refused.body.problems?.[0]?.at], [422, field])
  }
})

test('SSCCs have right check digits, are never given out twice, and a prefix is one owner’s', async () => {
  const of = (prefix: string, person = factory) =>
    person.call<{ id: string; ssccs: string[] }>('POST', '/api/v1/sscc-orders', { prefix, quantity: 3 })
  const [a, b] = [(await of('69010001')).body, (await of('69010001')).body]
  assert.equal(new Set([...a.ssccs, ...b.ssccs]).size, 6)
  for (const sscc of a.ssccs)
    assert.equal((await look(`/00/${sscc}?linkType=linkset`)).status, 404, 'a sound key, though nothing is known')
  assert.equal((await of('69010001', shop)).status, 409)
  assert.equal((await of('12345')).status, 422)
  assert.equal(
    (
      await (
        await fetch(`${server.url}/api/v1/sscc-orders/${a.id}/codes.txt`, {
          headers: { authorization: `Bearer ${factory.token}` },
        })
      ).text()
    ).split('\r\n').length,
    4,
  )
})

test('codes of another system are taken in by range, are known to be genuine, and never belong to two lots', async () => {
  const range = {
    gtin: '06901000000318',
    lot: 'X1',
    prefix: 'EX',
    width: 6,
    first: 100,
    last: 199,
    source: '示例追溯平台',
  }
  const add = (ranges: object[], person = factory) =>
    person.call<{ added: number; problems: { at: string }[] }>('POST', '/api/v1/code-ranges', { ranges })
  const added = await add([range, { ...range, prefix: 'ONE-7', width: 0, first: 0, last: 0 }])
  assert.deepEqual([added.status, added.body.added], [200, 2], JSON.stringify(added.body))
  for (const [serial, known] of [
    ['EX000150', true],
    ['ONE-7', true],
    ['EX000200', false],
    ['EX150', false],
  ] as const) {
    const answer = await look(`/01/06901000000318/21/${serial}`)
    assert.equal(answer.status, known ? 200 : 404, serial)
    if (known) assert.match(await answer.text(), /示例追溯平台赋的码/)
  }
  assert.equal((await add([{ ...range, first: 150, last: 300 }])).status, 409, 'ranges may not overlap')
  assert.equal((await add([{ ...range, prefix: 'OTHER' }], shop)).status, 409, 'nor may a product be another’s')
  for (const [change, field] of [
    [{ gtin: '06901000000319' }, 'gtin'],
    [{ lot: '批' }, 'lot'],
    [{ prefix: '前缀' }, 'prefix'],
    [{ width: 16 }, 'width'],
    [{ first: -1 }, 'first'],
    [{ last: 99 }, 'last'],
    [{ source: '' }, 'source'],
    [{ id: 'x' }, 'id'],
  ] as const) {
    const answer = await add([{ ...range, prefix: 'NEW', ...change }])
    assert.deepEqual([answer.status, answer.body.problems?.[0]?.at], [422, `/ranges/0/${field}`], field)
  }
})

test('printer files come in four forms, any bytes of them, and with a checksum', async () => {
  const { id, serials } = await order({ quantity: 1200, lot: 'P1' })
  const headers = { authorization: `Bearer ${factory.token}` }
  const lines = {
    csv: `1,${serials[0]},`,
    txt: 'http',
    elements: `(01)${bag}(21)${serials[0]}(10)P1`,
    fnc1: `01${bag}21${serials[0]}\x1d10P1`,
  }
  for (const [format, start] of Object.entries(lines)) {
    const path = `/api/v1/code-orders/${id}/file?format=${format}`
    const whole = await fetch(server.url + path, { headers })
    const bytes = Buffer.from(await whole.arrayBuffer())
    assert.equal(whole.headers.get('content-length'), String(bytes.length))
    const rows = bytes.toString().split('\r\n')
    assert.ok(rows[format === 'csv' ? 1 : 0]?.startsWith(start), rows[0])
    const { body } = await factory.call<{ bytes: number; sha256: string; lines: number }>(
      'GET',
      path.replace('/file', '/checksum'),
    )
    assert.deepEqual([body.bytes, body.sha256], [bytes.length, createHash('sha256').update(bytes).digest('hex')])
    for (const [from, to] of [
      [0, 10],
      [1, bytes.length],
      [777, 40_000],
      [bytes.length - 5, bytes.length],
      [100, 101],
    ] as const) {
      const end = Math.min(to, bytes.length)
      const part = await fetch(server.url + path, { headers: { ...headers, range: `bytes=${from}-${end - 1}` } })
      assert.equal(part.status, 206)
      assert.equal(part.headers.get('content-range'), `bytes ${from}-${end - 1}/${bytes.length}`)
      assert.ok(bytes.subarray(from, end).equals(Buffer.from(await part.arrayBuffer())), `${format} ${from}-${end}`)
    }
    const beyond = await fetch(server.url + path, { headers: { ...headers, range: `bytes=${bytes.length}-` } })
    assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, `bytes */${bytes.length}`])
    const changed = await fetch(server.url + path, {
      headers: { ...headers, range: 'bytes=5-9', 'if-range': '"other"' },
    })
    assert.equal(changed.status, 200, 'of another file the whole is sent')
    await changed.body?.cancel()
  }
  assert.equal((await factory.call('GET', `/api/v1/code-orders/${id}/file?format=exe`)).status, 422)
})

test('[E5.3.2.b] labels carry QR, DataMatrix or GS1-128, on A4 or on a roll', async () => {
  const { id, serials } = await order({ quantity: 4, lot: 'Q1' })
  for (const symbol of ['qr', 'datamatrix', 'gs1-128'])
    for (const paper of ['a4', symbol === 'gs1-128' ? 'roll-100x70' : 'roll-60x40']) {
      const answer = await fetch(`${server.url}/api/v1/code-orders/${id}/labels?symbol=${symbol}&paper=${paper}`, {
        headers: { authorization: `Bearer ${factory.token}` },
      })
      const text = await answer.text()
      assert.equal(answer.status, 200)
      assert.equal(text.split('<svg').length - 1, 4)
      assert.ok(serials.every((serial) => text.includes(serial)))
      assert.ok(text.includes(paper === 'a4' ? 'size:A4' : (/size:(60mm 40|100mm 70)mm/.exec(text)?.[0] ?? '-')))
    }
  for (const bad of ['symbol=aztec', 'paper=a5'])
    assert.equal((await factory.call('GET', `/api/v1/code-orders/${id}/labels?${bad}`)).status, 422)
})

test('a bar code is drawn with bars that a scanner reads: the lot is left out before they get too narrow, and no narrow label takes it', async () => {
  const long = await order({ quantity: 1, lot: 'A20261108-3' })
  const { body } = await factory.call<{ labels: { symbol: string; papers: { name: string; holdsLot: boolean }[] }[] }>(
    'GET',
    `/api/v1/code-orders/${long.id}`,
  )
  const told = new Map(body.labels.map(({ symbol, papers }) => [symbol, papers.map(({ name }) => name)]))
  assert.deepEqual(told.get('gs1-128'), ['a4', 'roll-100x70'], 'the order says on which paper there is room')
  assert.equal(told.get('qr')?.length, 4)
  const sheet = async (paper: string) => {
    const path = `/api/v1/code-orders/${long.id}/labels?symbol=gs1-128&paper=${paper}`
    const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${factory.token}` } })
    return { status: answer.status, text: await answer.text() }
  }
  for (const paper of ['a4', 'roll-100x70']) {
    const { status, text } = await sheet(paper)
    assert.equal(status, 200)
    assert.ok(text.includes(`<b>(01)${bag}(21)${long.serials[0]}</b>`), 'what the bar code says stands below it')
    assert.match(text, /不含批号/)
    const modules = Number(/viewBox="0 0 (\d+)/.exec(text)?.[1]) / 2
    const wide = Number(/svg\{width:(\d+)mm/.exec(text)?.[1])
    assert.ok(wide / modules >= 0.25, `${paper}: a module of ${wide / modules} mm`)
  }
  const { status, text } = await sheet('roll-40x30')
  assert.equal(status, 422)
  assert.match(text, /放不下 GS1-128 条码/)
})

test('one code in two far places at once, or in many towns, is a signal and shows on the page', async () => {
  const { serials } = await order({ lot: 'S1' })
  const [fast = '', many = ''] = serials
  await look(`/01/${bag}/21/${fast}?at=109.41,24.32`)
  await eventually(async () => (await server.sql`select from code_look where id = ${serialOf(bag, fast)}`).length, 1)
  await look(`/01/${bag}/21/${fast}?at=116.40,39.90`)
  await eventually(() => signalsOf(fast), ['speed'])
  assert.match(await page(fast), /可能被人复制/)
  for (const [day, place] of [
    [1, [109.4, 24.3]],
    [3, [108.3, 22.8]],
    [5, [110.3, 25.3]],
    [7, [109.6, 23.1]],
  ] as const)
    await server.sql`insert into code_look (id, at, by, lng, lat)
      values (${serialOf(bag, many)}, now() - make_interval(days => ${10 - day}), 'shopper', ${place[0]}, ${place[1]})`
  await look(`/01/${bag}/21/${many}?at=109.41,24.32`)
  await eventually(() => signalsOf(many), ['places'])
})

test('legal repeats raise nothing: a shelf, a family, an officer, the maker’s own trial', async () => {
  const { serials } = await order({ lot: 'S2', activation: 'needed', market: '4502' })
  const [shelf = '', family = '', checked = '', tried = ''] = serials
  const { body } = await factory.call<{ items: { id: string }[] }>('GET', '/api/v1/code-orders')
  await mark(body.items[0]?.id ?? '', { what: 'activated', from: 1, count: 3 })
  for (let i = 0; i < 60; i++) await look(`/01/${bag}/21/${shelf}?at=109.41${i % 10},24.32`)
  for (const at of ['109.41,24.32', '109.42,24.33', '109.60,24.40']) await look(`/01/${bag}/21/${family}?at=${at}`)
  for (const place of [
    { lng: 109.41, lat: 24.32 },
    { lng: 116.4, lat: 39.9 },
  ])
    await officer.call('POST', '/api/v1/looks', { code: `/01/${bag}/21/${checked}`, place })
  const trial = await factory.call<{ signals: [] }>('POST', '/api/v1/looks', { code: `/01/${bag}/21/${tried}` })
  assert.deepEqual([trial.status, trial.body.signals], [201, []])
  await eventually(async () => (await server.sql`select from code_look where id = ${serialOf(bag, shelf)}`).length, 60)
  for (const serial of [shelf, family, checked, tried]) assert.deepEqual(await signalsOf(serial), [], serial)
})

test('a code looked at too often, before activation, after voiding or destruction, or in another market is a signal', async () => {
  const { id, serials } = await order({ lot: 'S3', activation: 'needed', market: '4501' })
  const [early = '', voided = '', gone = '', often = '', abroad = ''] = serials
  await mark(id, { what: 'activated', from: 2, count: 99 })
  await mark(id, { what: 'voided', from: 2, count: 1, reason: '丢失' })
  await capture(server.sql, 'factory', [
    {
      type: 'ObjectEvent',
      eventTime: '2026-07-01T00:00:00Z',
      eventTimeZoneOffset: '+08:00',
      action: 'DELETE',
      bizStep: 'destroying',
      disposition: 'destroyed',
      epcList: [serialOf(bag, gone)],
    },
  ])
  await server.sql`insert into code_scan (id, first_at, last_at, scans) values (${serialOf(bag, often)}, now(), now(), 199)`
  for (const serial of [early, voided, gone, often]) await page(serial)
  await eventually(() => signalsOf(early), ['inactive'])
  await eventually(() => signalsOf(voided), ['void'])
  await eventually(() => signalsOf(gone), ['consumed'])
  await eventually(() => signalsOf(often), ['scans'])
  const seen = await shop.call<{ signals: { reason: string }[] }>('POST', '/api/v1/looks', {
    code: `/01/${bag}/21/${abroad}`,
  })
  assert.deepEqual(
    seen.body.signals.map(({ reason }) => reason),
    ['market'],
    'a shop of county 450204, outside 4501',
  )
  assert.equal((await officer.call<{ items: unknown[] }>('GET', '/api/v1/code-signals')).body.items.length >= 5, true)
  assert.deepEqual(
    (await shop.call<{ items: unknown[] }>('GET', '/api/v1/code-signals')).body.items,
    [],
    'nobody sees another’s',
  )
})

test('signals are put before the owner once, those alike in one notice', async () => {
  await tellSignals(server.sql, new Date())
  const notices = await server.sql<{ title: string; detail: string }[]>`
    select title, detail from notice where owner_id = ${owners.factory.id} and title like '疑似仿冒%'`
  assert.ok(notices.some(({ title }) => title.includes('没有激活的码')))
  assert.ok(notices.every(({ detail }) => detail.includes(bag)))
  await tellSignals(server.sql, new Date())
  const [again] = await server.sql`select count(*)::int as count from notice where title like '疑似仿冒%'`
  assert.equal(again?.count, notices.length)
})

test('[E4.4] [E5.3.5.b] a code is verified for those who work with goods, and what is unknown is said to be', async () => {
  const { serials } = await order({ lot: 'V1' })
  const verify = (code: string) => shop.call<Record<string, unknown>>('POST', '/api/v1/codes/verify', { code })
  const { body } = await verify(`(01)${bag}(21)${serials[0]}`)
  assert.deepEqual([body.known, body.genuine, body.lot], [true, 'issued', 'V1'])
  assert.equal((await verify(`(01)${bag}(21)NOTHING`)).body.known, false)
  assert.equal((await verify('nonsense')).status, 422)
  assert.equal((await verify(`(01)${bag}`)).status, 422)
})

test('a system administrator makes the next key, and nobody else', async () => {
  for (const person of [factory, officer])
    assert.equal((await person.call('POST', '/api/v1/code-keys/rotate')).status, 403)
  const { system } = await administratorsOf(server)
  const made = await system.call('POST', '/api/v1/code-keys/rotate')
  assert.deepEqual([made.status, made.body], [200, { version: 2 }])
})

type Signal = { id: string; reason: string; outcome: string | null; remark: string | null }
const listOf = async (person: Person) =>
  (await person.call<{ items: Signal[] }>('GET', '/api/v1/code-signals')).body.items

test('an officer looks into a signal: what is no copy is doubted no longer, what is one stays; each is said why', async () => {
  const { serials } = await order({ lot: 'ANSWERED' })
  const [fine = '', copied = ''] = serials
  const places = (serial: string) =>
    Promise.all(['109.41,24.32', '116.4,39.9'].map((at) => look(`/01/${bag}/21/${serial}?at=${at}`)))
  for (const serial of [fine, copied]) {
    await places(serial)
    await eventually(() => signalsOf(serial), ['speed'])
  }
  assert.match(await page(fine), /可能被人复制/)
  const answer = (person: Person, body: object) =>
    person.call<{ problems: { at: string }[] }>('POST', '/api/v1/code-signals/answers', body)
  const good = { id: serialOf(bag, fine), reason: 'speed', outcome: 'genuine', remark: '示例：检测员两地同时试扫' }
  assert.equal((await answer(factory, good)).status, 403, 'nobody clears its own goods')
  for (const [change, status, at] of [
    [{ outcome: 'maybe' }, 422, '/outcome'],
    [{ remark: '' }, 422, '/remark'],
    [{ reason: '' }, 422, '/reason'],
    [{ id: '' }, 422, '/id'],
    [{ id: serialOf(bag, 'NOSUCH') }, 404, undefined],
    [{ reason: 'places' }, 404, undefined],
  ] as const) {
    const refused = await answer(officer, { ...good, ...change })
    assert.deepEqual([refused.status, refused.body.problems[0]?.at], [status, at], JSON.stringify(change))
  }
  const elsewhere = await personOf(server, owners.shop.id, 'county', [])
  assert.equal((await answer(elsewhere, good)).status, 404, 'another district’s officer does not see it')
  assert.equal((await answer(officer, good)).status, 201)
  assert.equal((await answer(officer, { ...good, id: serialOf(bag, copied), outcome: 'copied' })).status, 201)
  assert.doesNotMatch(await page(fine), /可能被人复制/)
  assert.match(await page(copied), /可能被人复制/)
  const told = (await listOf(factory)).filter(({ id }) => [fine, copied].some((serial) => id === serialOf(bag, serial)))
  assert.deepEqual(told.map(({ outcome }) => outcome).sort(), ['copied', 'genuine'])
  assert.ok(told.every(({ remark }) => remark === good.remark))
  await places(fine)
  await look(`/01/${bag}/21/${fine}?at=87.6,43.8`)
  assert.doesNotMatch(await page(fine), /可能被人复制/, 'the same reason is not raised again')
})

test('[C6.6.3] looks are analysed by day, channel, product, kind of subject, region and place, against the time before and the year before, each for its own goods', async () => {
  type Analysis = {
    days: { day: string; looks: number; firsts: number }[]
    channels: { channel: string; looks: number }[]
    products: {
      gtin: string
      owner: string
      region: string
      looks: number
      before: number
      lastYear: number
      firsts: number
      codes: number
      seen: number
    }[]
    places: { lng: number; lat: number; looks: number }[]
    flows: unknown[]
  }
  const day = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
  const analysis = (person: Person) =>
    person.call<Analysis>('GET', `/api/v1/look-analysis?from=${day.slice(0, 4)}-01-01&to=${day}`)
  const scanned = '06901000000325'
  const { serials } = await order({ gtin: scanned, lot: 'SEEN', quantity: 4 })
  const agent = { 'user-agent': 'Mozilla/5.0 MicroMessenger/8.0' }
  for (const serial of [serials[0], serials[0], serials[1]])
    await fetch(new URL(`/01/${scanned}/21/${serial}?at=109.44,24.31`, server.url), { headers: agent })
  const product = (of: Analysis) => of.products.find(({ gtin }) => gtin === scanned)
  await eventually(async () => product((await analysis(factory)).body)?.looks, 3)
  const { body } = await analysis(factory)
  const { firsts, codes, seen, owner, region } = product(body) ?? {}
  assert.deepEqual([firsts, codes, seen, owner, region], [2, 4, 2, owners.factory.title, owners.factory.region])
  const { before, lastYear } = product(body) ?? {}
  assert.deepEqual([before, lastYear, Array.isArray(body.flows)], [0, 0, true])
  assert.equal(body.channels.find(({ channel }) => channel === 'wechat')?.looks, 3)
  assert.ok(body.days.some((one) => one.day === day && one.looks >= 3))
  await eventually(async () => (await analysis(factory)).body.places.find(({ lng }) => lng === 109.4)?.lat, 24.3)
  assert.ok(product((await analysis(officer)).body), 'the city sees its district’s')
  assert.deepEqual((await analysis(shop)).body.products, [], 'nobody sees another’s')
  for (const [query, at] of [
    ['from=yesterday', '/from'],
    ['to=2026-13-01', '/to'],
    ['from=2020-01-01', '/from'],
  ] as const) {
    const { status, body } = await factory.call<{ problems: { at: string }[] }>('GET', `/api/v1/look-analysis?${query}`)
    assert.deepEqual([status, body.problems[0]?.at], [422, at])
  }
})
