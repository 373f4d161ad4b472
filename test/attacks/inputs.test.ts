import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { kinds } from '../../src/catalogue.ts'
import type { Kind } from '../../src/language/index.ts'
import { give } from '../files.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'

type Answer = {
  id?: string
  version?: number
  code?: string
  detail?: string
  problems?: { at: string; text: string }[]
}

let laws: LawTown

before(async () => {
  laws = await openLawTown()
})
after(() => laws.town.server.close())

const kindOf = (name: string): Kind => kinds.find((kind) => kind.name === name) as Kind
const path = (name: string, tail = '') => `/api/v1/records/${name}${tail}`
const sample = (more: object = {}) => ({ ...laws.valid(kindOf('retained-sample')), ...more })
const send = (name: string, body: unknown) => laws.town.factory.call<Answer>('POST', path(name), body)

test('a date that no calendar has, or of the year 20261, is refused at its field in a sentence', async () => {
  const bad = [
    '20261-01-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '+020261-01-01T00:00:00Z',
    'x',
    5,
  ]
  for (const takenAt of bad) {
    const { status, body } = await send('retained-sample', sample({ takenAt }))
    assert.equal(status, 422, String(takenAt))
    assert.equal(body.problems?.[0]?.at, '/takenAt', String(takenAt))
  }
  const practitioner = laws.valid(kindOf('practitioner'))
  for (const hiredOn of ['20261-01-01', '2026-02-29', '2026/01/01', '0000-01-01', '2026-1-1']) {
    const { status, body } = await send('practitioner', { ...practitioner, hiredOn })
    assert.deepEqual([status, body.problems?.[0]?.at], [422, '/hiredOn'], hiredOn)
  }
})

test('a page marker made by hand is refused in a sentence, on every list', async () => {
  const marker = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const id = '01920000-0000-7000-8000-00000000dead'
  const markers = [
    ['\0', id],
    ['2026-02-30', `${id}0`],
    [5, id],
    { 0: 'a', 1: id },
    ['2026-02-30', '-'.repeat(36)],
  ].map(marker)
  const ask = async (path: string) => (await laws.town.factory.call<Answer>('GET', path)).status
  for (const kind of kinds.filter(({ grants }) => grants.enterprise?.includes('read'))) {
    for (const after of markers)
      assert.equal(await ask(path(kind.name, `?after=${after}`)), 422, `${kind.name} ${after}`)
    // Names are ordered too: to a list by name it is a place like any other.
    for (const key of ['x', '2026-02-30', '-'.repeat(30)])
      assert.ok([200, 422].includes(await ask(path(kind.name, `?after=${marker([key, id])}`))), `${kind.name} ${key}`)
  }
  for (const at of ['2026-02-30 00:00:00+00', '9999-99-99 99:99:99+99', '+'.repeat(11)]) {
    const page = Buffer.from(marker(['1', at])).toString('base64url')
    assert.equal(await ask(`/epcis/events?orderBy=eventTime&nextPageToken=1.zzzzzzzzz.${page}`), 400, at)
    const plain = marker(['1', at])
    assert.equal(await ask(`/epcis/events?orderBy=eventTime&nextPageToken=1.zzzzzzzzz.${plain}`), 400, at)
  }
})

test('rare characters, joined emoji and combining marks come back as they were sent; half a character is refused', async () => {
  for (const dish of ['𠮷野家〇号', '👩‍🍳卤蛋🥚', 'é 与 é', '㐂𪚥', 'ﷺ‏عربي']) {
    const { status, body } = await send('retained-sample', sample({ dish }))
    assert.equal(status, 201, dish)
    const read = await laws.town.factory.call<{ dish: string }>('GET', path('retained-sample', `/${body.id}`))
    assert.equal(read.body.dish, dish)
  }
  const found = await laws.town.factory.call<{ total: number }>(
    'GET',
    path('retained-sample', `?q=${encodeURIComponent('𠮷野')}`),
  )
  assert.equal(found.body.total, 1)
  const half = await send('retained-sample', JSON.stringify(sample({ dish: 'HALF' })).replace('HALF', '\\ud842'))
  assert.ok([400, 422].includes(half.status), `half a character: ${half.status}`)
  const nul = await send('retained-sample', sample({ dish: 'a\u0000b' }))
  assert.equal(nul.status, 422)
  assert.equal(nul.body.problems?.[0]?.at, '/dish')
})

test('a body in another encoding is refused in a sentence, never taken with its characters lost', async () => {
  const { factory, server } = laws.town
  const post = async (body: Buffer, more: Record<string, string> = {}) => {
    const answer = await fetch(`${server.url}${path('retained-sample')}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${factory.token}`, 'content-type': 'application/json', ...more },
      body: new Uint8Array(body),
    })
    return { status: answer.status, detail: ((await answer.json()) as Answer).detail ?? '' }
  }
  const text = JSON.stringify(sample({ dish: 'HERE' }))
  const [head = '', tail = ''] = text.split('HERE')
  // 红烧肉 in GBK.
  const gbk = Buffer.concat([Buffer.from(head), Buffer.from('baecc9d5c8e2', 'hex'), Buffer.from(tail)])
  const found = await post(gbk)
  assert.equal(found.status, 400)
  assert.match(found.detail, /UTF-8/)
  for (const bytes of [Buffer.from(text, 'utf16le'), Buffer.from(text.replace('HERE', 'é'), 'latin1')])
    assert.equal((await post(bytes)).status, 400)
  const packed = await post(gzipSync(text), { 'content-encoding': 'gzip' })
  assert.deepEqual([packed.status, /不接受压缩的内容/.test(packed.detail)], [415, true])
  const kept = await factory.call<{ items: { dish: string }[] }>('GET', path('retained-sample'))
  assert.ok(kept.body.items.every(({ dish }) => !dish.includes('\ufffd')))
})

test('a form of 100,000 lines is refused with one sentence, and not line by line', async () => {
  const receipt = laws.valid(kindOf('material-receipt'))
  const { status, body } = await send('material-receipt', { ...receipt, lots: Array(100_000).fill({}) })
  assert.equal(status, 422)
  assert.deepEqual(
    body.problems?.map(({ at }) => at),
    ['/lots'],
  )
  assert.match(body.problems?.[0]?.text ?? '', /最多 200 行，现在 100000 行/)
  const large = await send('material-receipt', { ...receipt, lots: Array(100_000).fill({ name: '示例的很长的名称' }) })
  assert.equal(large.status, 413)
  assert.match(large.body.detail ?? '', /[\u4e00-\u9fff]/)
})

test('half a character and a zero in the name of a field are refused with the field named, and kept', async () => {
  for (const name of ['\ud83d', 'a\u0000b']) {
    const answer = await send('retained-sample', { ...sample(), [name]: '1' })
    assert.equal(answer.status, 422, JSON.stringify(answer.body))
  }
})

test('a record under an id that another owner already uses is refused and tells nothing of it', async () => {
  const { factory, neighbour } = laws.town
  const made = await send('retained-sample', sample())
  await give(laws.town.server, neighbour)
  const taken = await neighbour.call<Answer>(
    'POST',
    path('retained-sample'),
    sample({ id: made.body.id, dish: '别人的', device: undefined }),
  )
  assert.ok(taken.status === 201 || taken.status === 409, JSON.stringify(taken))
  assert.doesNotMatch(JSON.stringify(taken.body), /示例食品厂甲/)
  const own = await factory.call<{ dish: string; ownerId: string }>('GET', path('retained-sample', `/${made.body.id}`))
  assert.equal(own.body.ownerId, factory.ownerId)
  assert.notEqual(own.body.dish, '别人的')
  const acts: ['PATCH' | 'POST', string, object][] = [
    ['PATCH', '', { dish: '别人的' }],
    ['POST', '/void', { reason: '不是我的' }],
    ['POST', '/steps/dispose', { disposer: '别人' }],
  ]
  for (const [method, act, body] of acts) {
    const answer = await neighbour.call(method, path('retained-sample', `/${made.body.id}${act}`), {
      version: 1,
      ...body,
    })
    assert.equal(answer.status, taken.status === 201 ? answer.status : 404, act)
  }
})

test('[A7.2.a] a queue of work that is sent twice, at once and out of order ends as it was meant, each record once', async () => {
  const { factory } = laws.town
  const id = crypto.randomUUID()
  const body = sample({ id, dish: '重放菜', takenAt: '2026-11-01T01:00:00Z' })
  const step = { version: 1, disposedAt: '2026-11-05T01:00:00Z', disposer: '示例销样员' }
  const take = () => factory.call<Answer>('POST', path('retained-sample', `/${id}/steps/dispose`), step)
  assert.equal((await take()).status, 404, 'the step came before its record: it is kept and tried again')
  const answers = await Promise.all([1, 2, 3, 4].map(() => send('retained-sample', body)))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 200, 201])
  const steps = await Promise.all([take(), take()])
  assert.deepEqual(steps.map(({ status }) => status).sort(), [200, 409])
  const late = await factory.call<Answer & { current?: { state: string } }>(
    'PATCH',
    path('retained-sample', `/${id}`),
    {
      version: 1,
      box: '晚到的修改',
    },
  )
  assert.equal(late.status, 409)
  assert.equal(late.body.current?.state, 'disposed', 'what stands there now is told, so that the two can be compared')
  const { body: list } = await factory.call<{ total: number }>(
    'GET',
    path('retained-sample', `?id=${id}&state=disposed`),
  )
  assert.equal(list.total, 1)
  const history = await factory.call<{ items: unknown[] }>('GET', path('retained-sample', `/${id}/history`))
  assert.equal(history.body.items.length, 2)
})
