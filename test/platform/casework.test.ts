import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { Sql } from 'postgres'
import { kinds } from '../../src/catalogue.ts'
import type { Kind } from '../../src/language/index.ts'
import { createAccount } from '../../src/platform/access/accounts.ts'
import { overdueJob } from '../../src/platform/casework/overdue.ts'
import { strong, type Visitor, visitor } from '../access/visitor.ts'
import { eventually } from '../eventually.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'

type Someone = Visitor & { id: string; name: string }

let laws: LawTown
let sql: Sql
/** Two officers of the county, one of the other county, one of the city, two people of the factory: all signed in. */
let officer: Someone
let colleague: Someone
let stranger: Someone
let mayor: Someone
let keeper: Someone
let second: Someone

const kindOf = (name: string) => kinds.find((kind) => kind.name === name) as Kind

async function someone(ownerId: string, role: 'city' | 'county' | 'enterprise', name: string): Promise<Someone> {
  const login = `p-${Math.random().toString(36).slice(2, 10)}`
  const id = await createAccount(sql, { ownerId, login, name, role, password: strong }, new Date())
  const person = visitor(laws.town.server.url)
  const { status, body } = await person.signIn(login, strong)
  assert.equal(status, 200, JSON.stringify(body))
  return Object.assign(person, { id, name })
}

before(async () => {
  laws = await openLawTown()
  const { town } = laws
  sql = town.server.sql
  officer = await someone(town.county.ownerId, 'county', '示例所员甲')
  colleague = await someone(town.county.ownerId, 'county', '示例所员乙')
  stranger = await someone(town.otherCounty.ownerId, 'county', '示例外县员')
  mayor = await someone(town.city.ownerId, 'city', '示例市局员')
  keeper = await someone(town.factory.ownerId, 'enterprise', '示例厂长')
  second = await someone(town.factory.ownerId, 'enterprise', '示例质检员')
})
after(() => laws.town.server.close())

type TaskItem = {
  id: string
  title: string
  dueAt: string | null
  dueNote: string | null
  state: string
  recordId: string
  why: string
}
const tasksOf = async (person: Visitor, view = 'mine') =>
  (await person.call<{ items: TaskItem[] }>('GET', `/api/v1/tasks?view=${view}&limit=200`)).body.items
const taskAt = async (person: Visitor, recordId: string) =>
  (await tasksOf(person)).find((task) => task.recordId === recordId)
const receipt = () => laws.made(kindOf('retained-sample'))
const ask = (person: Visitor, record: { id: string }, body: object) =>
  person.call<{ id: string; problems?: { at: string }[] }>(
    'POST',
    `/api/v1/records/retained-sample/${record.id}/tasks`,
    body,
  )
type Beside = {
  clocks: {
    id: string
    name: string
    dueAt: string | null
    stoppedAt: string | null
    pausedAt: string | null
    missing: number | null
  }[]
  flows: {
    id: string
    state: string
    outcome: string | null
    mayDecide: boolean
    decisions: { name: string; handName: string | null; allow: boolean; remark: string | null }[]
  }[]
  comments: { id: string; text: string; files: { sha256: string; name: string }[] }[]
  tasks: TaskItem[]
  figures: { name: string }[]
  templates: { id: string; name: string }[]
}
const beside = async (person: Pick<Visitor, 'call'>, kind: string, id: string) =>
  (await person.call<Beside>('GET', `/api/v1/records/${kind}/${id}/casework`)).body

test('a task is put before a person, an owner’s people or the authority, and before nobody else', async () => {
  const record = await receipt()
  assert.equal((await ask(officer, record, { title: '补交照片', to: { owner: true } })).status, 201)
  assert.equal((await ask(keeper, record, { title: '请来复查', to: { authority: true } })).status, 201)
  const own = await ask(keeper, record, { title: '核对数量', to: { account: second.id }, dueOn: '2099-01-01' })
  assert.equal(own.status, 201, JSON.stringify(own.body))
  const titles = async (person: Visitor) =>
    (await tasksOf(person))
      .filter((task) => task.recordId === record.id)
      .map((task) => task.title)
      .sort()
  assert.deepEqual(await titles(second), ['核对数量', '补交照片'].sort())
  assert.deepEqual(await titles(keeper), ['补交照片'])
  assert.deepEqual(await titles(officer), ['请来复查'])
  assert.deepEqual(await titles(stranger), [])
  const { body } = await second.call<{ items: { title: string; topic: string }[] }>('GET', '/api/v1/messages?unread=1')
  assert.ok(body.items.some((each) => each.title.includes('核对数量') && each.topic === 'task'))
})

test('what is asked badly is refused at its place', async () => {
  const record = await receipt()
  const good = { title: '核对数量', to: { authority: true } }
  const bad: [string, object][] = [
    ['/title', { title: '' }],
    ['/title', { title: '长'.repeat(101) }],
    ['/detail', { detail: '长'.repeat(501) }],
    ['/dueOn', { dueOn: '2026-02-30' }],
    ['/dueOn', { dueOn: '2020-01-01' }],
    ['/to', { to: {} }],
    ['/to', { to: { account: stranger.id } }],
    ['/to', { to: { station: true } }],
    ['/to', { to: { owner: true } }],
  ]
  for (const [at, change] of bad) {
    const { status, body } = await ask(keeper, record, { ...good, ...change })
    assert.deepEqual([status, body.problems?.[0]?.at], [422, at], JSON.stringify(change))
  }
  assert.equal((await ask(stranger, record, good)).status, 404, 'a record out of reach does not exist')
})

test('of two people who take or end one task at the same moment, one does and the other is told who', async () => {
  for (let round = 0; round < 5; round++) {
    const record = await receipt()
    await ask(keeper, record, { title: '请来复查', to: { authority: true } })
    const { id } = (await taskAt(officer, record.id)) as TaskItem
    const taken = await Promise.all(
      [officer, colleague].map((person) => person.call('POST', `/api/v1/tasks/${id}/take`)),
    )
    assert.deepEqual(taken.map((answer) => answer.status).sort(), [200, 409])
    assert.match(String(taken.find((answer) => answer.status === 409)?.body.detail), /这件事示例所员[甲乙]正在办/)
    const winner = taken[0]?.status === 200 ? officer : colleague
    const loser = winner === officer ? colleague : officer
    assert.equal((await loser.call('POST', `/api/v1/tasks/${id}/done`, {})).status, 409)
    assert.equal((await loser.call('POST', `/api/v1/tasks/${id}/hand-on`, { to: loser.id })).status, 409)
    assert.equal(
      (await winner.call('POST', `/api/v1/tasks/${id}/hand-on`, { to: loser.id, remark: '我出差' })).status,
      200,
    )
    const ended = await Promise.all(
      [1, 2].map(() => loser.call('POST', `/api/v1/tasks/${id}/done`, { answer: '已复查' })),
    )
    assert.deepEqual(ended.map((answer) => answer.status).sort(), [200, 409])
    assert.match(String(ended.find((answer) => answer.status === 409)?.body.detail), /已由示例所员[甲乙]办结/)
    const moves = await officer.call<{ items: { act: string }[] }>('GET', `/api/v1/tasks/${id}/moves`)
    assert.deepEqual(
      moves.body.items.map((each) => each.act),
      ['take', 'hand-on', 'done'],
    )
  }
})

test('whoever asked takes a task back; a stranger neither sees nor ends it', async () => {
  const record = await receipt()
  const made = await ask(keeper, record, { title: '请来复查', to: { authority: true } })
  const path = `/api/v1/tasks/${made.body.id}`
  for (const act of ['take', 'done', 'cancel'])
    assert.equal((await stranger.call('POST', `${path}/${act}`, { reason: '试探' })).status, 404, act)
  assert.equal((await stranger.call('GET', `${path}/moves`)).status, 404)
  assert.equal((await officer.call('POST', `${path}/cancel`, { reason: '不办' })).status, 404, 'not the one who asked')
  assert.equal((await keeper.call('POST', `${path}/cancel`, { reason: '' })).status, 422)
  assert.equal((await keeper.call('POST', `${path}/cancel`, { reason: '已自行解决' })).status, 200)
  assert.equal((await officer.call('POST', `${path}/take`)).status, 409)
  await assert.rejects(
    sql`update task set state = 'open', done_at = null where id = ${String(made.body.id)}`,
    /已经办结/,
  )
})

test('the clock of a complaint runs from its receipt under the figure of that day, and ends with the step that meets it', async () => {
  const input = { ...laws.valid(kindOf('complaint')), receivedAt: '2026-11-16T02:00:00.000Z' }
  const { body: made } = await officer.call('POST', '/api/v1/records/complaint', input)
  const id = String(made.id)
  await eventually(async () => (await taskAt(officer, id)) !== undefined, 'the task of the clock')
  const task = (await taskAt(officer, id)) as TaskItem
  // Seven working days after Monday the 16th: Wednesday the 25th, to its end.
  assert.equal(task.dueAt, '2026-11-25T16:00:00.000Z')
  assert.match(task.title, /^决定是否受理：/)
  assert.equal(await taskAt(stranger, id), undefined)
  assert.equal((await officer.call('POST', `/api/v1/tasks/${task.id}/done`, {})).status, 409, 'only the record ends it')
  const accepted = await officer.call('POST', `/api/v1/records/complaint/${id}/steps/accept`, {
    version: 1,
    handler: '示例',
  })
  assert.equal(accepted.status, 200)
  await eventually(async () => (await taskAt(officer, id))?.title.startsWith('办结并答复') ?? false, 'the next clock')
  const { clocks } = await beside(officer, 'complaint', id)
  assert.deepEqual(
    clocks.map((clock) => [clock.name, clock.stoppedAt !== null]),
    [
      ['mediate', false],
      ['accept', true],
    ],
  )
  const list = await officer.call<{ items: { title: string }[] }>('GET', `/api/v1/clocks?kind=complaint&ids=${id}`)
  assert.deepEqual(
    list.body.items.map((each) => each.title),
    ['办结并答复'],
  )
  const strangers = await stranger.call<{ items: unknown[] }>('GET', `/api/v1/clocks?kind=complaint&ids=${id}`)
  assert.deepEqual(strangers.body.items, [])
})

test('a clock that would end in a year without its holidays says so, and is said as soon as they are there', async () => {
  const input = { ...laws.valid(kindOf('sampling-test')), takenAt: '2026-12-18T02:00:00.000Z' }
  const { status, body: made } = await officer.call('POST', '/api/v1/records/sampling-test', input)
  assert.equal(status, 201, JSON.stringify(made))
  await eventually(async () => (await taskAt(officer, String(made.id))) !== undefined, 'the task')
  const task = (await taskAt(officer, String(made.id))) as TaskItem
  assert.match(task.title, / · 示例食品厂乙$/, 'says whom the record is about')
  assert.deepEqual([task.dueAt, task.dueNote], [null, '2027 年节假日未录入，期限暂不能确定'])
  await sql`insert into calendar_year (year, source, mark, entered_by) values (2027, '示例', 'M', '示例')`
  await sql`insert into calendar_day (day, year, rest, title) values ('2027-01-01', 2027, true, '元旦')`
  const run = { now: new Date(), signal: AbortSignal.timeout(5000), progress: async () => {}, guard: async () => {} }
  await overdueJob(sql).run(run)
  // Twenty working days after Friday the 18th of December, New Year's Day left out.
  assert.equal((await taskAt(officer, String(made.id)))?.dueAt, '2027-01-18T16:00:00.000Z')
})

test('what runs out is said once: a notice for the owner and its authorities, a message for who should have done it', async () => {
  const input = { ...laws.valid(kindOf('complaint')), receivedAt: '2026-10-08T02:00:00.000Z' }
  const { body: made } = await officer.call('POST', '/api/v1/records/complaint', input)
  const notices = async () => sql`select title from notice where record_id = ${String(made.id)} and level = 'bad'`
  await eventually(async () => (await taskAt(officer, String(made.id))) !== undefined, 'the clock')
  const run = { now: new Date(), signal: AbortSignal.timeout(5000), progress: async () => {}, guard: async () => {} }
  await overdueJob(sql).run(run)
  await overdueJob(sql).run(run)
  assert.equal((await notices()).length, 1)
  const inbox = await officer.call<{ items: { title: string; recordId: string }[] }>('GET', '/api/v1/messages')
  assert.equal(inbox.body.items.filter((each) => each.recordId === made.id && /^已超期/.test(each.title)).length, 1)
})

test('a clock by hand is started under a figure, stands still, runs on with what was left, and is stopped', async () => {
  const record = await receipt()
  const path = `/api/v1/records/retained-sample/${record.id}/clocks`
  const wish = { title: '补正材料', rule: 'retained-sample.keep-hours' }
  assert.equal((await officer.call('POST', path, wish)).status, 403, 'only who may change the record')
  for (const rule of ['no.such', 'sampling.quick-objection-hours', undefined])
    assert.equal((await keeper.call('POST', path, { ...wish, rule })).status, 422, 'only a figure for this kind')
  const { figures } = await beside(keeper, 'retained-sample', record.id)
  assert.equal(figures.map(({ name }) => name).join(), 'retained-sample.keep-hours')
  assert.equal((await keeper.call('POST', path, { ...wish, title: '' })).status, 422)
  const { status, body } = await keeper.call<{ id: string; dueAt: string }>('POST', path, wish)
  assert.equal(status, 201)
  assert.ok(Math.abs(Date.parse(body.dueAt) - Date.now() - 48 * 3_600_000) < 60_000)
  assert.equal((await keeper.call('POST', path, wish)).status, 409, 'the same clock runs once')
  const act = (name: string, person: Visitor = keeper) =>
    person.call('POST', `/api/v1/clocks/${body.id}/${name}`, { reason: '等候企业答复' })
  assert.equal((await act('pause', stranger)).status, 404)
  assert.equal((await act('pause')).status, 200)
  assert.equal((await act('pause')).status, 409)
  const clock = async () => (await beside(keeper, 'retained-sample', record.id)).clocks[0]
  assert.deepEqual([(await clock())?.dueAt, (await clock())?.pausedAt !== null], [null, true])
  await sql`update clock set left_value = 2 where id = ${body.id}`
  assert.equal((await act('resume')).status, 200)
  assert.ok(Math.abs(Date.parse(String((await clock())?.dueAt)) - Date.now() - 2 * 3_600_000) < 60_000)
  assert.equal((await act('stop')).status, 200)
  assert.equal((await act('stop')).status, 404)
  assert.equal(
    (await tasksOf(keeper)).some((task) => task.recordId === record.id),
    false,
  )
})

test('a comment is read by who may read the record; one for the own side stays there; files go along', async () => {
  const record = await receipt()
  const path = `/api/v1/records/retained-sample/${record.id}/comments`
  const bytes = Buffer.from('%PDF-1.4 示例附件')
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const { url } = laws.town.server
  const put = await fetch(`${url}/api/v1/files/${sha256}`, {
    method: 'PUT',
    headers: { cookie: officer.cookie, 'x-shisu': '1', 'content-type': 'application/pdf' },
    body: bytes,
  })
  assert.equal(put.status, 201)
  const files = [{ sha256, name: '说明.pdf' }]
  assert.equal((await officer.call('POST', path, { text: '请看附件', files })).status, 201)
  assert.equal((await officer.call('POST', path, { text: '内部讨论', audience: 'side' })).status, 201)
  assert.equal((await keeper.call('POST', path, { text: '单位内部', audience: 'side' })).status, 201)
  const texts = async (person: Visitor) =>
    (await beside(person, 'retained-sample', record.id)).comments.map((comment) => comment.text)
  assert.deepEqual(await texts(colleague), ['请看附件', '内部讨论'])
  assert.deepEqual(await texts(mayor), ['请看附件', '内部讨论'])
  assert.deepEqual(await texts(second), ['请看附件', '单位内部'])
  assert.equal((await stranger.call('GET', `/api/v1/records/retained-sample/${record.id}/casework`)).status, 404)
  const [first] = (await beside(keeper, 'retained-sample', record.id)).comments
  const file = (person: Visitor, comment = first?.id) =>
    fetch(`${url}${path}/${comment}/files/${sha256}`, { headers: { cookie: person.cookie } })
  const got = await file(keeper)
  assert.equal(got.status, 200)
  assert.deepEqual(Buffer.from(await got.arrayBuffer()), bytes)
  assert.equal((await file(stranger)).status, 404)
  assert.equal((await file(keeper, crypto.randomUUID())).status, 404)
  const direct = await fetch(`${url}/api/v1/files/${sha256}`, { headers: { cookie: keeper.cookie } })
  assert.equal(direct.status, 404, 'the files’ own door still knows owners only')
  const bad: object[] = [
    { text: '' },
    { text: '长'.repeat(2001) },
    { text: '字', audience: 'nobody' },
    { text: '字', mentions: 'x' },
    { text: '字', mentions: [stranger.id] },
    { text: '字', audience: 'side', mentions: [keeper.id] },
    { text: '字', files: [{ sha256: 'f'.repeat(64), name: '没有上传' }] },
    { text: '字', files: [{ sha256, name: '' }] },
  ]
  for (const body of bad) assert.equal((await officer.call('POST', path, body)).status, 422, JSON.stringify(body))
  await assert.rejects(sql`update record_comment set text = '改了' where record_id = ${record.id}`, /只能追加/)
})

test('[D6.2.5.1] whoever is mentioned finds it among the messages and tasks, once, and marks it as read', async () => {
  const record = await receipt()
  const path = `/api/v1/records/retained-sample/${record.id}/comments`
  assert.equal((await officer.call('POST', path, { text: '请看一下', mentions: [keeper.id] })).status, 201)
  const task = await taskAt(keeper, record.id)
  assert.equal(task?.why, 'mention')
  const unread = async () =>
    (
      await keeper.call<{ items: { id: string; recordId: string }[]; unread: number }>(
        'GET',
        '/api/v1/messages?unread=1',
      )
    ).body
  const mine = (await unread()).items.filter((each) => each.recordId === record.id)
  assert.equal(mine.length, 1)
  assert.deepEqual((await keeper.call('POST', '/api/v1/messages/read', { ids: [mine[0]?.id] })).body, { read: 1 })
  assert.deepEqual((await keeper.call('POST', '/api/v1/messages/read', { ids: [mine[0]?.id] })).body, { read: 0 })
  assert.equal(
    (await officer.call('POST', '/api/v1/messages/read', { ids: [mine[0]?.id] })).body.read,
    0,
    'not another’s',
  )
  assert.equal((await keeper.call('POST', '/api/v1/messages/read', { ids: ['x'] })).status, 422)
  assert.equal((await keeper.call('POST', `/api/v1/tasks/${task?.id}/done`, { answer: '已看' })).status, 200)
})

type Step = { title: string; who: string; how: string; onRefusal: string; days?: number }
async function template(person: Visitor, name: string, steps: Step[], more: object = {}): Promise<string> {
  const { status, body } = await person.call('POST', '/api/v1/records/approval-flow', { name, steps, ...more })
  assert.equal(status, 201, JSON.stringify(body))
  const path = `/api/v1/records/approval-flow/${body.id}/steps`
  assert.equal((await person.call('POST', `${path}/publish`, { version: 1 })).status, 200)
  return String(body.id)
}
const retire = async (person: Visitor, id: string) => {
  const { body } = await person.call('GET', `/api/v1/records/approval-flow/${id}`)
  await person.call('POST', `/api/v1/records/approval-flow/${id}/steps/retire`, { version: body.version })
}
const decide = (person: Visitor, id: string, allow: boolean, remark = '') =>
  person.call<{ state: string; code?: string }>('POST', `/api/v1/flows/${id}/decision`, { allow, remark })

test('[D6.2.1.13] a step under a flow waits for everybody’s word and is then taken in the asker’s name', async () => {
  const third = await someone(laws.town.factory.ownerId, 'enterprise', '示例仓管员')
  const steps = [
    { title: '单位复核', who: 'colleague', how: 'any', onRefusal: 'end', days: 2 },
    { title: '县区审批', who: 'county', how: 'all', onRefusal: 'back', days: 3 },
  ]
  const id = await template(keeper, '产品备案内部审批（示例）', steps, { appliesTo: '产品备案', onStep: '提交备案' })
  const product = await keeper.call('POST', '/api/v1/records/product', laws.valid(kindOf('product')))
  const record = String(product.body.id)
  const submit = (version = 1) => keeper.call('POST', `/api/v1/records/product/${record}/steps/submit`, { version })
  assert.equal((await submit(9)).status, 409, 'what would be refused anyway is refused before anybody is asked')
  const started = await submit()
  assert.equal(started.status, 202)
  assert.equal(started.body.state, 'draft', 'the record is as it was')
  assert.equal((await submit()).status, 409, 'one such flow at a time')
  const flow = (await beside(keeper, 'product', record)).flows[0]?.id ?? ''
  assert.equal((await decide(keeper, flow, true)).status, 403, 'never by the own hand')
  assert.equal((await decide(officer, flow, true)).status, 404, 'not this step’s')
  assert.equal(
    (await laws.town.factory.call('POST', `/api/v1/flows/${flow}/decision`, { allow: true })).status,
    403,
    'no token',
  )
  assert.equal((await decide(second, flow, false)).status, 422, 'a refusal says why')
  assert.equal((await second.call('POST', `/api/v1/flows/${flow}/decision`, {})).status, 422)
  const both = await Promise.all([second, third].map((person) => decide(person, flow, true)))
  assert.deepEqual(both.map((answer) => answer.status === 200).sort(), [false, true], 'any one of them, once')
  const others = await sql<{ id: string }[]>`
    select id from account where owner_id = ${laws.town.county.ownerId} and id not in (${officer.id}, ${colleague.id})`
  assert.equal((await decide(officer, flow, true)).body.state, 'running')
  assert.equal((await decide(officer, flow, true)).status, 409, 'one pair of eyes counts once')
  // The account that the town's token belongs to has no session of its own; it is closed so that the step can end.
  for (const account of others)
    await sql`update task set state = 'cancelled', done_at = now(), done_name = '示例' where for_account = ${account.id} and state = 'open'`
  assert.equal((await decide(colleague, flow, true, '材料齐全')).body.state, 'approved')
  const after = await keeper.call('GET', `/api/v1/records/product/${record}`)
  assert.equal(after.body.state, 'submitted')
  const history = await keeper.call<{ items: { actor: { name: string } }[] }>(
    'GET',
    `/api/v1/records/product/${record}/history`,
  )
  assert.equal(history.body.items.at(-1)?.actor.name, keeper.name)
  const shown = (await beside(officer, 'product', record)).flows[0]
  assert.deepEqual(
    shown?.decisions.map((each) => [each.allow, each.remark]),
    [
      [true, null],
      [true, null],
      [true, '材料齐全'],
    ],
  )
  assert.equal((await decide(colleague, flow, true)).status, 409)
  const inbox = await keeper.call<{ items: { title: string }[] }>('GET', '/api/v1/messages')
  assert.ok(inbox.body.items.some((each) => /已通过/.test(each.title)))
  await retire(keeper, id)
})

test('[D6.2.1.13] a refused or withdrawn flow leaves the record as it was; a refusal may lead a step back', async () => {
  const steps = [
    { title: '单位复核', who: 'colleague', how: 'any', onRefusal: 'end' },
    { title: '市局审批', who: 'city', how: 'any', onRefusal: 'back' },
  ]
  const id = await template(keeper, '两步审批（示例）', steps)
  const record = await receipt()
  const path = `/api/v1/records/retained-sample/${record.id}`
  const start = async () => (await keeper.call('POST', `${path}/flows`, { template: id, note: '请审' })).body
  assert.equal((await keeper.call('POST', `${path}/flows`, { template: crypto.randomUUID() })).status, 422)
  assert.equal((await stranger.call('POST', `${path}/flows`, { template: id })).status, 404)
  const flow = String((await start()).id)
  assert.equal((await decide(second, flow, true)).body.state, 'running')
  assert.equal((await decide(mayor, flow, false, '数量不对')).body.state, 'running', 'a step back')
  assert.equal((await decide(second, flow, false, '撤下重做')).body.state, 'refused')
  assert.match(String((await beside(keeper, 'retained-sample', record.id)).flows[0]?.outcome), /撤下重做/)
  const again = String((await start()).id)
  assert.equal((await second.call('POST', `/api/v1/flows/${again}/withdraw`)).status, 404, 'not the one who asked')
  assert.equal((await keeper.call('POST', `/api/v1/flows/${again}/withdraw`)).status, 200)
  assert.equal((await decide(second, again, true)).status, 409)
  const row = await keeper.call('GET', path)
  assert.deepEqual([row.body.version, row.body.state], [record.version, record.state])
  assert.equal(
    (await tasksOf(second)).some((task) => task.recordId === record.id),
    false,
    'nothing is left to do',
  )
  await retire(keeper, id)
})

test('a record changed while a flow ran stays as it was changed: the flow ends without effect and says so', async () => {
  const steps = [{ title: '复核', who: 'colleague', how: 'any', onRefusal: 'end' }]
  const id = await template(keeper, '单步审批（示例）', steps, { appliesTo: '产品备案', onStep: '提交备案' })
  const product = await keeper.call('POST', '/api/v1/records/product', laws.valid(kindOf('product')))
  const path = `/api/v1/records/product/${product.body.id}`
  await keeper.call('POST', `${path}/steps/submit`, { version: 1 })
  assert.equal((await keeper.call('PATCH', path, { version: 1, brand: '示例新牌' })).status, 200)
  const flow = (await beside(keeper, 'product', String(product.body.id))).flows[0]?.id ?? ''
  assert.equal((await decide(second, flow, true)).body.state, 'failed')
  const row = await keeper.call('GET', path)
  assert.deepEqual([row.body.state, row.body.brand], ['draft', '示例新牌'])
  assert.match(String((await beside(keeper, 'product', String(product.body.id))).flows[0]?.outcome), /被修改过/)
  await retire(keeper, id)
})

test('who acts for an absent colleague decides in that name, is named as the hand, and never for the own request', async () => {
  const steps = [{ title: '复核', who: 'colleague', how: 'all', onRefusal: 'end' }]
  const id = await template(keeper, '代理审批（示例）', steps)
  const record = await receipt()
  const endsAt = new Date(Date.now() + 86_400_000).toISOString()
  const delegate = async (from: Someone, to: Someone) => {
    const made = await from.call('POST', '/api/v1/delegations', { to: to.id, endsAt, reason: '示例：休假' })
    assert.equal((await to.call('POST', '/api/v1/session/acting', { delegation: made.body.id })).status, 204)
  }
  const started = await keeper.call('POST', `/api/v1/records/retained-sample/${record.id}/flows`, { template: id })
  const flow = String(started.body.id)
  await delegate(second, keeper)
  assert.equal((await decide(keeper, flow, true)).status, 403, 'the asker does not decide with another’s hand')
  await keeper.call('POST', '/api/v1/session/acting', { delegation: null })
  const third = await someone(laws.town.factory.ownerId, 'enterprise', '示例代理人')
  await delegate(second, third)
  assert.equal((await decide(third, flow, true, '代看过')).status, 200)
  const [decision] = (await beside(keeper, 'retained-sample', record.id)).flows[0]?.decisions ?? []
  assert.deepEqual([decision?.name, decision?.handName], [second.name, third.name])
  await keeper.call('POST', `/api/v1/flows/${flow}/withdraw`)
  await retire(keeper, id)
})

test('a flow whose step nobody else could decide does not begin', async () => {
  const id = await template(mayor, '监管所审批（示例）', [
    { title: '所里', who: 'station', how: 'any', onRefusal: 'end' },
  ])
  const record = await receipt()
  const { status, body } = await mayor.call('POST', `/api/v1/records/retained-sample/${record.id}/flows`, {
    template: id,
  })
  assert.equal(status, 409)
  assert.match(String(body.detail), /没有别人可以审批/)
  assert.equal((await beside(mayor, 'retained-sample', record.id)).flows.length, 0)
  await retire(mayor, id)
})
