import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { kinds } from '../../src/catalogue.ts'
import type { Kind } from '../../src/language/index.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'
import type { Answer } from '../people.ts'

let laws: LawTown

before(async () => {
  laws = await openLawTown()
})
after(() => laws.town.server.close())

const kindOf = (name: string): Kind => kinds.find((kind) => kind.name === name) as Kind
const path = (name: string, tail = '') => `/api/v1/records/${name}${tail}`

test('[C6.3.2] a product is filed by its maker, returned with a reason, filed again and approved by the county', async () => {
  const { factory, county, otherCounty } = laws.town
  const { id } = await laws.made(kindOf('product'))
  const step = (person: typeof factory, name: string, body: object): Promise<Answer<Record<string, unknown>>> =>
    person.call('POST', path('product', `/${id}/steps/${name}`), body)
  assert.equal((await step(county, 'approve', { version: 1 })).status, 409, 'not submitted yet')
  assert.equal((await step(county, 'submit', { version: 1 })).status, 403, 'not the maker')
  assert.equal((await step(factory, 'submit', { version: 1 })).body.state, 'submitted')
  assert.equal((await factory.call('PATCH', path('product', `/${id}`), { version: 2, name: '改名' })).status, 409)
  const missing = await step(county, 'return', { version: 2, review: null })
  assert.equal(missing.status, 422)
  assert.deepEqual((missing.body.problems as { at: string }[])[0]?.at, '/review')
  assert.equal((await step(otherCounty, 'return', { version: 2, review: '缺标签' })).status, 404)
  assert.equal((await step(county, 'return', { version: 2, review: '缺标签', name: '偷改' })).status, 422)
  assert.equal((await step(county, 'return', { version: 2, review: '缺标签' })).body.state, 'returned')
  assert.equal((await factory.call('PATCH', path('product', `/${id}`), { version: 3, brand: '示例牌' })).status, 200)
  await step(factory, 'submit', { version: 4 })
  assert.equal((await step(county, 'approve', { version: 5 })).body.state, 'filed')
  assert.equal((await step(county, 'nonsense', { version: 6 })).status, 404)
})

test('a county reads the points of the city’s template to answer them, but no closed field of what it may only refer to', async () => {
  const { county, factory } = laws.town
  const { id } = await laws.made(kindOf('inspection-template'))
  const answer = await county.call<{ points?: unknown[] }>('GET', `/api/v1/references/inspection-template/${id}`)
  assert.equal(answer.status, 200)
  assert.ok((answer.body.points?.length ?? 0) >= 1)
  assert.equal((await factory.call('GET', `/api/v1/references/inspection-template/${id}`)).status, 403)
  assert.equal((await county.call('GET', `/api/v1/references/inspection-template/${crypto.randomUUID()}`)).status, 404)
  const subject = await factory.call<object>('GET', `/api/v1/references/subject/${laws.town.neighbour.ownerId}`)
  assert.equal(subject.status, 200)
  assert.ok(!('phone' in subject.body) && 'uscc' in subject.body)
})

test('[B6.3] an inspection needs two inspectors, notes on what failed, and a signature or the refusal of one', async () => {
  const { county } = laws.town
  const kind = kindOf('inspection')
  const failed = { section: '留样', point: '留样量', weight: 'key', verdict: 'failed' }
  const problem = async (change: object) => {
    const { status, body } = await county.call<{ problems: { at: string }[] }>('POST', path('inspection'), {
      ...laws.valid(kind),
      ...change,
    })
    return status === 422 ? body.problems[0]?.at : status
  }
  assert.equal(await problem({ secondInspector: '示例A1' }), '/secondInspector')
  assert.equal(await problem({ answers: [failed], result: 'rectify' }), '/answers')
  assert.equal(await problem({ answers: [{ ...failed, note: '不足' }], result: 'passed' }), '/result')
  assert.equal(
    await problem({ answers: [{ ...failed, note: '不足' }], result: 'rectify', rectifyBy: null }),
    '/rectifyBy',
  )
  const unsigned = { ...laws.valid(kind), subjectSignature: null, refusal: null }
  const { body: made } = await county.call('POST', path('inspection'), unsigned)
  const close = await county.call<{ problems: { at: string }[] }>(
    'POST',
    path('inspection', `/${made.id}/steps/close`),
    {
      version: 1,
    },
  )
  assert.equal(close.body.problems[0]?.at, '/subjectSignature')
})

test('a document number runs without gaps within owner and year, also when a save is sent twice', async () => {
  const { county } = laws.town
  const input = { ...laws.valid(kindOf('complaint')), id: crypto.randomUUID() }
  const first = await county.call('POST', path('complaint'), input)
  for (let i = 0; i < 3; i++) assert.equal((await county.call('POST', path('complaint'), input)).status, 200)
  const many = await Promise.all(Array.from({ length: 8 }, () => laws.made(kindOf('complaint'))))
  const numbers = [first.body, ...many].map((row) => Number(/〕(\d+)号$/.exec(String(row.number))?.[1]))
  const start = Math.min(...numbers)
  assert.deepEqual(
    numbers.sort((a, b) => a - b),
    numbers.map((_, i) => start + i),
  )
})

test('[E4.2] what is recorded long after it happened is marked late and shows both times', async () => {
  const { factory } = laws.town
  const now = Date.now()
  const sampleAt = async (hoursAgo: number) => {
    const takenAt = new Date(now - hoursAgo * 3600_000).toISOString()
    const { body } = await factory.call('POST', path('retained-sample'), {
      ...laws.valid(kindOf('retained-sample')),
      takenAt,
    })
    return body
  }
  const late = await sampleAt(30)
  assert.equal(late.late, true)
  assert.notEqual(late.takenAt, late.createdAt)
  assert.equal((await sampleAt(1)).late, undefined)
  const list = await factory.call<{ items: { id: string }[] }>('GET', path('retained-sample', '?late=true'))
  assert.ok(list.body.items.some((item) => item.id === late.id))
})

test('[D6.2.3.11] a retained sample under the figure of the law is refused; a figure changed on a day changes only later samples', async () => {
  const { town, valid } = laws
  const { sql } = town.server
  await sql`update rule set valid_until = '2026-10-31' where name = 'retained-sample.amount-gram'`
  await sql`insert into rule (name, valid_from, value, unit, article, mark)
    values ('retained-sample.amount-gram', '2026-11-01', 200, 'GRM', '示例修订', 'P')`
  const status = async (takenAt: string, gram: string) => {
    const input = { ...valid(kindOf('retained-sample')), takenAt, amount: { value: gram, unit: 'GRM' } }
    const answer = await town.factory.call<{ problems?: { at: string }[] }>('POST', path('retained-sample'), input)
    return answer.body.problems?.[0]?.at ?? answer.status
  }
  // The last hour of the old figure, and the first of the new, in Asia/Shanghai.
  assert.equal(await status('2026-10-31T15:30:00Z', '124.9'), '/amount')
  assert.equal(await status('2026-10-31T15:30:00Z', '125'), 201)
  assert.equal(await status('2026-10-31T16:30:00Z', '125'), '/amount')
  assert.equal(await status('2026-10-31T16:30:00Z', '200'), 201)
})

test('the rules between fields are told while a form is filled in, over what is filled so far, and nothing is written', async () => {
  const { factory, county, city } = laws.town
  const told = async (person: typeof county, name: string, content: object, state?: string) => {
    const answer = await person.call<{ problems: { at: string; text: string }[] }>('POST', path(name, '/check'), {
      content,
      state,
    })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    return answer.body.problems.map(({ at }) => at)
  }
  assert.deepEqual(await told(county, 'inspection', {}), [])
  assert.deepEqual(await told(county, 'inspection', { inspector: '甲', secondInspector: '甲' }), ['/secondInspector'])
  assert.deepEqual(await told(county, 'inspection', { inspector: '甲', secondInspector: '乙' }), [])
  assert.deepEqual(await told(county, 'inspection', { result: 'rectify' }), ['/rectifyBy'])
  assert.deepEqual(await told(county, 'inspection', { result: 'passed', inspector: '甲' }, 'closed'), [])
  assert.deepEqual(await told(county, 'inspection', { inspector: 5, nonsense: 1 }), [], 'form says that itself')
  const sample = { takenAt: '2026-01-10T01:00:00Z', amount: { value: '100', unit: 'GRM' } }
  assert.deepEqual(await told(factory, 'retained-sample', sample), ['/amount'])
  assert.equal((await city.call('POST', path('retained-sample', '/check'), { content: sample })).status, 403)
  assert.equal((await factory.call('POST', path('retained-sample', '/check'), { content: [] })).status, 422)
})

test('a sample is not disposed of before its time', async () => {
  const { factory } = laws.town
  const takenAt = new Date(Date.now() - 50 * 3600_000)
  const { body } = await factory.call('POST', path('retained-sample'), {
    ...laws.valid(kindOf('retained-sample')),
    takenAt: takenAt.toISOString(),
    amount: { value: '300', unit: 'GRM' },
  })
  const dispose = (hours: number) =>
    factory.call('POST', path('retained-sample', `/${body.id}/steps/dispose`), {
      version: 1,
      disposedAt: new Date(takenAt.getTime() + hours * 3600_000).toISOString(),
      disposer: '示例人',
    })
  assert.equal((await dispose(47)).status, 422)
  assert.equal((await dispose(48)).body.state, 'disposed')
})

test('a re-test that passes clears the sample; one that fails, or none, is closed only with what was done', async () => {
  const { county } = laws.town
  const items = [{ item: '二氧化硫残留量', limit: '≤ 0.1 g/kg', measured: '0.3 g/kg', verdict: 'failed' }]
  const drawn = async () => {
    const whole = laws.valid(kindOf('sampling-test'))
    const taken = ['subject', 'food', 'lot', 'takenAt', 'place', 'amount', 'samplers', 'laboratory']
    const { body: made } = await county.call('POST', path('sampling-test'), {
      ...Object.fromEntries(taken.map((name) => [name, whole[name]])),
    })
    let version = Number(made.version)
    const step = async (name: string, body: object = {}) => {
      const at = path('sampling-test', `/${made.id}/steps/${name}`)
      const answer = await county.call<{ state: string; version: number; problems?: { at: string; text: string }[] }>(
        'POST',
        at,
        { version, ...body },
      )
      if (answer.status === 200) version = answer.body.version
      return answer
    }
    await step('record-result', { items, testedOn: '2026-11-10', result: 'failed' })
    assert.equal((await step('tell', { toldOn: '2026-11-12' })).body.state, 'told')
    return step
  }
  const again = async (result: 'passed' | 'failed') => {
    const step = await drawn()
    assert.equal((await step('request-retest')).status, 422, 'a re-test has its reason')
    assert.equal((await step('request-retest', { retestReason: '对结果有异议' })).body.state, 'retesting')
    const other = { retestLaboratory: '示例另一检验机构', retestResult: result }
    assert.equal((await step('record-retest', other)).body.state, 'retested')
    return step
  }
  assert.equal((await (await again('passed'))('close')).body.state, 'closed')
  for (const step of [await drawn(), await again('failed')]) {
    const silent = await step('close')
    assert.deepEqual([silent.status, silent.body.problems?.[0]?.at], [422, '/handling'])
    assert.equal((await step('handle')).body.state, 'handling')
    assert.equal((await step('close', { handling: '下架封存 12 箱，责令查找原因' })).body.state, 'closed')
  }
})

test('a duplicate is merged into the record that stays, and says where it went', async () => {
  const { city } = laws.town
  const kind = kindOf('subject')
  const [stays, duplicate] = [await laws.made(kind), await laws.made(kind)]
  const merge = (into: string, reason = '同一家') =>
    city.call('POST', path('subject', `/${duplicate.id}/merge`), { version: 1, reason, into })
  assert.equal((await merge(duplicate.id)).status, 422)
  assert.equal((await merge(crypto.randomUUID())).status, 404)
  assert.equal((await merge(stays.id, '')).status, 422)
  const merged = await merge(stays.id)
  assert.equal(merged.body.state, 'void')
  assert.equal(merged.body.mergedInto, stays.id)
  // Its code is free again for the one that stays.
  const taken = await city.call('PATCH', path('subject', `/${stays.id}`), { version: 1, uscc: duplicate.uscc })
  assert.equal(taken.status, 200)
})

test('[A7.2.a] in a batch what is wrong refuses that one alone, and the batch sent again writes nothing twice', async () => {
  const { factory } = laws.town
  const kind = kindOf('site')
  const good = (): Record<string, unknown> => ({ ...laws.valid(kind), id: crypto.randomUUID() })
  const twin = good()
  const items = [good(), { ...good(), name: '' }, twin, twin, { ...good(), gln: twin.gln }, 'nonsense']
  const send = () =>
    factory.call<{ items: { status: number; problems?: { at: string }[] }[] }>('POST', path('site', '/batch'), {
      items,
    })
  const first = await send()
  assert.deepEqual(
    first.body.items.map((item) => item.status),
    [201, 422, 201, 200, 409, 422],
  )
  assert.equal(first.body.items[1]?.problems?.[0]?.at, '/name')
  const again = await send()
  assert.deepEqual(
    again.body.items.map((item) => item.status),
    [200, 422, 200, 200, 409, 422],
  )
  assert.equal((await factory.call('POST', path('site', '/batch'), { items: Array(501).fill({}) })).status, 413)
  assert.equal((await factory.call('POST', path('site', '/batch'), { items: {} })).status, 422)
})

test('a list is narrowed by amount in any unit, by validity on a day, and by what ends soon', async () => {
  const { factory } = laws.town
  const person = { ...laws.valid(kindOf('practitioner')), certificate: { from: '2026-01-01', until: '2026-12-05' } }
  const { body: ending } = await factory.call('POST', path('practitioner'), person)
  const found = async (query: string) =>
    (await factory.call<{ items: { id: string }[] }>('GET', path('practitioner', `?${query}`))).body.items.some(
      (item) => item.id === ending.id,
    )
  assert.equal(await found('certificate.on=2026-12-05'), true)
  assert.equal(await found('certificate.on=2026-12-06'), false)
  assert.equal(await found('certificate.endsBefore=2026-12-10'), true)
  assert.equal(await found('certificate.endsBefore=2026-12-05'), false)
  const product = { ...laws.valid(kindOf('product')), netContent: { value: '500', unit: 'GRM' } }
  const { body: half } = await factory.call('POST', path('product'), product)
  const inKilo = await factory.call<{ items: { id: string }[] }>('GET', path('product', '?netContent.to=600'))
  assert.ok(inKilo.body.items.some((item) => item.id === half.id))
})
