import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Sql } from 'postgres'
import { kinds } from '../../src/catalogue.ts'
import type { Field, Fields } from '../../src/language/index.ts'
import { openFirstAccounts } from '../../src/platform/access/first-account.ts'
import { isIdentityNumber } from '../../src/platform/access/person.ts'
import { declaredPolicies, dictionaries, type PolicyDeclaration } from '../../src/platform/policy/declared.ts'
import { freshDatabase } from '../database.ts'
import { openTown, type Town } from '../people.ts'
import { type Administrators, administratorsOf, strong, type Visitor, visitor } from './visitor.ts'

let town: Town
let admins: Administrators
let sql: Sql

before(async () => {
  town = await openTown()
  admins = await administratorsOf(town.server)
  sql = town.server.sql
})
after(() => town.server.close())

/** Made-up identity numbers with a right check character. */
function identity(number: number): string {
  const body = `45020019900101${String(number).padStart(3, '0')}`
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
  const sum = weights.reduce((total, weight, i) => total + weight * Number(body[i]), 0)
  return body + '10X98765432'[sum % 11]
}

const open = (login: string, position: string, more: Record<string, unknown> = {}) =>
  admins.system.call<{ id: string; approval: string; password: string; code?: string }>('POST', '/api/v1/accounts', {
    login,
    name: '示例新人',
    position,
    ownerId: town.city.ownerId,
    reason: '新到岗',
    ...more,
  })
const decide = (by: 'system' | 'security' | 'audit', id: string, allow = true) =>
  admins[by].call<{ code: string; shown?: { password: string } }>('POST', `/api/v1/approvals/${id}/decision`, { allow })

test('an empty installation opens three administrators for three people, each to change the password first', async () => {
  const { sql: fresh, close } = await freshDatabase()
  try {
    const opened = await openFirstAccounts(fresh, '450200', new Date())
    const rows = await fresh`select role, must_change as "mustChange" from account order by role`
    assert.deepEqual(
      [...rows],
      ['audit', 'security', 'system'].map((role) => ({ role, mustChange: 'first' })),
    )
    assert.equal(new Set(opened.map((each) => each.password)).size, 3)
    assert.deepEqual(await openFirstAccounts(fresh, '450200', new Date()), [])
  } finally {
    await close()
  }
})

test('[E5.4.e] the database itself keeps the three administrators apart', async () => {
  const refused = async (run: () => Promise<unknown>, why: string) => assert.rejects(run, why)
  await refused(() => sql`update account set role = 'audit', position = 'audit' where id = ${admins.system.id}`, 'role')
  await refused(
    () => sql`update account set role = 'city', position = 'city' where id = ${admins.system.id}`,
    'business',
  )
  await refused(() => sql`update account set position = 'security' where id = ${admins.system.id}`, 'position')
  await refused(() => sql`delete from account where id = ${admins.system.id}`, 'delete')
  const key = Buffer.alloc(32, 7)
  await sql`insert into person_duty values (${key}, 'system')`
  await refused(() => sql`insert into person_duty values (${key}, 'audit')`, 'two duties')
  await sql`update account set person_key = ${key} where id = ${admins.system.id}`
  await refused(() => sql`update account set person_key = ${key} where id = ${admins.audit.id}`, 'same person')
  await refused(
    () => sql`insert into delegation (id, from_account, from_duty, to_account, to_duty, starts_at, ends_at, reason, made_by)
      values (gen_random_uuid(), ${admins.system.id}, 'system', ${admins.audit.id}, 'audit', now(), now() + interval '1 day', '代班', 'x')`,
    'delegation',
  )
  await refused(
    () => sql`insert into delegation (id, from_account, from_duty, to_account, to_duty, starts_at, ends_at, reason, made_by)
      values (gen_random_uuid(), ${admins.system.id}, 'audit', ${admins.audit.id}, 'audit', now(), now() + interval '1 day', '代班', 'x')`,
    'false duty',
  )
})

test('an account opened by the system administrator opens nothing before the security administrator confirms it', async () => {
  const { status, body } = await open('new-officer', 'city')
  assert.equal(status, 201)
  const guest = visitor(town.server.url)
  assert.equal((await guest.signIn('new-officer', body.password)).status, 401)
  assert.equal((await decide('system', body.approval)).status, 403)
  assert.equal((await decide('audit', body.approval)).status, 404)
  assert.equal((await decide('security', body.approval)).status, 200)
  assert.equal((await guest.signIn('new-officer', body.password)).body.next, 'password')
})

test('of two who decide the same request at once, one is told it is decided', async () => {
  const { body } = await open('new-officer-b', 'city')
  for (const said of [{}, { allow: 'true' }, { allow: 1 }]) {
    const path = `/api/v1/approvals/${body.approval}/decision`
    assert.equal((await admins.security.call('POST', path, said)).status, 422, 'neither yes nor no decides nothing')
  }
  const answers = await Promise.all([decide('security', body.approval), decide('security', body.approval, false)])
  assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 409])
})

test('what was decided cannot be changed in the database either', async () => {
  const { body } = await open('new-officer-c', 'city')
  await decide('security', body.approval, false)
  await assert.rejects(sql`update approval set state = 'approved' where id = ${body.approval}`)
  await assert.rejects(sql`delete from approval where id = ${body.approval}`)
  const [own] = await sql`select asked_by from approval where id = ${body.approval}`
  await assert.rejects(
    sql`insert into approval select gen_random_uuid(), act, title, subject, reason, asked_by, asked_name, asked_duty,
      asked_owner, asked_at, expires_at, deciders, decider_owner, 'approved', ${own?.asked_by}, 'x', 'audit', now(), null, null
      from approval where id = ${body.approval}`,
  )
})

test('one person holds one duty, whatever the number of accounts', async () => {
  assert.ok(isIdentityNumber(identity(1)))
  assert.equal((await open('adm-a', 'system', { identityNumber: identity(2) })).status, 201)
  for (const position of ['audit', 'security', 'city']) {
    const answer = await open(`adm-${position}`, position, { identityNumber: identity(2) })
    assert.equal(answer.status, 409, position)
    assert.equal(answer.body.code, 'other-duty')
  }
  assert.equal((await open('adm-b', 'audit', {})).status, 422, 'an administrator is a known person')
  assert.equal((await open('adm-c', 'audit', { identityNumber: '450200199001010010' })).status, 422)
  const stored = await sql`select 1 from account where login = 'adm-a' and person_key::text like '%450200%'`
  assert.equal(stored.length, 0)
})

test('[E5.4.d] each administrator does its own work only, and none of them business', async () => {
  const may: Record<string, (keyof Administrators)[]> = {
    'GET /api/v1/accounts': ['system', 'security'],
    'POST /api/v1/accounts': ['system'],
    'GET /api/v1/policies': ['system', 'security', 'audit'],
    'PUT /api/v1/policies/session': ['security'],
    'GET /api/v1/records/subject': [],
    'GET /api/v1/home': [],
    'GET /api/v1/notices': [],
    'GET /api/v1/trace?id=urn:epc:id:sgtin:6901234.000001.1': [],
  }
  for (const [route, roles] of Object.entries(may)) {
    const [method = '', path = ''] = route.split(' ')
    for (const role of ['system', 'security', 'audit'] as const) {
      const answer = await admins[role].call(method, path, method === 'GET' ? undefined : {})
      const refused = answer.status === 403
      assert.equal(refused, !roles.includes(role), `${role} ${route}: ${answer.status}`)
    }
    assert.equal(
      (await town.city.call(method, path, method === 'GET' ? undefined : {})).status === 403,
      roles.length > 0,
    )
  }
})

test('an administrator’s password is given back only by two, and shown to the second', async () => {
  const { system, security } = admins
  const asked = await system.call<{ approval: string }>('POST', `/api/v1/accounts/${security.id}/recover`, {
    reason: '忘记密码',
  })
  assert.equal(asked.status, 202)
  assert.equal((await decide('system', asked.body.approval)).status, 403)
  const decided = await decide('audit', asked.body.approval)
  assert.equal(decided.status, 200)
  const guest = visitor(town.server.url)
  const answer = await guest.signIn(security.login, decided.body.shown?.password ?? '')
  assert.equal(answer.body.next, 'second-factor', 'the factor stays')
  assert.equal((await security.call('GET', '/api/v1/policies')).status, 401, 'open sessions end')
  const kept = await sql`select 1 from approval where subject::text like ${`%${decided.body.shown?.password}%`}`
  assert.equal(kept.length, 0)
  await sql`update account set password_hash = (select password_hash from account where id = ${system.id}), must_change = null
    where id = ${security.id}`
  const back = await administratorsOf(town.server)
  admins = back
})

test('the last administrator of a duty cannot be disabled, and nobody disables themselves', async () => {
  await sql`update account set disabled_at = now() where role = 'audit' and id <> ${admins.audit.id}`
  const disable = (by: keyof Administrators, id: string) =>
    admins[by].call('POST', `/api/v1/accounts/${id}/disable`, { reason: '离职' })
  assert.equal((await disable('security', admins.audit.id)).body.code, 'last-administrator')
  assert.equal((await disable('system', admins.system.id)).status, 403)
  assert.equal((await disable('system', admins.security.id)).status, 403)
})

test('[A6.3.b] [D6.4.5] a stricter policy holds at once, a laxer one needs another administrator, and both keep their history', async () => {
  const { security, system } = admins
  const put = (value: unknown, version: number, more = {}) =>
    security.call<{ approval?: string; code?: string }>('PUT', '/api/v1/policies/session', {
      value,
      version,
      reason: '试运行',
      ...more,
    })
  const initial = { idleMinutes: 60, hours: 12, perAccount: 5, siteIdleMinutes: 10 }
  assert.equal((await put({ ...initial, idleMinutes: 30 }, 0)).status, 200)
  assert.equal((await put({ ...initial, idleMinutes: 20 }, 0)).status, 409, 'the version that was read')
  assert.equal((await put({ ...initial, idleMinutes: 3 }, 1)).status, 422)
  const laxer = await put({ ...initial, idleMinutes: 120 }, 1)
  assert.equal(laxer.status, 202)
  assert.equal(
    (
      await system.call<{ items: { name: string; value: { idleMinutes: number } }[] }>('GET', '/api/v1/policies')
    ).body.items.find((each) => each.name === 'session')?.value.idleMinutes,
    30,
  )
  assert.equal((await decide('security', laxer.body.approval ?? '')).status, 403)
  assert.equal((await decide('system', laxer.body.approval ?? '')).status, 200)
  const back = await put(undefined, 2, { backTo: 1 })
  assert.equal(back.status, 200)
  const { body } = await security.call<{
    items: { version: number; value: { idleMinutes: number }; actor: { name: string } | null }[]
  }>('GET', '/api/v1/policies/session/history')
  assert.deepEqual(
    body.items.map((each) => each.value.idleMinutes),
    [30, 120, 30, 60],
  )
  assert.match(body.items[1]?.actor?.name ?? '', /批准/)
  await assert.rejects(sql`update policy set value = '{}'`)
  await assert.rejects(sql`delete from policy`)
})

test('[A6.3.b] an operator’s dictionary adds, renames and retires codes, with who and why, and goes back to any version', async () => {
  const { security, system } = admins
  const put = (by: Visitor, version: number, more: object) =>
    by.call<{ version: number; problems?: { at: string; text: string }[] }>('PUT', '/api/v1/policies/food-class', {
      version,
      reason: '本市预制菜试点',
      ...more,
    })
  const entries = (text: string) => ({ value: { entries: text } })
  const classes = async () => {
    const { body } = await town.factory.call<{ codeTables: Record<string, { code: string; retired?: true }[]> }>(
      'GET',
      '/api/v1/catalogue',
    )
    return Object.fromEntries((body.codeTables['food-class'] ?? []).map((each) => [each.code, each]))
  }
  const product = (foodClass: string) =>
    town.factory.call<{ problems?: { text: string }[] }>('POST', '/api/v1/records/product', {
      ...{ name: '示例预制菜', gtin: '6901234567892', foodClass },
    })
  const said = async (foodClass: string) =>
    (await product(foodClass)).body.problems?.find(({ text }) => text.startsWith('食品类别'))?.text
  assert.match((await said('33')) ?? '', /平台字典/)
  assert.equal(
    (await put(security, 0, entries('33 预制菜'))).status,
    403,
    'configuration is the system administrator’s',
  )
  for (const [wrong, sentence] of [
    ['33', /缺少名称/],
    ['33 甲\n33 乙', /重复/],
    ['三三 预制菜', /第 1 行/],
  ] as const)
    assert.match((await put(system, 0, entries(wrong))).body.problems?.[0]?.text ?? '', sentence)
  assert.equal((await put(system, 0, entries('33 预制菜\n-28'))).status, 200)
  assert.equal(await said('33'), undefined)
  assert.match((await said('28')) ?? '', /已停用/)
  assert.deepEqual((await classes())['33'], { code: '33', title: '预制菜' })
  assert.equal((await classes())['28']?.retired, true, 'what was recorded under it is still read')
  assert.equal((await put(system, 1, { backTo: 0 })).status, 200)
  assert.match((await said('33')) ?? '', /平台字典/)
  const { body } = await security.call<{
    items: { version: number; value: { entries: string | null }; reason: string; actor: { name: string } | null }[]
  }>('GET', '/api/v1/policies/food-class/history')
  assert.deepEqual(
    body.items.map(({ version, value }) => [version, value.entries]),
    [
      [2, null],
      [1, '33 预制菜\n-28'],
      [0, null],
    ],
  )
  assert.equal(body.items[1]?.actor?.name, '示例system')
  assert.equal(body.items[1]?.reason, '本市预制菜试点')
})

test('[A6.3.b] options of a field are supplemented by the operator: chosen, read and retired without a new release', async () => {
  const { system } = admins
  const put = (version: number, entries: string | null) =>
    system.call<{ problems?: { text: string }[] }>('PUT', '/api/v1/policies/site-use', {
      ...{ version, value: { entries }, reason: '本市有装卸平台' },
    })
  type Use = { options: Record<string, string>; retired: string[] }
  const use = async () => {
    const { body } = await town.factory.call<{ kinds: { name: string; fields: { use: Use } }[] }>(
      'GET',
      '/api/v1/catalogue',
    )
    return body.kinds.find(({ name }) => name === 'site')?.fields.use
  }
  const file = (chosen: string) =>
    town.factory.call<{ id: string; problems?: { at: string; text: string }[] }>('POST', '/api/v1/records/site', {
      ...{ name: `示例${chosen}`, use: chosen, address: '示例路 9 号', keeper: '示例人' },
    })
  assert.deepEqual((await file('dock')).body.problems?.[0]?.at, '/use')
  assert.match((await put(0, 'DOCK 装卸平台')).body.problems?.[0]?.text ?? '', /小写字母/)
  assert.equal((await put(0, 'dock 装卸平台\ncold 冷藏冷冻库\n-office')).status, 200)
  const dock = await file('dock')
  assert.equal(dock.status, 201, JSON.stringify(dock.body))
  assert.equal((await use())?.options.dock, '装卸平台')
  assert.equal((await use())?.options.cold, '冷藏冷冻库')
  assert.deepEqual((await use())?.retired, ['office'])
  assert.match((await file('office')).body.problems?.[0]?.text ?? '', /已停用/)
  const csv = await town.factory.call<{ text: string }>('GET', '/api/v1/records/site/export?format=csv')
  assert.match(csv.body.text, /装卸平台/)
  assert.equal((await put(1, null)).status, 200)
  assert.equal((await file('office')).status, 201)
  const kept = await town.factory.call<{ use: string }>('GET', `/api/v1/records/site/${dock.body.id}`)
  assert.equal(kept.body.use, 'dock', 'what was recorded under it stays')
})

test('[A6.3.b] each dictionary that a field names is on the page, and each on the page is named by a field or a table', () => {
  const fieldsOf = (fields: Fields): Field[] =>
    Object.values(fields).flatMap((field) => (field.type === 'lines' ? fieldsOf(field.fields) : [field]))
  const named = kinds
    .flatMap(({ fields }) => fieldsOf(fields))
    .flatMap((field) => (field.type === 'choice' && field.dictionary ? [field.dictionary] : []))
  assert.deepEqual(new Set([...named, 'food-class']), new Set(Object.keys(dictionaries)))
})

test('[E5.3.7.e] no policy goes below eight characters or beyond three months', async () => {
  const put = (value: object) =>
    admins.security.call('PUT', '/api/v1/policies/password', { value, version: 0, reason: '放宽' })
  assert.equal((await put({ lengthMin: 6, history: 5, days: 90 })).status, 422)
  assert.equal((await put({ lengthMin: 8, history: 5, days: 180 })).status, 422)
  assert.equal((await put({ lengthMin: 10, history: 5, days: 60 })).status, 200)
})

test('[D6.4.5] a banned address and an hour outside the policy are refused', async () => {
  const { security, system } = admins
  const put = (value: object, version: number) =>
    security.call<{ approval?: string }>('PUT', '/api/v1/policies/access', { value, version, reason: '收紧' })
  const none = { administratorNetworks: null, bannedNetworks: null, administratorHours: null, businessHours: null }
  assert.equal((await put({ ...none, bannedNetworks: '10.0.0.0/33' }, 0)).status, 422)
  assert.equal((await put({ ...none, businessHours: '25:00-26:00' }, 0)).status, 422)
  const hour = (ahead: number) => new Date(Date.now() + (8 + ahead) * 3_600_000).toISOString().slice(11, 13)
  assert.equal(
    (await put({ ...none, businessHours: `${hour(2)}:00-${hour(3)}:00`, bannedNetworks: '203.0.113.0/24' }, 0)).status,
    200,
  )
  const [account] = await sql<
    { login: string }[]
  >`select login from account where owner_id = ${town.city.ownerId} and login like 'test%'`
  assert.equal((await visitor(town.server.url).signIn(account?.login ?? '', 'Test-12345')).status, 401)
  const back = await security.call<{ approval: string }>('PUT', '/api/v1/policies/access', {
    version: 1,
    backTo: 0,
    reason: '恢复',
  })
  assert.equal(back.status, 202)
  assert.equal(
    (await system.call('POST', `/api/v1/approvals/${back.body.approval}/decision`, { allow: true })).status,
    200,
  )
  assert.equal((await visitor(town.server.url).signIn(account?.login ?? '', 'Test-12345')).status, 200)
})

test('an enterprise keeps its own staff’s accounts and nobody else’s', async () => {
  const [account] = await sql<{ login: string }[]>`select login from account where owner_id = ${town.factory.ownerId}`
  const keeper = visitor(town.server.url)
  await keeper.signIn(account?.login ?? '', 'Test-12345')
  const made = await keeper.call<{ id: string; password: string }>('POST', '/api/v1/accounts', {
    login: 'clerk-of-factory',
    name: '示例质检员',
    position: 'enterprise',
    ownerId: town.neighbour.ownerId,
  })
  assert.equal(made.status, 201)
  const [stored] = await sql`select owner_id as "ownerId" from account where id = ${made.body.id}`
  assert.equal(stored?.ownerId, town.factory.ownerId, 'the owner given is not taken')
  for (const position of ['city', 'county', 'system'])
    assert.equal(
      (await keeper.call('POST', '/api/v1/accounts', { login: `x-${position}`, name: '示例', position })).status,
      403,
    )
  const [other] = await sql<{ id: string }[]>`select id from account where owner_id = ${town.neighbour.ownerId}`
  for (const act of ['disable', 'recover', 'enable', 'position'])
    assert.equal(
      (await keeper.call('POST', `/api/v1/accounts/${other?.id}/${act}`, { reason: '试试', position: 'enterprise' }))
        .status,
      404,
      act,
    )
  assert.equal((await visitor(town.server.url).signIn('clerk-of-factory', made.body.password)).body.next, 'password')
  assert.equal(strong.length > 8, true)
})

/** A value that differs from the one in force and loosens nothing. */
function stricter(policy: PolicyDeclaration<Record<string, unknown>>, value: Record<string, unknown>) {
  const texts: Record<string, string> = {
    entries: policy.name === 'food-class' ? '77 示例' : 'sample 示例',
    bannedNetworks: '203.0.113.0/24',
    required: 'site',
  }
  const wishes = Object.entries(policy.fields).flatMap(([name, field]) =>
    field.type === 'number'
      ? [1, -1].map((step) => ({ ...value, [name]: Number(value[name]) + step }))
      : texts[name] === undefined
        ? []
        : [{ ...value, [name]: texts[name] }],
  )
  return wishes.find((wish) => policy.loosens(value, wish).length === 0)
}

test('[A6.3.b] [D6.4.5] every policy and every dictionary says who changed it, before and after, and goes back to what it was', async () => {
  const { system, security, audit } = admins
  type Item = { name: string; keeper: 'system' | 'security'; version: number; value: Record<string, unknown> }
  const read = async () =>
    new Map(
      (await audit.call<{ items: Item[] }>('GET', '/api/v1/policies')).body.items.map((each) => [each.name, each]),
    )
  for (const policy of Object.values(declaredPolicies) as unknown as PolicyDeclaration<Record<string, unknown>>[]) {
    const { keeper, version, value: before } = (await read()).get(policy.name) as Item
    const by = keeper === 'system' ? system : security
    const value = stricter(policy, before)
    assert.ok(value, policy.name)
    const url = `/api/v1/policies/${policy.name}`
    const put = (more: object) => by.call<{ approval?: string }>('PUT', url, { reason: '逐项核对', ...more })
    assert.equal((await put({ version, value })).status, 200, policy.name)
    assert.equal((await put({ version, value })).status, 409, `${policy.name}: a change against an old version`)
    const { body } = await audit.call<{
      items: { value: object; actor: { name: string }; reason: string; at: string }[]
    }>('GET', `${url}/history`)
    const [newest] = body.items
    assert.deepEqual(
      [newest?.value, newest?.actor.name, newest?.reason],
      [value, `示例${keeper}`, '逐项核对'],
      policy.name,
    )
    assert.ok(newest?.at)
    const [noted] = await sql<{ detail: { before: object; after: object }; actor: string }[]>`
      select detail, actor_name as actor from audit where act = 'policy' and object_id = ${policy.name} order by at desc limit 1`
    assert.deepEqual(
      [noted?.detail.before, noted?.detail.after, noted?.actor],
      [before, value, `示例${keeper}`],
      policy.name,
    )
    const back = await put({ version: version + 1, backTo: version })
    if (back.status === 202)
      await audit.call('POST', `/api/v1/approvals/${back.body.approval}/decision`, { allow: true })
    assert.deepEqual((await read()).get(policy.name)?.value, before, `${policy.name} is again what it was`)
  }
})
