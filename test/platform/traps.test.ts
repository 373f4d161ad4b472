import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import postgres from 'postgres'
import { notifyUnprovenReceipt } from '../../src/areas/packaged-food/operations/notify-unproven-receipt.ts'
import { kinds } from '../../src/catalogue.ts'
import { gathering } from '../../src/gathering.ts'
import type { Kind } from '../../src/language/index.ts'
import { seal, verifyLedger } from '../../src/ledger/index.ts'
import { ledgerSources } from '../../src/ledger-sources.ts'
import { publicActor } from '../../src/platform/access/actor.ts'
import { reach } from '../../src/platform/access/reach.ts'
import { follow, replay } from '../../src/platform/feed/follow.ts'
import { oneOfFew } from '../../src/platform/store/create.ts'
import { list, requireFew } from '../../src/platform/store/list.ts'
import { openStore } from '../../src/platform/store/store.ts'
import { testKeyring } from '../keys.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'

let laws: LawTown

before(async () => {
  laws = await openLawTown()
})
after(() => laws.town.server.close())

const byName = new Map(kinds.map((kind) => [kind.name, kind]))
const kindOf = (name: string): Kind => byName.get(name) as Kind

test('history says the same instants whatever the time zone of the session that wrote it', async () => {
  const { server, factory } = laws.town
  const images = []
  for (const TimeZone of ['UTC', 'Asia/Shanghai', 'America/St_Johns']) {
    const sql = postgres(server.databaseUrl, { max: 1, onnotice: () => {}, connection: { TimeZone } })
    const actor = {
      ...publicActor,
      role: 'enterprise' as const,
      userId: 'x',
      ownerId: factory.ownerId,
      region: '450204',
    }
    const store = openStore(sql, byName, actor, new Date('2026-11-02T00:00:00Z'), await testKeyring())
    const { row } = await store.create(kindOf('retained-sample'), laws.valid(kindOf('retained-sample')))
    const [change] = await sql<{ image: Record<string, unknown> }[]>`select image from change where id = ${row.id}`
    images.push([change?.image.takenAt, change?.image.createdAt])
    await sql.end()
  }
  assert.deepEqual(images[1], images[0])
  assert.deepEqual(images[2], images[0])
  assert.equal(images[0]?.[0], '2026-11-02T07:20:00.000Z')
})

test('an amount stands in history to its last digit, as text', async () => {
  const amount = { value: '123456789012.123456', unit: 'KGM' }
  const receipt = laws.valid(kindOf('material-receipt')) as { lots: Record<string, unknown>[] }
  const lots = [{ ...receipt.lots[0], quantity: amount }]
  const { body } = await laws.town.factory.call('POST', '/api/v1/records/material-receipt', { ...receipt, lots })
  const sample = { ...laws.valid(kindOf('retained-sample')), amount: { value: '999.999999', unit: 'GRM' } }
  const { body: kept } = await laws.town.factory.call('POST', '/api/v1/records/retained-sample', sample)
  const images = await laws.town.server.sql<{ id: string; text: string }[]>`
    select id, image::text as text from change where id in (${String(body.id)}, ${String(kept.id)})`
  assert.match(images.find((each) => each.id === body.id)?.text ?? '', /"123456789012\.123456"/)
  assert.match(images.find((each) => each.id === kept.id)?.text ?? '', /"999\.999999"/)
})

test('whoever writes a row past the store, in its own SQL, is in the history all the same', async () => {
  const { sql } = laws.town.server
  const { body } = await laws.town.factory.call('POST', '/api/v1/records/retained-sample', {
    ...laws.valid(kindOf('retained-sample')),
  })
  const id = String(body.id)
  const count = async () =>
    (await sql<{ n: number }[]>`select count(*)::int as n from change where id = ${id}`)[0]?.n ?? 0
  const before = await count()
  const written = await sql.begin(async (tx) => {
    await tx`select set_config('shisu.actor', '{"name":"示例"}', true)`
    return tx`update retained_sample set taker = '示例改名', version = version + 1 where id = ${id} returning id`
  })
  assert.equal(written.length, 1)
  assert.equal(await count(), before + 1)
  const [last] = await sql<{ image: { taker: string } }[]>`
    select image from change where id = ${id} order by version desc limit 1`
  assert.equal(last?.image.taker, '示例改名')
  await sql`update retained_sample set taker = '示例再改', version = version + 1 where id = ${id}`
  assert.equal(await count(), before + 2, 'also where the session says no actor')
})

test('what comes while a few are written goes together as soon as they are as many, and never in a third call', async () => {
  const calls: { size: number; end: () => void }[] = []
  const write = gathering<number, number>(
    (items) => new Promise((done) => calls.push({ size: items.length, end: () => done(items) })),
    { most: 64, beside: oneOfFew(4) },
  )
  const [pool, answered] = [{}, [] as number[]]
  let asked = 0
  const come = async (count: number) => {
    for (let n = 0; n < count; n++) write(pool, 'line', asked++).then((item) => answered.push(item))
    await setImmediate()
    await setImmediate()
  }
  const sizes = () => calls.map(({ size }) => size)
  await come(3)
  await come(2)
  assert.deepEqual(sizes(), [3], 'two wait beside three')
  await come(1)
  assert.deepEqual(sizes(), [3, 3], 'three go beside three')
  await come(8)
  assert.deepEqual(sizes(), [3, 3], 'no third')
  calls[1]?.end()
  await setImmediate()
  assert.deepEqual(
    [sizes(), answered],
    [
      [3, 3, 8],
      [3, 4, 5],
    ],
    'the later call may be answered first',
  )
  calls[0]?.end()
  await come(20)
  assert.deepEqual(sizes(), [3, 3, 8], 'nothing goes beside more than a few')
  calls[2]?.end()
  await setImmediate()
  assert.deepEqual(sizes(), [3, 3, 8, 20])
  calls[3]?.end()
  await setImmediate()
  assert.equal(answered.length, asked)
})

test('one id sent with several contents at the same moment is one record, and nobody is told another’s content', async () => {
  const { server, factory } = laws.town
  const kind = kindOf('morning-check')
  const id = crypto.randomUUID()
  const sent = Array.from({ length: 6 }, (_, n) => ({ ...laws.valid(kind), id, checker: `示例检查员 ${n % 3}` }))
  const answers = await Promise.all(sent.map((each) => factory.call('POST', '/api/v1/records/morning-check', each)))
  assert.equal(answers.filter(({ status }) => status === 201).length, 1)
  for (const [n, { status, body }] of answers.entries())
    if (status < 300) assert.equal(body.checker, sent[n]?.checker)
    else assert.equal(status, 409)
  const rows = await server.sql<{ checker: string }[]>`select checker from morning_check where id = ${id}`
  assert.deepEqual(
    rows.map(({ checker }) => checker),
    [answers.find(({ status }) => status === 201)?.body.checker],
  )
})

test('nobody is told of a record before it is committed: what the commit refuses is not there, and not said to be', async () => {
  const { server, factory } = laws.town
  const { sql } = server
  await sql.unsafe(`
    create function refuse_late() returns trigger language plpgsql as
      $$ begin if new.taker = '示例拒绝' then raise exception 'late'; end if; return null; end $$;
    create constraint trigger refuse_late after insert on retained_sample deferrable initially deferred
      for each row execute function refuse_late()`)
  const kind = kindOf('retained-sample')
  const send = (taker: string) => ({ ...laws.valid(kind), id: crypto.randomUUID(), taker })
  const sent = ['示例甲', '示例拒绝', '示例乙', '示例拒绝', '示例丙', '示例丁'].map(send)
  const answers = await Promise.all(sent.map((each) => factory.call('POST', `/api/v1/records/${kind.name}`, each)))
  await sql`drop trigger refuse_late on retained_sample`
  const stored = await sql<{ id: string }[]>`select id from retained_sample where id = any(${sent.map(({ id }) => id)})`
  const there = new Set(stored.map(({ id }) => id))
  for (const [at, { status }] of answers.entries()) assert.equal(status === 201, there.has(sent[at]?.id ?? ''))
  assert.ok(sent.every(({ id, taker }) => taker !== '示例拒绝' || !there.has(id)))
  const again = await factory.call('POST', `/api/v1/records/${kind.name}`, sent[0])
  assert.ok([200, 201].includes(again.status), 'whoever was refused with others sends it again')
})

test('a search shows every match once, in order and counted, whether all records have the word, a few old ones or none', async () => {
  const { server, factory } = laws.town
  const { sql } = server
  const rows = 2_300
  await sql`alter table morning_check disable trigger all`
  await sql`
    insert into morning_check (owner_id, id, region, day, person, checked_at, symptom, hands, result, checker, created_at,
      updated_at, search)
    select ${factory.ownerId}, gen_random_uuid(), '450204', date '2026-11-01' - n / 3, '示例员工', now(), 'none', 'clean', 'fit',
      '示例', now(), now(), case when n < ${rows - 30} then '''频词''' else '''频词'' ''稀词''' end::tsvector
    from generate_series(0, ${rows - 1}) n`
  await sql`alter table morning_check enable trigger all`
  type Page = { items: { id: string }[]; next: string | null; total: number; totalCapped: boolean }
  const found = async (query: string) => {
    const ids: string[] = []
    const totals = new Set<string>()
    for (let after: string | null = ''; after !== null; ) {
      const path: string = `/api/v1/records/morning-check?limit=200&${query}${after && `&after=${after}`}`
      const { body } = await factory.call<Page>('GET', path)
      ids.push(...body.items.map(({ id }) => id))
      totals.add(`${body.totalCapped ? 'more than ' : ''}${body.total}`)
      after = body.next
    }
    return { ids, totals: [...totals].join() }
  }
  const stored = async (word: string, by: string) =>
    (
      await sql<{ id: string }[]>`
        select id from morning_check where owner_id = ${factory.ownerId} and search @@ ${`'${word}'`}::tsquery
        order by ${sql.unsafe(by)}`
    ).map(({ id }) => id)
  for (const [query, by] of [
    ['', 'day desc, id desc'],
    ['&sort=day', 'day, id'],
    ['&sort=checkedAt', 'checked_at, id'],
  ] as const) {
    const common = await found(`q=频词${query}`)
    assert.deepEqual(common.ids, await stored('频词', by))
    assert.equal(common.totals, 'more than 2000')
    assert.deepEqual(await found(`q=稀词${query}`), { ids: await stored('稀词', by), totals: '30' })
    assert.deepEqual(await found(`q=无词${query}`), { ids: [], totals: '0' })
  }
  const narrowed = await found('q=稀词&hands=not-clean')
  assert.deepEqual(narrowed, { ids: [], totals: '0' })
  const ordered = (most: number) =>
    requireFew(sql, 'select from morning_check t where t.owner_id = $1', [factory.ownerId], '晨检时间', most)
  await ordered(200_000)
  await assert.rejects(ordered(2000), /超过 2000 条，不能按“晨检时间”排序，请先筛选/)
  await sql`delete from morning_check where checker = '示例' and owner_id = ${factory.ownerId}`
})

test('a list in an order that no index has counts its rows once, for the refusal and for what it shows', async () => {
  const { server, factory } = laws.town
  const kind = kindOf('retained-sample')
  for (let n = 0; n < 3; n++) await laws.made(kind)
  const asked: string[] = []
  const unsafe = (text: string, ...more: never[]) => {
    asked.push(text)
    return server.sql.unsafe(text, ...more)
  }
  const spied = new Proxy(server.sql, { get: (of, name) => (name === 'unsafe' ? unsafe : Reflect.get(of, name)) })
  const within = reach({ ...publicActor, role: 'enterprise', ownerId: factory.ownerId }, kind, 'read')
  const [stored] = await server.sql`select count(*)::int as n from retained_sample where owner_id = ${factory.ownerId}`
  for (const sort of ['meal', '-id', undefined]) {
    asked.length = 0
    const page = await list(spied, await testKeyring(), kind, within, { filters: {}, sort, limit: 2 })
    assert.deepEqual([page.items.length, page.total, page.totalCapped], [2, stored?.n, false])
    assert.equal(asked.filter((text) => text.includes('count(*)')).length, 1, sort)
  }
})

test('a column that comes later is no false alarm of the log: what was sealed is read as it was written', async () => {
  const { sql } = laws.town.server
  const sources = ledgerSources()
  await laws.made(kindOf('retained-sample'))
  while ((await seal(sql, sources)) > 0);
  assert.deepEqual((await verifyLedger(sql, sources)).findings, [])
  await sql`alter table retained_sample add column came_later text`
  try {
    await laws.made(kindOf('retained-sample'))
    while ((await seal(sql, sources)) > 0);
    assert.deepEqual((await verifyLedger(sql, sources)).findings, [])
  } finally {
    await sql`alter table retained_sample drop column came_later`
  }
})

test('nothing in the platform sends NOTIFY: it would take a lock that every commit waits for', () => {
  for (const folder of ['src', 'migrations'])
    for (const file of readdirSync(folder, { recursive: true, withFileTypes: true }))
      if (file.isFile() && /\.(ts|sql)$/.test(file.name))
        assert.doesNotMatch(
          readFileSync(join(file.parentPath, file.name), 'utf8'),
          /pg_notify\(|\bnotify\s+[a-z_]+\s*[;,]/i,
          file.name,
        )
})

test('a feed that is read again from its beginning says nothing twice', async () => {
  const { sql } = laws.town.server
  const receipt = laws.valid(kindOf('material-receipt')) as { lots: Record<string, unknown>[] }
  const lots = [{ ...receipt.lots[0], conformity: 'missing' }]
  await laws.town.factory.call('POST', '/api/v1/records/material-receipt', { ...receipt, lots })
  const follower = await follow(sql, [notifyUnprovenReceipt], { intervalMs: 3_600_000, onError: () => {} })
  const count = async () =>
    (await sql<{ n: number }[]>`select count(*)::int as n from notice where kind = 'material-receipt'`)[0]?.n
  const settle = async () => {
    for (let i = 0; i < 200 && (await count()) === 0; i++) {
      await follower.catchUp()
      await new Promise((done) => setTimeout(done, 100))
    }
  }
  await settle()
  const before = await count()
  assert.ok(before && before > 0)
  await replay(sql, notifyUnprovenReceipt.name)
  await follower.catchUp()
  assert.equal(await count(), before)
  await follower.stop()
})

test('what refers to a record is shown with it, as far as the reader may see', async () => {
  const { neighbour, city, otherCounty } = laws.town
  const path = `/api/v1/records/subject/${neighbour.ownerId}/referrers`
  await laws.made(kindOf('material-receipt'))
  await laws.made(kindOf('complaint'))
  const seen = async (person: typeof city) =>
    (await person.call<{ items: { kind: string }[] }>('GET', path)).body.items.map((item) => item.kind)
  assert.ok((await seen(city)).includes('material-receipt'))
  assert.ok((await seen(city)).includes('complaint'))
  const { items } = (await city.call<{ items: Record<string, unknown>[] }>('GET', path)).body
  const receipts = items.find((item) => item.kind === 'material-receipt')
  assert.equal(receipts?.fieldTitle, '供应商')
  assert.ok(Number(receipts?.count) >= 1 && receipts?.countCapped === false)
  // The receipt lies in another county than the supplier that it names.
  assert.ok(!(await seen(otherCounty)).includes('material-receipt'))
})

test('[A8.6.3.b] who opened a record of personal data is told to its owner and the city, and to nobody else', async () => {
  const { factory, city, county, otherCounty, neighbour } = laws.town
  const { id, ownerId } = await laws.made(kindOf('practitioner'))
  const path = `/api/v1/records/practitioner/${id}`
  const owner = ownerId === factory.ownerId ? factory : neighbour
  const other = owner === factory ? neighbour : factory
  assert.equal((await city.call('GET', path)).status, 200)
  for (const person of [owner, city]) {
    const { status, body } = await person.call<{ items: { times: number; ownerTitle: string }[] }>(
      'GET',
      `${path}/readers`,
    )
    assert.equal(status, 200, JSON.stringify(body))
    assert.ok(body.items.some((each) => each.times >= 1))
  }
  for (const person of [county, otherCounty, other])
    assert.ok([403, 404].includes((await person.call('GET', `${path}/readers`)).status))
  const open = await laws.made(kindOf('catalogue-entry'))
  assert.equal((await city.call('GET', `/api/v1/records/catalogue-entry/${open.id}/readers`)).status, 404)
})

test('[B6.3] how many points failed is counted by the database and cannot be typed', async () => {
  const point = { section: '留样', point: '留样量', weight: 'key' }
  const answers = [
    { ...point, verdict: 'failed', note: '不足' },
    { ...point, verdict: 'passed' },
    { ...point, verdict: 'failed', note: '未冷藏' },
  ]
  const input = { ...laws.valid(kindOf('inspection')), answers, result: 'rectify', rectifyBy: '2026-12-01' }
  const { body } = await laws.town.county.call('POST', '/api/v1/records/inspection', input)
  assert.equal(body.failedPoints, 2)
  const typed = await laws.town.county.call<{ problems: { at: string }[] }>('POST', '/api/v1/records/inspection', {
    ...input,
    failedPoints: 0,
  })
  assert.equal(typed.body.problems[0]?.at, '/failedPoints')
})
