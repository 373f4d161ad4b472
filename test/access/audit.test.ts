import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Sql } from 'postgres'
import postgres from 'postgres'
import { createAccount, createToken } from '../../src/platform/access/accounts.ts'
import { gatherWrites, sealAudit } from '../../src/platform/audit/gather.ts'
import { note } from '../../src/platform/audit/note.ts'
import { watchAudit } from '../../src/platform/audit/watch.ts'
import { openPolicies } from '../../src/platform/policy/policies.ts'
import { acts } from '../../src/web/access/acts.ts'
import { entryLines } from '../../src/web/access/audit-words.ts'
import { eventually } from '../eventually.ts'
import { morning as morningCheck } from '../morning.ts'
import { call, openTown, type Town } from '../people.ts'
import { type Administrators, administratorsOf, strong, visitor } from './visitor.ts'

let town: Town
let admins: Administrators
let sql: Sql

before(async () => {
  town = await openTown()
  admins = await administratorsOf(town.server)
  sql = town.server.sql
})
after(() => town.server.close())

type Page = {
  items: {
    act: string
    kind: string
    objectId: string
    actorName: string
    result: string
    address: string
    app: string
    detail: { version?: number }
  }[]
  next: string | null
  apps: string[]
}
const search = (query: string) => admins.audit.call<Page>('GET', `/api/v1/audit?${query}`)

async function morning(): Promise<string> {
  const { body } = await town.factory.call('POST', '/api/v1/records/morning-check', morningCheck)
  return String(body.id)
}

test('[B6.1] [D4.3.7.9] [E5.3.7.g] creation, change and voiding are found by who, kind and object, with what was before and after', async () => {
  const id = await morning()
  await town.factory.call('PATCH', `/api/v1/records/morning-check/${id}`, { version: 1, checker: '另一检查员' })
  await town.factory.call('POST', `/api/v1/records/morning-check/${id}/void`, { version: 2, reason: '填错了' })
  while ((await gatherWrites(sql)) > 0);
  const { body } = await search(`object=${id}`)
  assert.deepEqual(
    body.items.map((item) => item.act),
    ['void', 'change', 'create'],
  )
  assert.ok(
    body.items.every((item) => item.kind === 'morning-check' && item.actorName.startsWith('test') && item.address),
  )
  const compared = await admins.audit.call<{
    before: { checker: string }
    after: { checker: string; ownerId: string }
    kind: { fields: Record<string, { title: string }> }
    titles: Record<string, string>
  }>('GET', `/api/v1/audit/compare?kind=morning-check&id=${id}&version=2`)
  assert.deepEqual([compared.body.before.checker, compared.body.after.checker], ['示例检查员', '另一检查员'])
  assert.ok(compared.body.kind.fields.checker?.title, 'the desk says fields by their titles')
  assert.ok(compared.body.titles[compared.body.after.ownerId], 'and owners by their names')
  const make = async (kind: string, value: object) => {
    const made = await town.factory.call<{ id: string }>('POST', `/api/v1/records/${kind}`, value)
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return made.body.id
  }
  const site = await make('site', { name: '示例冷库', use: 'cold', address: '示例路 1 号', keeper: '示例人' })
  const device = await make('field-device', {
    code: 'AUDIT-1',
    name: '示例温度计',
    model: 'VEHICLERECORDER',
    protocol: 'jt808',
    identity: '13900000077',
    intervalSecond: 60,
    site,
  })
  while ((await gatherWrites(sql)) > 0);
  const referred = await admins.audit.call<{ titles: Record<string, string> }>(
    'GET',
    `/api/v1/audit/compare?kind=field-device&id=${device}&version=1`,
  )
  assert.equal(referred.body.titles[site], '示例冷库', 'and what a record refers to by its title')
})

test('the desk says an entry’s detail in words, and of a changed policy only what differs', () => {
  const fields = { idle: { type: 'number', title: '不操作分钟' }, hours: { type: 'number', title: '小时' } } as const
  const words = { titleOf: (kind: string) => kind, fields }
  const detail = { before: { idle: 60, hours: 12 }, after: { idle: 59, hours: 12 }, loosened: [], reason: '收紧' }
  assert.deepEqual(entryLines(detail, words), [
    ['不操作分钟', '60 → 59'],
    ['原因', '收紧'],
  ])
  assert.deepEqual(entryLines({ before: 'sandbox', after: 'live', subject: { position: 'city' } }, words), [
    ['之前', '沙箱'],
    ['之后', '在用'],
    ['申请内容 · 角色', '市级监管'],
  ])
})

test('each write is gathered once, also by two at the same moment', async () => {
  const id = await morning()
  await Promise.all([gatherWrites(sql), gatherWrites(sql), gatherWrites(sql)])
  await gatherWrites(sql)
  const rows = await sql`select 1 from audit where object_id = ${id} and act = 'create'`
  assert.equal(rows.length, 1)
})

test('a refusal is recorded with who, where and what was tried', async () => {
  const id = await morning()
  await town.neighbour.call('GET', `/api/v1/records/morning-check/${id}`)
  await eventually(async () => (await search(`object=${id}&result=refused`)).body.items.length > 0, 'the refusal')
  const { body } = await search(`object=${id}&result=refused`)
  assert.equal(body.items.length, 1)
  assert.equal(body.items[0]?.act, 'refusal')
})

test('pages of the desk follow each other without gap or repeat, within the span asked for', async () => {
  await sql`insert into audit (at, actor_name, act, result) select now() - n * interval '1 second', '示例翻页', 'paging', 'done' from generate_series(1, 130) n`
  const seen: string[] = []
  let after = ''
  for (let page = 0; page < 10; page++) {
    const { body } = await search(`act=paging&limit=25${after}`)
    seen.push(...body.items.map((item) => JSON.stringify(item)))
    if (!body.next) break
    after = `&after=${body.next}`
  }
  assert.equal(seen.length, 130)
  assert.equal(new Set(seen).size, 130)
  assert.equal((await search('act=paging&from=2020-01-01&to=2020-02-01')).body.items.length, 0)
  for (const bad of ['after=xyz', 'from=yesterday', 'actor=1', 'result=maybe', 'limit=1000'])
    assert.equal((await search(bad)).status, 422, bad)
})

test('rows of one millisecond follow each other over pages, none missed', async () => {
  const at = ['900', '500', '100'].map((micro) => `2026-03-01T04:05:06.123${micro}Z`)
  for (const [n, moment] of at.entries())
    await sql.unsafe(`insert into audit (at, actor_name, act, result, object_id)
      values ('${moment}', '示例', 'same-moment', 'done', '${n}')`)
  const seen: string[] = []
  for (let after: string | null = ''; after !== null; ) {
    const { body } = await search(`act=same-moment&from=2026-03-01&to=2026-03-01&limit=1&after=${after}`)
    seen.push(...body.items.map(({ objectId }) => objectId))
    after = body.next
  }
  assert.deepEqual(seen, ['0', '1', '2'])
})

test('a place or a span that no calendar has is refused at the desk in a sentence', async () => {
  const place = (text: string) => `after=${Buffer.from(text).toString('base64url')}`
  for (const query of [
    place('2026-11-20T00:00:00.000000Z 99999999999999999999'),
    place('2026-02-30T00:00:00.000000Z 1'),
    place('9999-99-99T99:99:99Z 1'),
    place('-------Z 1'),
    'from=0001-01-01',
    `from=${encodeURIComponent('+275760-09-13T00:00:00Z')}`,
    'to=-271821-04-20T00:00:00Z',
  ])
    assert.equal((await admins.audit.call('GET', `/api/v1/audit?${query}`)).status, 422, query)
})

test('[E5.4.d] only the audit administrator reads the store, and that it was searched is recorded', async () => {
  for (const person of [admins.system, admins.security])
    assert.equal((await person.call('GET', '/api/v1/audit')).status, 403)
  for (const person of [town.city, town.factory]) assert.equal((await person.call('GET', '/api/v1/audit')).status, 403)
  assert.equal((await call(town.server.url, undefined, 'GET', '/api/v1/audit')).status, 401)
  await search('act=void')
  const rows = await sql`select 1 from audit where act = 'search' and actor_id = ${admins.audit.id}`
  assert.ok(rows.length > 0)
})

test('a forged line in a name or a path does not become a line of its own', async () => {
  await visitor(town.server.url).signIn('a\nadmin signed in\u2028x', 'Wrong-123')
  const rows = await sql`select actor_name from audit where actor_name ~ E'[\\n\\r\\u2028]'`
  assert.equal(rows.length, 0)
})

test('[B6.1] digests of the store become leaves of the one ledger, and an altered row no longer fits its digest', async () => {
  await sql`alter table audit disable trigger audit_stays`
  await sql`update audit set at = at - interval '5 minutes'`
  // As the running platform does it: under the role that may add to the store and nothing else.
  const auditSql = postgres(town.server.databaseUrl, {
    max: 1,
    onnotice: () => {},
    connection: { role: 'shisu_audit' },
  })
  try {
    assert.ok((await sealAudit(auditSql, sql, '450200', new Date())) > 0)
    assert.equal(await sealAudit(auditSql, sql, '450200', new Date()), 0)
    // Cut off between digest and leaf: the next run makes up for it, once.
    await sql`insert into audit (at, actor_name, act, result) values (now() - interval '5 minutes', '示例', 'read', 'done')`
    const gone = postgres(town.server.databaseUrl, { max: 1 })
    await gone.end()
    await assert.rejects(sealAudit(auditSql, gone, '450200', new Date()))
    for (const _ of [1, 2]) assert.equal(await sealAudit(auditSql, sql, '450200', new Date()), 0)
    const unlike = await sql`
      select 1 from audit_batch b full join (select image from change where kind = 'audit-batch') c
        on c.image->>'upto' = b.upto::text and c.image->>'sha256' = encode(b.sha256, 'hex')
      where b.upto is null or c.image is null`
    assert.equal(unlike.length, 0)
  } finally {
    await auditSql.end()
  }
  const [batch] = await sql<
    { upto: string; sha256: string }[]
  >`select upto, encode(sha256, 'hex') as sha256 from audit_batch order by upto`
  const [leaf] = await sql<{ image: { sha256: string } }[]>`
    select image from change where kind = 'audit-batch' order by (image->>'upto')::bigint`
  assert.equal(leaf?.image.sha256, batch?.sha256)
  const digest = async () => {
    const rows = await sql<{ line: string }[]>`
      select concat_ws(E'\\x1f', id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), app, actor_id,
        actor_name, owner_id, act, object_kind, object_id, object_title, result, address, rows, detail::text) as line
      from audit where id <= ${batch?.upto ?? 0} order by id`
    const hash = createHash('sha256')
    for (const { line } of rows) hash.update(line).update('\n')
    return hash.digest('hex')
  }
  assert.equal(await digest(), batch?.sha256)
  await sql`update audit set actor_name = '别人' where id = (select min(id) from audit)`
  assert.notEqual(await digest(), batch?.sha256)
})

test('mass reading, odd hours and probing raise one alarm each an hour, which is answered once with a reason', async () => {
  const actor = { userId: admins.system.id, name: '示例可疑', ownerId: town.city.ownerId, ownerTitle: '示例局' }
  await note(sql, { actor, act: 'read', kind: 'x', rows: 5000, address: '192.0.2.1' })
  for (let n = 0; n < 30; n++)
    await note(sql, {
      actor,
      act: 'refusal',
      kind: 'x',
      id: String(n),
      result: 'refused',
      address: '192.0.2.1',
      detail: { status: '404' },
    })
  const policies = openPolicies(sql)
  assert.equal((await watchAudit(sql, policies, new Date())) >= 2, true)
  assert.equal(await watchAudit(sql, policies, new Date()), 0)
  const { body } = await admins.audit.call<{ items: { id: string; rule: string; actorName: string }[] }>(
    'GET',
    '/api/v1/audit/alarms',
  )
  const rules = body.items.filter((item) => item.actorName === '示例可疑').map((item) => item.rule)
  assert.deepEqual(rules.filter((rule) => rule !== 'odd-hours').sort(), ['mass-reading', 'probing'])
  const answer = (text: string) =>
    admins.audit.call('POST', `/api/v1/audit/alarms/${body.items[0]?.id}/answer`, { answer: text })
  assert.equal((await answer('')).status, 422)
  assert.equal((await answer('已核实')).status, 204)
  assert.equal((await answer('再来一次')).status, 404)
})

test('[C5.4.2.b] another application hands in its log under its own token, and cannot pass for this one', async () => {
  const id = await createAccount(
    sql,
    { ownerId: town.city.ownerId, login: 'log-app', name: '示例子系统', role: 'city', password: strong },
    new Date(),
  )
  const expiresAt = new Date(Date.now() + 3_600_000)
  const token = await createToken(sql, id, { name: '示例子系统', scopes: ['log'], expiresAt }, new Date())
  const send = (items: unknown, by = token) => call(town.server.url, by, 'POST', '/api/v1/audit/log', { items })
  assert.equal((await send([{ actor: '张', act: 'approve', kind: 'contract', objectId: 'C-1' }])).status, 201)
  assert.equal((await search('app=示例子系统')).body.items[0]?.objectId, 'C-1')
  assert.ok((await search('')).body.apps.includes('示例子系统'), 'the desk offers it as a filter')
  for (const bad of [
    [],
    'x',
    [{}],
    [{ actor: 'a', act: 'Bad Act' }],
    [{ actor: 'a', act: 'x', at: '2099-01-01' }],
    Array(501).fill({ actor: 'a', act: 'b2' }),
  ])
    assert.equal((await send(bad)).status, 422)
  const forged = '张三\r\n2026-01-01 安全管理员 批准\u2028\u202e假\u0007\u001b[2J'
  const hostile = { actor: forged, act: 'forge', kind: forged, objectId: forged, title: forged, address: forged }
  assert.equal((await send([hostile])).status, 201)
  const [told] = (await search('app=示例子系统&act=forge')).body.items
  assert.match(JSON.stringify(told), /张三/)
  assert.doesNotMatch(Object.values(told ?? {}).join(), /[\p{Cc}\p{Zl}\p{Zp}\u202e]/u, 'one entry is one line')
  for (const odd of [
    { detail: { 'a\u0000b': 'x' } },
    { detail: { note: 'x\u0000y' } },
    { title: '\ud800' },
    { detail: { note: '\ud800' } },
    { detail: { __proto__: null, constructor: 'x', app: '别的应用', token: 'x' } },
    { at: '0001-01-01T00:00:00Z' },
    { at: '-100000-01-01T00:00:00Z' },
    { app: '别的应用', ownerId: town.factory.ownerId },
  ]) {
    const { status, body } = await send([{ actor: 'a', act: 'odd', ...odd }])
    assert.ok([201, 422].includes(status), `${JSON.stringify(odd)}: ${status} ${JSON.stringify(body)}`)
  }
  assert.equal((await search('app=别的应用')).body.items.length, 0, 'no application speaks as another')
  assert.equal((await send([{ actor: 'a', act: 'b2' }], town.city.token)).status, 403)
  assert.equal((await call(town.server.url, token, 'GET', '/api/v1/records/subject')).status, 403, 'and reads nothing')
})

test('[D6.4.6] taking out many records of persons needs another’s consent, for that content, once', async () => {
  const login = `exporter-${Date.now()}`
  await createAccount(
    sql,
    { ownerId: town.city.ownerId, login, name: '示例导出人', role: 'city', password: strong },
    new Date(),
  )
  const person = visitor(town.server.url)
  await person.signIn(login, strong)
  const take = (query: string) => person.call('GET', `/api/v1/records/morning-check/export?format=ndjson${query}`)
  assert.equal((await take('')).status, 200)
  await sql`insert into policy values ('watermark', 1, '{"screen": "on", "approveRows": 0}', now(), '{}', '试验')`
  // A policy is read anew every few seconds.
  await eventually(async () => (await take('')).body.code === 'needs-approval', 'the policy')
  const legalDay = () => new Date().toLocaleDateString('sv-SE', { timeZone: 'Asia/Shanghai' })
  const before = legalDay()
  const { body: session } = await person.call<{ watermark: string }>('GET', '/api/v1/session')
  assert.ok(
    [before, legalDay()].some((day) => session.watermark.includes(`示例导出人`) && session.watermark.includes(day)),
    `${session.watermark}: the mark over the screen says whose it is and the legal day`,
  )
  const way = async () => {
    const answer = await person.call<{ consent: string; approval?: string }>(
      'GET',
      '/api/v1/records/morning-check/export/consent',
    )
    return answer.body
  }
  assert.equal((await way()).consent, 'needed')
  const asked = await person.call<{ approval: string }>('POST', '/api/v1/exports', {
    kind: 'morning-check',
    query: {},
    reason: '年度分析',
  })
  assert.equal(asked.status, 202, JSON.stringify(asked.body))
  const approval = `&approval=${asked.body.approval}`
  assert.equal((await take(approval)).body.code, 'not-approved')
  assert.equal((await way()).consent, 'waiting')
  assert.equal(
    (await admins.security.call('POST', `/api/v1/approvals/${asked.body.approval}/decision`, { allow: true })).status,
    200,
  )
  assert.equal((await way()).approval, asked.body.approval)
  const twice = await Promise.all([take(approval), take(approval)])
  assert.deepEqual(twice.map((answer) => answer.status).sort(), [200, 403])
  assert.equal((await way()).consent, 'needed', 'spent')
  const other = await person.call<{ approval: string }>('POST', '/api/v1/exports', {
    kind: 'morning-check',
    query: { result: 'fit' },
    reason: '年度分析',
  })
  await admins.security.call('POST', `/api/v1/approvals/${other.body.approval}/decision`, { allow: true })
  assert.equal((await take(`&approval=${other.body.approval}`)).status, 403, 'another content')
  const [kept] = await sql`select rows from audit where act = 'exported' and actor_name = '示例导出人' limit 1`
  assert.ok(kept)
})

test('[E5.3.7.g] every act that is recorded has its word at the audit desk', () => {
  const folder = fileURLToPath(new URL('../../src/', import.meta.url))
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const noted = files
    .filter((file) => /^(platform|areas|public)\/.*\.ts$/.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .filter((text) => /\bnote\(|\baudited\(/.test(text))
    .flatMap((text) => [
      ...[...text.matchAll(/\bact: '([a-z-]+)'/g)],
      ...[...text.matchAll(/\b(?:noted|audited)\(request, '([a-z-]+)'/g)],
    ])
    .map(([, act]) => act as string)
  assert.ok(new Set(noted).size > 30, 'the source still says its acts this way')
  const silent = [...new Set(noted)].filter((act) => !acts[act] && !['pack', 'unpack', 'update'].includes(act))
  assert.deepEqual(silent, [])
})
