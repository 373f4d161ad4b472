import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { kinds } from '../../src/catalogue.ts'
import { reviewAll, reviewing } from '../../src/platform/review/run.ts'
import { openTown, type Person, type Town } from '../people.ts'

let town: Town
const byName = new Map(kinds.map((kind) => [kind.name, kind]))
type Made = {
  id: string
  version: number
  body: { problems?: { code: string; at: string }[] } & Record<string, unknown>
}

before(async () => {
  town = await openTown()
})
after(() => town.server.close())

const field = (name: string) => ({ op: 'field', name })
const value = (of: string | number, unit?: string) => ({ op: 'value', value: of, ...(unit ? { unit } : {}) })
const cool = {
  source: 'retained-sample',
  dimension: 'correctness',
  level: 'bad',
  must: { op: 'le', left: field('temperature'), right: value('8.0', 'CEL') },
}

async function check(person: Person, name: string, temperature: string): Promise<{ id: string; version: number }> {
  const now = new Date()
  const { status, body } = await person.call('POST', '/api/v1/records/retained-sample', {
    dish: name,
    meal: 'lunch',
    takenAt: now.toISOString(),
    amount: '200',
    cabinet: '示例柜',
    temperature: { value: temperature, unit: 'CEL' },
    taker: '示例安全员',
  })
  assert.equal(status, 201, JSON.stringify(body))
  return body as never
}

async function make(person: Person, title: string, body: object): Promise<Made> {
  const answer = await person.call('POST', '/api/v1/review-rules', { title, body })
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  return answer.body as never
}

const switchOn = (person: Person, rule: { id: string; version: number }, confirm?: boolean) =>
  person.call<{ version: number; code?: string }>('POST', `/api/v1/review-rules/${rule.id}/state`, {
    state: 'on',
    version: rule.version,
    confirm,
  })

const findings = async (person: Person, query = '') =>
  (
    await person.call<{ items: { id: string; recordId: string; state: string; ownerId: string; title: string }[] }>(
      'GET',
      `/api/v1/findings${query}`,
    )
  ).body.items

/** Does what the follower does, now. */
async function follow(ids: string[]): Promise<void> {
  await town.server.sql.begin((tx) =>
    reviewing(byName, () => new Date()).take(
      tx,
      ids.map((id) => ({ kind: 'retained-sample', id, seq: '0', at: new Date() })),
    ),
  )
}

test('[C6.4.2] a rule is tried on history, switched on, finds what breaks it within the reach, and mends what was corrected', async () => {
  for (let n = 0; n < 12; n++) await check(town.factory, `示例甲${n}`, n < 2 ? '8.2' : '6.5')
  const other = await check(town.neighbour, '示例乙', '8.3')
  const trial = await town.county.call<{
    records: number
    broken: number
    undecided: number
    words: string
    examples: { title: string }[]
  }>('POST', '/api/v1/review-rules/try', cool)
  assert.equal(trial.status, 200, JSON.stringify(trial.body))
  assert.deepEqual([trial.body.records, trial.body.broken, trial.body.words], [12, 2, '柜内温度 不大于 8 ℃'])
  assert.equal((await findings(town.county)).length, 0)
  const rule = await make(town.county, '柜温偏高', cool)
  assert.equal((await switchOn(town.county, rule)).status, 200)
  const found = await findings(town.county)
  assert.equal(found.length, 2)
  assert.ok(found.every((each) => each.recordId !== other.id && each.ownerId === town.factory.ownerId))
  assert.equal((await findings(town.factory)).length, 2, 'the owner sees what concerns it')
  assert.equal((await findings(town.neighbour)).length, 0)
  const first = found[0]
  assert.ok(first)
  const { body: record } = await town.factory.call('GET', `/api/v1/records/retained-sample/${first.recordId}`)
  await town.factory.call('PATCH', `/api/v1/records/retained-sample/${first.recordId}`, {
    version: record.version,
    temperature: { value: '6.4', unit: 'CEL' },
  })
  await follow([first.recordId])
  assert.deepEqual(
    (await findings(town.county)).map((each) => each.id),
    [found[1]?.id],
  )
  const late = await check(town.factory, '示例丙', '8.1')
  await follow([late.id])
  assert.equal((await findings(town.county)).length, 2, 'what is written later is judged as it is written')
})

test('a finding is closed with a reason and stays closed until its record changes', async () => {
  const [one] = await findings(town.county)
  assert.ok(one)
  const empty = await town.county.call('POST', '/api/v1/findings/settle', { ids: [one.id], reason: ' ' })
  assert.equal(empty.status, 422)
  const { status } = await town.county.call('POST', '/api/v1/findings/settle', { ids: [one.id], reason: '复测正常' })
  assert.equal(status, 200)
  await reviewAll(town.server.sql, byName, new Date())
  assert.ok(!(await findings(town.county)).some((each) => each.id === one.id))
  assert.ok((await findings(town.county, '?state=closed')).some((each) => each.id === one.id))
  const again = await town.county.call('POST', '/api/v1/findings/settle', { ids: [one.id], reason: '再关一次' })
  assert.equal(again.status, 409, 'two people at one finding: the second is told')
})

test('a rule that hits nearly everything must be confirmed', async () => {
  const rule = await make(town.county, '写反了', {
    ...cool,
    must: { op: 'gt', left: field('temperature'), right: value('20', 'CEL') },
  })
  const warned = await switchOn(town.county, rule)
  assert.equal(warned.status, 409)
  assert.equal(warned.body.code, 'matches-everything')
  const { status, body } = await switchOn(town.county, rule, true)
  assert.equal(status, 200)
  await town.county.call('POST', `/api/v1/review-rules/${rule.id}/state`, { state: 'off', version: body.version })
})

test('a rule that takes too long is cut off, and says so', async () => {
  const { tryRule } = await import('../../src/platform/review/judge.ts')
  const { requireRule } = await import('../../src/platform/review/rule.ts')
  const { speechOf } = await import('../../src/platform/define/speak.ts')
  const rule = requireRule(speechOf(byName, new Map(), new Map()), cool)
  const slow = {
    ...rule,
    must: { words: '慢', sql: () => '(select t.id is not null from (select pg_sleep(0.1 + 0 * t.version)) s)' },
  }
  await assert.rejects(tryRule(town.server.sql, slow, { column: 'city', value: '450200' }, new Date(), 300), /too-slow/)
})

test('a rule that can no longer be read is switched off and says why; others go on', async () => {
  const { sql } = town.server
  const rule = await make(town.city, '字段没有了', cool)
  assert.equal((await switchOn(town.city, rule)).status, 200)
  await sql`update definition set body = jsonb_set(body, '{must,left,name}', '"gone"') where id = ${rule.id}`
  await reviewAll(sql, byName, new Date())
  const { body } = await town.city.call('GET', `/api/v1/review-rules/${rule.id}`)
  assert.equal(body.state, 'off')
  assert.match(String(body.trouble), /没有名为“gone”的字段/)
})

test('[A7.2.a] duplicates, blanks and lateness are rules like others, and undecided records are counted apart', async () => {
  const made = {
    source: 'retained-sample',
    dimension: 'duplicates',
    level: 'warn',
    must: { op: 'unique', fields: ['meal', 'dish'] },
  }
  await check(town.factory, '示例重复', '6.5')
  await check(town.factory, '示例重复', '6.6')
  const twice = await town.county.call<{ broken: number }>('POST', '/api/v1/review-rules/try', made)
  assert.equal(twice.body.broken, 2, JSON.stringify(twice.body))
  const ratio = {
    op: 'div',
    left: { op: 'days', from: field('takenAt'), to: field('takenAt') },
    right: { op: 'days', from: field('takenAt'), to: field('takenAt') },
  }
  const zero = await town.county.call<{ broken: number; undecided: number; records: number }>(
    'POST',
    '/api/v1/review-rules/try',
    {
      ...cool,
      must: { op: 'gt', left: ratio, right: value(1) },
    },
  )
  assert.equal(zero.status, 200, JSON.stringify(zero.body))
  assert.equal(zero.body.undecided, zero.body.records, 'a division by zero is undecided')
})

test('a division by zero stays undecided when the rule runs, record by record and over all: it neither finds nor stops', async () => {
  const age = { op: 'days', from: field('takenAt'), to: field('takenAt') }
  const must = { op: 'gt', left: { op: 'div', left: field('temperature'), right: age }, right: value('1', 'CEL') }
  const rule = await make(town.county, '示例除以零', { ...cool, must })
  const { status, body } = await switchOn(town.county, rule)
  assert.equal(status, 200, JSON.stringify(body))
  const { id } = await check(town.factory, '示例除以零', '6.5')
  await follow([id])
  await reviewAll(town.server.sql, byName, new Date())
  assert.ok(!(await findings(town.county)).some(({ title }) => title === '示例除以零'))
  const [stands] = await town.server.sql`select state, trouble from definition where id = ${rule.id}`
  assert.deepEqual({ ...stands }, { state: 'on', trouble: null })
  await town.county.call('POST', `/api/v1/review-rules/${rule.id}/state`, { state: 'off', version: body.version })
})

test('[C6.4.2] a threshold may be a figure of the law with its unit, and amounts are converted to meet it', async () => {
  const must = { op: 'le', left: field('temperature'), right: { op: 'law', name: 'chilled.max' } }
  await check(town.factory, '示例超温', '8.1')
  await check(town.factory, '示例不超温', '8.0')
  const tried = await town.county.call<{ examples: { title: string }[] }>('POST', '/api/v1/review-rules/try', {
    ...cool,
    must,
  })
  const titles = tried.body.examples.map(({ title }) => title).join()
  assert.match(titles, /示例超温/)
  assert.doesNotMatch(titles, /示例不超温/)
  const inLines = { op: 'ge', left: field('quantity'), right: { op: 'law', name: 'retained-sample.amount-gram' } }
  const receipts = { ...cool, source: 'material-receipt', must: { op: 'each', lines: 'lots', of: inLines } }
  assert.equal((await town.county.call('POST', '/api/v1/review-rules/try', receipts)).status, 200)
  const other = { ...cool, must: { op: 'le', left: field('temperature'), right: inLines.right } }
  const refused = await town.county.call<{ problems: { code: string }[] }>('POST', '/api/v1/review-rules/try', other)
  assert.deepEqual([refused.status, refused.body.problems[0]?.code], [422, 'wrong-unit'])
})

test('[C6.4.2] the data-quality report gives completeness, timeliness, correctness and duplicates by kind, subject, region, month and source', async () => {
  for (const by of ['kind', 'owner', 'region', 'month', 'source']) {
    const { status, body } = await town.city.call<{ rows: Record<string, number>[] }>('GET', `/api/v1/quality?by=${by}`)
    assert.equal(status, 200, JSON.stringify(body))
    const records = body.rows.reduce((sum, row) => sum + (row.records ?? 0), 0)
    assert.ok(records >= 15, by)
  }
  const own = await town.neighbour.call<{ rows: { key: string; records: number }[] }>(
    'GET',
    '/api/v1/quality?kind=retained-sample',
  )
  assert.equal(own.body.rows[0]?.records, 1)
})

test('bad rules are refused at their place, other people’s are not to be changed', async () => {
  const bad = await town.county.call<Made['body']>('POST', '/api/v1/review-rules', {
    title: 'x',
    body: {
      ...cool,
      dimension: 'beauty',
      level: 'huge',
      advice: 'x'.repeat(300),
      extra: 1,
      must: { op: 'gt', left: field('nothing'), right: value(1) },
    },
  })
  assert.equal(bad.status, 422)
  const places = bad.body.problems?.map((each) => each.at)
  assert.deepEqual(places, ['/dimension', '/level', '/advice', '/extra', '/must/left/name'])
  assert.equal((await town.county.call('POST', '/api/v1/review-rules', { title: 'x', body: cool })).status, 422)
  assert.equal(
    (
      await town.county.call('POST', '/api/v1/review-rules', {
        title: '好的名称',
        body: { ...cool, source: 'nothing' },
      })
    ).status,
    422,
  )
  const rule = await make(town.city, '市里的规则', cool)
  const read = await town.county.call('GET', `/api/v1/review-rules/${rule.id}`)
  assert.equal(read.status, 200, 'what the city demands is known in its counties')
  const changed = await town.county.call('PUT', `/api/v1/review-rules/${rule.id}`, {
    version: 1,
    title: '改掉它',
    body: cool,
  })
  assert.equal(changed.status, 403)
  const own = await make(town.factory, '本厂的规则', cool)
  assert.equal((await town.neighbour.call('GET', `/api/v1/review-rules/${own.id}`)).status, 404)
  const stale = await town.factory.call('PUT', `/api/v1/review-rules/${own.id}`, {
    version: 7,
    title: '本厂的规则',
    body: cool,
  })
  assert.equal(stale.status, 409)
})

test('[C6.4.2] what a rule finds is put as 待办 before whom it names, and closed when the record is right again', async () => {
  const rule = await make(town.city, '示例：留样温度要交办', { ...cool, task: 'owner', advice: '请调低柜温' })
  assert.equal((await switchOn(town.city, rule, true)).status, 200)
  const wrong = await check(town.neighbour, '示例交办菜', '9.5')
  const look = () =>
    town.server.sql.begin((tx) =>
      reviewing(byName, () => new Date()).take(tx, [
        { kind: 'retained-sample', id: wrong.id, seq: '0', at: new Date() },
      ]),
    )
  await look()
  await look()
  const tasks = async (person: Person, state = 'open') =>
    (
      await person.call<{ items: { recordId: string; title: string; why: string; state: string }[] }>(
        'GET',
        '/api/v1/tasks',
      )
    ).body.items.filter((each) => each.recordId === wrong.id && each.title.includes('要交办') && each.state === state)
  const open = await tasks(town.neighbour)
  assert.deepEqual(
    open.map(({ title, why }) => [title, why]),
    [['请改正：示例：留样温度要交办', 'finding']],
  )
  assert.equal((await tasks(town.factory)).length, 0)
  const mended = await town.neighbour.call('PATCH', `/api/v1/records/retained-sample/${wrong.id}`, {
    version: wrong.version,
    temperature: { value: '4.0', unit: 'CEL' },
  })
  assert.equal(mended.status, 200, JSON.stringify(mended.body))
  await look()
  assert.equal((await tasks(town.neighbour)).length, 0)
  const [row] = await town.server.sql`select state, answer from task where record_id = ${wrong.id} and why = 'finding'`
  assert.deepEqual({ ...row }, { state: 'done', answer: '记录已改正，或问题已关闭' })
  const whom = await town.city.call<{ problems: { at: string }[] }>('POST', '/api/v1/review-rules', {
    title: '示例',
    body: { ...cool, task: 'moon' },
  })
  assert.deepEqual(
    whom.body.problems.map(({ at }) => at),
    ['/task'],
  )
})
