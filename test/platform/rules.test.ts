import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { kinds } from '../../src/catalogue.ts'
import type { Kind } from '../../src/language/index.ts'
import { askForRenewals } from '../../src/platform/casework/renewal.ts'
import { deadlineAfter, leftOf, readCalendar } from '../../src/platform/rules/calendar.ts'
import { daysOfWarning, readFigures } from '../../src/platform/rules/figures.ts'
import { workingDaysAfter, workingDaysBetween } from '../../src/standards/china/index.ts'
import { type Administrators, administratorsOf } from '../access/visitor.ts'
import { eventually } from '../eventually.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'
import type { Person } from '../people.ts'

let laws: LawTown
let admins: Administrators

before(async () => {
  laws = await openLawTown()
  admins = await administratorsOf(laws.town.server)
})
after(() => laws.town.server.close())

const sql = () => laws.town.server.sql
const dayFromNow = (days: number) => new Date(Date.now() + 8 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10)

test('the catalogue tells pages how many days before an end is warned of, as the rules table has them', async () => {
  const days = await daysOfWarning(sql(), dayFromNow(0))
  assert.deepEqual(days, [60, 30, 7])
  const { body } = await laws.town.city.call<{ warnDays: number[] }>('GET', '/api/v1/catalogue')
  assert.deepEqual(body.warnDays, days)
})

test('[D4.3.7.7] every figure has its article, its days without gap or overlap, and its mark', async () => {
  const figures = await readFigures(sql())
  assert.ok(figures.length > 80)
  for (const { name, article, mark, note } of figures) {
    assert.ok(article.length > 0 && note, name)
    assert.match(mark, /^[SMP]$/)
  }
  for (const versions of Map.groupBy(figures, (each) => each.name).values())
    for (const [index, each] of versions.entries()) {
      const newer = versions[index - 1]
      if (!newer) continue
      const next = new Date(`${each.validUntil}T00:00:00Z`).getTime() + 86_400_000
      assert.equal(new Date(next).toISOString().slice(0, 10), newer.validFrom, each.name)
    }
  const unsure = figures.filter((each) => each.mark === 'M').map((each) => each.name)
  for (const name of ['sampling.handling-days', 'accident.first-report-hours', 'risk.band-a-max'])
    assert.ok(unsure.includes(name), `${name} is still to be verified`)
})

test('working days leave out 节假日 and take in 调休', async () => {
  const calendar = await readCalendar(sql())
  const after = (day: string, count: number) => workingDaysAfter(day, count, calendar)
  // 2026-02-13 is the Friday before 春节: Saturday the 14th is worked, the 15th to the 23rd is not.
  assert.deepEqual(after('2026-02-13', 1), { day: '2026-02-14' })
  assert.deepEqual(after('2026-02-13', 2), { day: '2026-02-24' })
  assert.deepEqual(after('2026-09-30', 1), { day: '2026-10-08' })
  assert.deepEqual(after('2026-10-08', 2), { day: '2026-10-10' }, 'a Saturday that is worked')
  assert.deepEqual(after('2025-12-31', 1), { day: '2026-01-04' }, 'over New Year, both years known')
  assert.deepEqual(after('2026-11-20', 0), { day: '2026-11-20' })
  assert.equal(workingDaysBetween('2026-09-30', '2026-10-10', calendar), 3)
})

test('a year without its holidays is said, not guessed', async () => {
  const calendar = await readCalendar(sql())
  assert.deepEqual(workingDaysAfter('2026-12-30', 1, calendar), { day: '2026-12-31' })
  assert.deepEqual(workingDaysAfter('2026-12-30', 2, calendar), { missing: 2027 })
  assert.equal(workingDaysBetween('2026-12-30', '2027-01-05', calendar), undefined)
  const { body } = await laws.town.factory.call('GET', '/api/v1/rules/sampling.report-days/deadline?from=2026-12-20')
  assert.deepEqual([body.dueAt, body.note], [null, '2027 年节假日未录入'])
  const known = await laws.town.factory.call('GET', '/api/v1/rules/sampling.report-days/deadline?from=2026-11-02')
  assert.equal(known.body.dueAt, '2026-11-30T16:00:00.000Z')
  assert.equal((await laws.town.factory.call('GET', '/api/v1/rules/no.such/deadline')).status, 404)
  assert.equal((await laws.town.factory.call('GET', '/api/v1/rules/sampling.report-days/deadline?from=x')).status, 422)
})

test('hours run from the minute; days, months and years end with their last legal day in Asia/Shanghai', async () => {
  const calendar = await readCalendar(sql())
  const from = new Date('2026-11-30T17:30:00Z') // 1 December, 01:30, in Shanghai
  const at = (value: number, unit: string) => deadlineAfter(from, { value, unit }, calendar).at?.toISOString()
  assert.equal(at(4, 'HUR'), '2026-11-30T21:30:00.000Z')
  assert.equal(at(1, 'WD'), '2026-12-02T16:00:00.000Z')
  assert.equal(at(90, 'DAY'), '2027-03-01T16:00:00.000Z', 'natural days need no holidays')
  assert.equal(at(3, 'MON'), '2027-03-01T16:00:00.000Z')
  assert.equal(at(2, 'ANN'), '2028-12-01T16:00:00.000Z')
  const lastOfMonth = deadlineAfter(new Date('2026-08-31T04:00:00Z'), { value: 6, unit: 'MON' }, calendar)
  assert.equal(lastOfMonth.at?.toISOString(), '2027-02-28T16:00:00.000Z')
  const due = deadlineAfter(from, { value: 5, unit: 'WD' }, calendar).at as Date
  assert.deepEqual(leftOf(new Date('2026-12-03T04:00:00Z'), due, 'WD', calendar), { value: 3, unit: 'WD' })
})

test('a figure is changed by two administrators, from a coming day on, and results change only from that day', async () => {
  const name = 'retained-sample.amount-gram'
  const wish = { from: dayFromNow(1), value: '200', article: '示例修订', mark: 'S', reason: '示例：标准修订' }
  const path = `/api/v1/rules/${name}/versions`
  for (const person of [laws.town.city, laws.town.factory, admins.security, admins.audit])
    assert.equal((await person.call('POST', path, wish)).status, 403)
  const refused: [string, object][] = [
    ['/from', { from: dayFromNow(0) }],
    ['/from', { from: '2026-02-30' }],
    ['/value', { value: '-1' }],
    ['/value', { value: '1e9' }],
    ['/article', { article: '' }],
    ['/mark', { mark: 'X' }],
    ['/note', { note: '长'.repeat(201) }],
    ['/reason', { reason: '' }],
  ]
  for (const [at, change] of refused) {
    const { status, body } = await admins.system.call<{ problems: { at: string }[] }>('POST', path, {
      ...wish,
      ...change,
    })
    assert.deepEqual([status, body.problems?.[0]?.at], [422, at], JSON.stringify(change))
  }
  assert.equal((await admins.system.call('POST', '/api/v1/rules/no.such/versions', wish)).status, 422)
  const { status, body } = await admins.system.call<{ approval: string }>('POST', path, wish)
  assert.equal(status, 202)
  const decision = `/api/v1/approvals/${body.approval}/decision`
  assert.equal((await admins.system.call('POST', decision, { allow: true })).status, 403, 'never one’s own')
  const before = (await readFigures(sql())).filter((each) => each.name === name)
  assert.equal(before.length, 1, 'nothing has changed yet')
  assert.equal((await admins.security.call('POST', decision, { allow: true })).status, 200)
  const [newer, older] = (await readFigures(sql())).filter((each) => each.name === name)
  assert.deepEqual(
    [newer?.value, newer?.validFrom, older?.value, older?.validUntil],
    ['200', dayFromNow(1), '125', dayFromNow(0)],
  )
  const sample = kinds.find((each) => each.name === 'retained-sample') as Kind
  const taken = async (takenAt: string, gram: string) => {
    const input = { ...laws.valid(sample), takenAt, amount: { value: gram, unit: 'GRM' } }
    return (await laws.town.factory.call('POST', '/api/v1/records/retained-sample', input)).status
  }
  assert.equal(await taken(`${dayFromNow(-1)}T04:00:00Z`, '130'), 201, 'under the old figure')
  assert.equal(await taken(`${dayFromNow(1)}T04:00:00Z`, '130'), 422, 'under the new one')
  assert.equal(await taken(`${dayFromNow(1)}T04:00:00Z`, '200'), 201)
  const [noted] = await sql()`select from audit where object_kind = 'set-figure' and act = 'decide'`
  assert.ok(noted)
})

test('a version once written can be neither altered nor removed, whoever tries', async () => {
  await assert.rejects(sql()`update rule set value = 1 where name = 'core-temperature.min'`, /只能增加新的版本/)
  await assert.rejects(sql()`delete from rule where name = 'core-temperature.min'`, /只能增加新的版本/)
})

test('a year’s holidays are entered by two administrators, whole or not at all', async () => {
  const year = {
    year: 2027,
    source: '示例通知',
    reason: '示例：已公布',
    days: [
      { day: '2027-01-01', rest: true, title: '元旦' },
      { day: '2027-01-02', rest: false, title: '元旦调休' },
    ],
  }
  const path = '/api/v1/calendar/years'
  const bad: object[] = [
    { year: 1999 },
    { source: '' },
    { days: [] },
    { days: [{ day: '2026-01-01', rest: true, title: '别的年份' }] },
    { days: [year.days[0], year.days[0]] },
    { days: [{ day: '2027-01-04', rest: false, title: '周一上班不是调休' }] },
    { days: [{ day: '2027-01-01', rest: true, title: '' }] },
    { reason: '' },
  ]
  for (const change of bad)
    assert.equal((await admins.system.call('POST', path, { ...year, ...change })).status, 422, JSON.stringify(change))
  assert.equal((await laws.town.city.call('POST', path, year)).status, 403)
  const { body } = await admins.system.call<{ approval: string }>('POST', path, year)
  assert.equal(
    (await admins.audit.call('POST', `/api/v1/approvals/${body.approval}/decision`, { allow: true })).status,
    200,
  )
  const calendar = await readCalendar(sql())
  assert.deepEqual(workingDaysAfter('2026-12-31', 1, calendar), { day: '2027-01-02' })
  assert.equal((await admins.system.call('POST', path, year)).status, 409)
})

const kindOf = (name: string) => kinds.find((kind) => kind.name === name) as Kind

type TaskItem = { title: string; who?: string; dueAt: string | null; dueNote: string | null; recordId: string }
const tasksAt = async (person: Person, recordId: string) =>
  (await person.call<{ items: TaskItem[] }>('GET', '/api/v1/tasks?limit=200')).body.items.filter(
    (task) => task.recordId === recordId,
  )
const taskAt = async (person: Person, recordId: string) => (await tasksAt(person, recordId))[0]

test('[A6.6.a] [D6.2.4.1] a health certificate asks for its renewal from the sixtieth day before its end, and no longer once renewed', async () => {
  const { factory: keeper, county: officer, otherCounty: stranger } = laws.town
  const path = '/api/v1/records/practitioner'
  const certificate = { from: '2098-07-01', until: '2099-06-30' }
  const made = await keeper.call<{ id: string }>('POST', path, { ...laws.valid(kindOf('practitioner')), certificate })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { id } = made.body
  const byName = new Map(kinds.map((kind) => [kind.name, kind]))
  const asked = async (at: string) => {
    await askForRenewals(sql(), byName, new Date(at))
    return taskAt(keeper, id)
  }
  assert.equal(await asked('2099-04-30T23:59:59+08:00'), undefined, 'sixty-one days before its end')
  const task = await asked('2099-05-01T00:00:00+08:00')
  assert.match(String(task?.title), /^换发健康证明/)
  assert.equal(task?.dueAt, '2099-06-30T16:00:00.000Z', 'to the end of its last day')
  const told = async (since: string) => {
    await askForRenewals(sql(), byName, new Date(since))
    const rows = await sql()<{ n: number }[]>`
      select count(distinct key)::int as n from message where record_id = ${id} and topic = 'task'`
    return rows[0]?.n
  }
  assert.equal(await told('2099-05-30T23:59:59+08:00'), 1, 'told once in the first thirty days')
  assert.equal(await told('2099-05-31T00:00:00+08:00'), 2)
  assert.equal(await told('2099-06-22T23:59:59+08:00'), 2)
  assert.equal(await told('2099-06-23T00:00:00+08:00'), 3)
  await asked('2099-06-30T23:59:59+08:00')
  assert.equal(await taskAt(officer, id), undefined, 'not over on its last day')
  await asked('2099-07-01T00:00:00+08:00')
  assert.equal((await taskAt(officer, id))?.title.slice(0, 6), '督促换发健康')
  assert.equal(await taskAt(stranger, id), undefined)
  assert.equal((await tasksAt(keeper, id)).length, 1, 'asked for once')

  const renew = (version: number, until: string) =>
    keeper.call('PATCH', `${path}/${id}`, { version, certificate: { from: '2099-06-25', until } })
  assert.equal((await renew(1, '2100-06-24')).status, 200)
  for (const person of [keeper, officer])
    await eventually(async () => (await taskAt(person, id)) === undefined, 'the task is gone with a new end')
  assert.equal(await asked('2099-07-01T00:00:00+08:00'), undefined)
  assert.equal((await renew(2, '2099-06-30')).status, 200)
  assert.ok(await asked('2099-06-24T00:00:00+08:00'), 'an end that was put right again is asked for again')
  assert.equal((await keeper.call('POST', `${path}/${id}/void`, { version: 3, reason: '已离职' })).status, 200)
  await eventually(async () => (await taskAt(keeper, id)) === undefined, 'who left needs no certificate')
})

test('an end that is recorded near is asked for at once, in the name of the person for the employer and of nobody for others', async () => {
  const { factory: keeper, county: officer } = laws.town
  const soon = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10)
  const { body } = await keeper.call<{ id: string }>('POST', '/api/v1/records/practitioner', {
    ...laws.valid(kindOf('practitioner')),
    name: '覃示例',
    certificate: { from: '2024-01-01', until: soon },
  })
  await eventually(async () => (await taskAt(officer, body.id)) !== undefined, 'the authority is asked too')
  const whoFor = async (person: Person) => (await taskAt(person, body.id))?.who
  assert.equal(await whoFor(keeper), '覃示例')
  assert.notEqual(await whoFor(officer), '覃示例')
  const [kept] = await sql()<{ n: number }[]>`select count(*)::int as n from task where title like '%覃示例%'`
  assert.equal(kept?.n, 0, 'a title keeps no name')
})

/** The fields that a kind says are renewed, with a value that ends on a day. */
const renewals = (kind: Kind, until: string): [string, string, unknown][] =>
  Object.entries(kind.fields).flatMap(([name, field]): [string, string, unknown][] => {
    if (field.type === 'validity' && field.renewal) return [[name, field.renewal, { from: '2026-01-01', until }]]
    return field.type === 'day' && field.renewal ? [[name, field.renewal, until]] : []
  })

test('whatever a declaration says is renewed asks its owner before the end, and nobody while the end is far', async () => {
  const found = kinds.flatMap((kind) => renewals(kind, dayFromNow(20)).map((renewal) => [kind, ...renewal] as const))
  assert.ok(found.length >= 3, 'practitioners, subjects, inspection templates')
  for (const [kind, field, what, value] of found) {
    const make = async (given: unknown) => {
      const { status, body } = await laws
        .writer(kind)
        .call<{ id: string; ownerId: string }>('POST', `/api/v1/records/${kind.name}`, {
          ...laws.valid(kind),
          [field]: given,
        })
      assert.equal(status, 201, JSON.stringify(body))
      return body
    }
    const [, , far] = renewals(kind, '2098-12-31').find(([name]) => name === field) ?? []
    const distant = await make(far)
    const { id, ownerId } = await make(value)
    const asked = (record: string) => sql()<{ title: string; owner: string }[]>`
      select title, for_owner as owner from task where record_id = ${record} and starts_with(source, ${`renewal ${field} `})`
    // The feed is read in order: what was made later is asked for later.
    await eventually(async () => (await asked(id)).length === 1, `${kind.name}.${field}`)
    const [task] = await asked(id)
    assert.ok(task?.title.startsWith(what), task?.title)
    assert.equal(task?.owner, ownerId)
    assert.equal((await asked(distant.id)).length, 0)
  }
})
