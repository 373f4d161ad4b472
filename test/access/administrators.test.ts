import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Sql } from 'postgres'
import { openFirstAccounts } from '../../src/platform/access/first-account.ts'
import { isIdentityNumber } from '../../src/platform/access/person.ts'
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
