import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { clearQuarantine } from '../../src/platform/quarantine/clear.ts'
import { openTown, type Person, type Town } from '../people.ts'

let town: Town
before(async () => {
  town = await openTown()
})
after(() => town.server.close())

type Held = {
  id: string
  version: number
  kind: string
  channel: string
  times: number
  content: Record<string, unknown>
  text?: string
  recordId: string
  reason: { text: string; problems: { at: string }[] }
}
const held = async (person: Person, query = '') =>
  (await person.call<{ items: Held[]; total: number }>('GET', `/api/v1/quarantine${query}`)).body
const check = (n: number, hands: string) => ({
  day: '2026-11-10',
  person: `示例${n}`,
  checkedAt: '2026-11-10T08:00:00+08:00',
  temperature: { value: '36.5', unit: 'CEL' },
  symptom: 'none',
  hands,
  result: 'fit',
  checker: '示例安全员',
})
const records = async (person: Person) =>
  (await person.call<{ total: number }>('GET', '/api/v1/records/morning-check')).body.total

test('[A7.2.a] what another system sent and was refused is kept once with its reason, seen by its sender and its region only', async () => {
  const sent = await town.factory.call('POST', '/api/v1/records/morning-check', check(1, '合格'))
  assert.equal(sent.status, 422)
  await town.factory.call('POST', '/api/v1/records/morning-check', check(1, '合格'))
  await town.factory.call('POST', '/api/v1/records/morning-check/batch', {
    items: [check(2, '合格'), check(3, 'clean'), check(4, '合格')],
  })
  const own = await held(town.factory)
  assert.deepEqual([own.total, own.items.map((each) => each.times).sort()], [3, [1, 1, 2]])
  assert.equal(own.items[0]?.reason.problems[0]?.at, '/hands')
  assert.equal((await held(town.county)).total, 3)
  assert.equal((await held(town.otherCounty)).total, 0)
  assert.equal((await held(town.neighbour)).total, 0)
  const shown = (await held(town.county)).items[0]?.content.person
  assert.notEqual(shown, own.items[0]?.content.person, 'an authority sees personal data in part')
})

test('[A7.2.a] quarantined rows are corrected in bulk and replayed, each once however often', async () => {
  const { items } = await held(town.factory)
  const ids = items.map((each) => each.id)
  const before = await records(town.factory)
  const first = await town.factory.call('POST', '/api/v1/quarantine/replay', { ids })
  assert.deepEqual([first.body.replayed, first.body.refused], [0, 3], 'wrong as they are, they stay')
  assert.equal((await town.county.call('POST', '/api/v1/quarantine/replay', { ids })).status, 403)
  const replaced = await town.factory.call('POST', '/api/v1/quarantine/replace', {
    ids,
    field: 'hands',
    find: '合格',
    put: 'clean',
  })
  assert.equal(replaced.body.changed, 3)
  const again = await town.factory.call('POST', '/api/v1/quarantine/replay', { ids })
  assert.equal(again.body.replayed, 3, JSON.stringify(again.body))
  await town.factory.call('POST', '/api/v1/quarantine/replay', { ids })
  assert.equal(await records(town.factory), before + 3)
  const done = await held(town.factory, '?state=replayed')
  assert.ok(done.items.every((each) => each.recordId))
})

test('one row is corrected in the form against the version that was read, or dropped with a reason', async () => {
  await town.factory.call('POST', '/api/v1/records/morning-check', check(7, 'dirty'))
  await town.factory.call('POST', '/api/v1/records/morning-check', check(8, 'dirty'))
  const [one, two] = (await held(town.factory)).items
  assert.ok(one && two)
  const path = `/api/v1/quarantine/${one.id}`
  const bad = await town.factory.call<Held>('PATCH', path, {
    version: one.version,
    content: { ...one.content, hands: 'clean', symptom: 'x' },
  })
  assert.deepEqual(
    bad.body.reason.problems.map((each) => each.at),
    ['/symptom'],
  )
  assert.equal((await town.factory.call('PATCH', path, { version: one.version, content: {} })).status, 409)
  assert.equal((await town.neighbour.call('GET', path)).status, 404)
  assert.equal((await town.factory.call('POST', '/api/v1/quarantine/drop', { ids: [two.id], reason: '' })).status, 422)
  assert.equal(
    (await town.factory.call('POST', '/api/v1/quarantine/drop', { ids: [two.id], reason: '示例：重复发送' })).body
      .dropped,
    1,
  )
})

test('rows go out to Excel, are corrected there and come back', async () => {
  const url = `${town.server.url}/api/v1/quarantine/sheets/morning-check`
  const headers = { authorization: `Bearer ${town.factory.token}` }
  const file = Buffer.from(await (await fetch(url, { headers })).arrayBuffer())
  assert.equal(file.toString('latin1', 0, 2), 'PK')
  const [one] = (await held(town.factory)).items
  assert.ok(one)
  const csv = `隔离编号,版本,症状\n${one.id},${one.version},无\n${one.id},99,发热\n`
  const back = await fetch(url, { method: 'POST', headers: { ...headers, 'content-type': 'text/csv' }, body: csv })
  const answer = (await back.json()) as { changed: number; refused: { row: number }[] }
  assert.deepEqual([answer.changed, answer.refused.map((each) => each.row)], [1, [3]])
  const replayed = await town.factory.call('POST', '/api/v1/quarantine/replay', { ids: [one.id] })
  assert.equal(replayed.body.replayed, 1, JSON.stringify(replayed.body))
})

test('refused EPCIS documents stand in the same place and are replayed as events', async () => {
  const document = (step: string) => ({
    '@context': ['https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld'],
    type: 'EPCISDocument',
    schemaVersion: '2.0',
    creationDate: '2026-11-20T00:00:00Z',
    epcisBody: {
      eventList: [
        {
          type: 'ObjectEvent',
          eventTime: '2026-11-01T08:00:00+08:00',
          eventTimeZoneOffset: '+08:00',
          epcList: ['urn:epc:id:sgtin:4012345.011111.9'],
          action: step,
          bizStep: 'shipping',
        },
      ],
    },
  })
  assert.equal((await town.factory.call('POST', '/epcis/capture', document('SEE'))).status, 400)
  const { items } = await held(town.factory, '?channel=epcis')
  const id = items[0]?.id
  const { body } = await town.factory.call<Held>('GET', `/api/v1/quarantine/${id}`)
  assert.ok(body.text?.includes('SEE'))
  await town.factory.call('PATCH', `/api/v1/quarantine/${id}`, {
    version: body.version,
    text: JSON.stringify(document('OBSERVE')),
  })
  const { body: done } = await town.factory.call('POST', '/api/v1/quarantine/replay', { ids: [id] })
  assert.equal(done.replayed, 1, JSON.stringify(done))
})

test('[A7.2.a] refused data are told of before they are cleared, and cleared after the figure of the rules table', async () => {
  const { sql } = town.server
  await town.neighbour.call('POST', '/api/v1/records/morning-check', check(77, '合格'))
  const [kept] = (await held(town.neighbour)).items
  assert.ok(kept)
  const at = (days: number) => clearQuarantine(sql as never, new Date(Date.now() + days * 86_400_000))
  const now = async () => {
    const [row] =
      await sql`select state, body <> '' as whole, reason is not null as said from quarantine where id = ${kept.id}`
    return { ...row }
  }
  await at(150)
  const told = () => sql`select title from message m join account a on a.id = m.account_id
    where m.topic = 'data' and a.owner_id = ${town.neighbour.ownerId}`
  assert.equal((await told()).length, 0)
  await at(170)
  await at(171)
  assert.match((await told()).map(({ title }) => title).join(), /^1 条被拒收的数据将在 \d{4}-\d\d-\d\d 起清除$/)
  assert.deepEqual(await now(), { state: 'open', whole: true, said: true })
  await at(183)
  assert.deepEqual(await now(), { state: 'open', whole: true, said: true }, 'not before it was told of long enough')
  await at(185)
  assert.deepEqual(await now(), { state: 'cleared', whole: false, said: true })
  assert.equal((await held(town.neighbour)).total, 0)
})
