import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerList, answerReferences, type KeptList } from '../../src/web/offline/narrow.ts'
import {
  hadArrived,
  type Item,
  isUnderway,
  joined,
  nextOf,
  type Refused,
  referringTo,
  requestOf,
  verdictOf,
  waiting,
} from '../../src/web/outbox/item.ts'
import type { OwnKind, Row } from '../../src/web/shell/row.ts'

const row = { id: 'r1', version: 3, state: 'kept', taker: '甲', dish: '鱼' } as unknown as Row

function item(change: Partial<Item> = {}): Item {
  const made = waiting({
    account: 'a1',
    id: 'i1',
    kind: 'some-kind',
    kindTitle: '示例',
    title: '示例一',
    act: 'change',
    recordId: 'r1',
    body: { taker: '乙' },
    base: row,
    titles: {},
  })
  return { ...made, ...change }
}

const refused = (change: Partial<Refused>): Refused => ({
  status: 422,
  code: 'invalid',
  detail: '',
  problems: [],
  ...change,
})

test('a new record is sent under its own id, a change against the version it was made on', () => {
  assert.deepEqual(requestOf(item({ act: 'create', id: 'r9', recordId: 'r9', body: { dish: '鱼' } })), {
    method: 'POST',
    path: '/api/v1/records/some-kind',
    body: { id: 'r9', dish: '鱼' },
  })
  assert.deepEqual(requestOf(item()).body, { version: 3, taker: '乙' })
  const step = { name: 'dispose', title: '销样', to: 'disposed' }
  assert.equal(requestOf(item({ act: 'step', step })).path, '/api/v1/records/some-kind/r1/steps/dispose')
})

test('changes of one record that both wait are one change, and a change of a new record is part of it', () => {
  const both = joined(item(), item({ id: 'i2', body: { dish: '肉' } }))
  assert.deepEqual(both?.body, { taker: '乙', dish: '肉' })
  assert.equal(both?.base?.version, 3)
  const created = item({ act: 'create', id: 'r1', body: { taker: '甲', dish: '鱼' } })
  assert.deepEqual(joined(created, item({ body: { taker: null } }))?.body, { dish: '鱼' })
  assert.equal(joined(item(), item({ recordId: 'r2' })), undefined)
  assert.equal(joined(item(), item({ act: 'step' })), undefined, 'a step comes after the change')
})

test('a refused item that is changed waits again without its old problems', () => {
  const both = joined(item({ state: 'refused', refused: refused({}) }), item({ body: { dish: '肉' } }))
  assert.equal(both?.state, 'waiting')
  assert.equal(both?.refused, undefined)
})

test('a change whose answer was lost has arrived when the server already holds it, and is no conflict', () => {
  const current = { ...row, version: 4, taker: '乙' } as Row
  const conflict = refused({ status: 409, code: 'version-conflict', current })
  assert.ok(hadArrived(item(), current))
  assert.equal(verdictOf(item(), conflict), 'arrived')
  assert.equal(verdictOf(item(), { ...conflict, current: { ...current, taker: '丙' } as Row }), 'conflict')
  const step = { name: 'dispose', title: '销样', to: 'disposed' }
  const taken = item({ act: 'step', step, body: {} })
  assert.ok(!hadArrived(taken, current))
  assert.ok(hadArrived(taken, { ...current, state: 'disposed' } as Row))
})

test('an unreached or busy server is tried later, an ended session asks to sign in, a refusal asks the user', () => {
  for (const status of [0, 429, 500, 503]) assert.equal(verdictOf(item(), refused({ status })), 'later')
  assert.equal(verdictOf(item(), refused({ status: 401, code: 'sign-in' })), 'sign-in')
  assert.equal(verdictOf(item(), refused({ status: 409, code: 'other-account' })), 'sign-in')
  assert.equal(verdictOf(item(), refused({})), 'refused')
  assert.equal(verdictOf(item({ act: 'create' }), refused({ status: 409, code: 'id-taken', current: row })), 'conflict')
})

test('the oldest goes first, and what follows on a record waits until what came before has arrived', () => {
  const [one, two, three] = [
    item({ id: '1', at: '2026-11-20T01:00:00Z', state: 'conflict' }),
    item({ id: '2', at: '2026-11-20T02:00:00Z' }),
    item({ id: '3', at: '2026-11-20T03:00:00Z', recordId: 'r2' }),
  ] as const
  assert.equal(nextOf([three, two, one], new Set())?.id, '3')
  assert.equal(nextOf([three, two], new Set())?.id, '2')
  assert.equal(nextOf([three, two], new Set(['2']))?.id, '3')
  assert.equal(nextOf([one], new Set()), undefined)
})

test('a void waits like other acts, names its reason, and has arrived where the record is void', () => {
  const voiding = item({ act: 'void', body: { reason: '登记错了' } })
  assert.deepEqual(requestOf(voiding), {
    method: 'POST',
    path: '/api/v1/records/some-kind/r1/void',
    body: { version: 3, reason: '登记错了' },
  })
  assert.equal(joined(item(), voiding), undefined, 'a void comes after the change')
  assert.equal(joined(voiding, item()), undefined)
  const gone = refused({ status: 409, code: 'already-void', current: { ...row, state: 'void' } as Row })
  assert.equal(verdictOf(voiding, gone), 'arrived')
  assert.equal(verdictOf(item(), gone), 'refused', 'a change of a void record is told, not merged')
})

test('a record that refers to an unsent one, also in a line, goes after it and never before', () => {
  const site = item({ id: 's1', recordId: 's1', act: 'create', at: '2026-11-20T01:00:00Z', state: 'refused' })
  const check = item({
    id: 'c1',
    recordId: 'c1',
    act: 'create',
    at: '2026-11-20T02:00:00Z',
    body: { lines: [{ site: 's1' }] },
  })
  const other = item({ id: 'o1', recordId: 'o1', act: 'create', at: '2026-11-20T03:00:00Z', body: { dish: 's1 菜' } })
  assert.equal(nextOf([other, check, site], new Set())?.id, 'o1')
  assert.equal(nextOf([other, check, { ...site, state: 'waiting' }], new Set())?.id, 's1')
  assert.equal(nextOf([check], new Set())?.id, 'c1')
  assert.deepEqual(referringTo(check, 's1', 's9').body, { lines: [{ site: 's9' }] })
  assert.deepEqual(referringTo(other, 's1', 's9').body, other.body)
})

test('an item that died on its way is not held to be underway for ever', () => {
  const sendingAt = '2026-11-20T01:00:00.000Z'
  assert.ok(isUnderway(item({ sendingAt }), Date.parse('2026-11-20T01:00:30Z')))
  assert.ok(!isUnderway(item({ sendingAt }), Date.parse('2026-11-20T01:02:00Z')))
  assert.ok(!isUnderway(item()))
})

const kind = {
  name: 'some-kind',
  fields: { dish: { type: 'text', title: '菜品' }, day: { type: 'day', title: '日期' } },
  titleFields: ['dish'],
  list: { columns: ['dish'], sort: '-day', search: ['dish'] },
} as unknown as OwnKind

const rows = [
  { id: '1', state: 'active', dish: '清蒸鱼', day: '2026-11-18', region: '450204' },
  { id: '2', state: 'active', dish: '红烧肉', day: '2026-11-20', region: '450204' },
  { id: '3', state: 'void', dish: '酸笋鱼', day: '2026-11-19', region: '450203' },
] as unknown as Row[]

const list: KeptList = {
  account: 'a1',
  kind: 'some-kind',
  query: '',
  title: '示例',
  at: '2026-11-20T00:00:00Z',
  rows,
  titles: {},
  more: false,
}

test('a list that was taken along is narrowed and ordered as the server would', () => {
  const ids = (query: Record<string, string>) => answerList(kind, [list, list], query).items.map(({ id }) => id)
  assert.deepEqual(ids({}), ['2', '3', '1'])
  assert.deepEqual(ids({ state: 'active', sort: 'day' }), ['1', '2'])
  assert.deepEqual(ids({ q: '鱼' }), ['3', '1'])
  assert.deepEqual(ids({ 'day.from': '2026-11-19', 'day.to': '2026-11-19' }), ['3'])
  assert.deepEqual(ids({ region: '450203' }), ['3'])
  assert.equal(answerList(kind, [list], {}).keptAt, '2026-11-20T00:00:00Z')
})

test('what may be referred to is found in the kept answer and the lists, void records left out', () => {
  const kept = { items: [{ id: '9', title: '示例米业' }] }
  assert.deepEqual(
    answerReferences(kept, kind, [list], '').items.map(({ id }) => id),
    ['9', '1', '2'],
  )
  assert.deepEqual(
    answerReferences(undefined, kind, [list], '鱼').items.map(({ title }) => title),
    ['清蒸鱼'],
  )
})
