import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { start } from '../../src/main.ts'
import { eventually } from '../eventually.ts'
import { type Person, personOf } from '../people.ts'
import type { TestServer } from '../server.ts'
import { at, documentOf, event, type Fields, owners, place, serial } from '../trace/chain.ts'
import { openFactory } from './factory.ts'
import { openReceiver, type Receiver } from './receiver.ts'

type Refusal = { type: string; title: string; problems: { at: string }[] }
type Shown = {
  subscriptionID: string
  queryName: string
  backlog: number
  attempts?: number
  lastError?: string
  minRecordTime: string
}
type Message = {
  epcisBody: { queryResults: { subscriptionID?: string; queryName: string; resultsBody: { eventList: Fields[] } } }
}

let server: TestServer
let factory: Person
let stranger: Person
let receiver: Receiver

before(async () => {
  process.env.SHISU_HOOK_NETWORKS = '127.0.0.0/8'
  ;({ server, factory } = await openFactory())
  stranger = await personOf(server, owners.stranger.id, 'enterprise')
  receiver = await openReceiver()
  const query = { eventType: ['ObjectEvent'], EQ_bizStep: ['shipping'] }
  for (const person of [factory, stranger]) {
    const { status } = await person.call('POST', '/epcis/queries', { name: 'shipped', query })
    assert.equal(status, 201)
  }
})

after(async () => {
  await receiver.close()
  await server.close()
})

let number = 0

async function ship(count: number, bizStep = 'shipping'): Promise<string[]> {
  const events = Array.from({ length: count }, () => {
    number++
    return event('ObjectEvent', at(1), {
      eventID: `urn:x:sub:${number}`,
      action: 'OBSERVE',
      bizStep,
      bizLocation: place('factory'),
      epcList: [serial('06901000000301', `N${number}`)],
    })
  })
  const { status } = await factory.call('POST', '/epcis/capture', documentOf(events))
  assert.equal(status, 202)
  return events.map(({ eventID }) => String(eventID))
}

async function subscribe(controls: Fields, person = factory): Promise<string> {
  const body = { dest: receiver.url, signatureToken: 'secret', ...controls }
  const { status, body: shown } = await person.call<Shown>('POST', '/epcis/queries/shipped/subscriptions', body)
  assert.equal(status, 201, JSON.stringify(shown))
  return shown.subscriptionID
}

const end = (id: string) => factory.call('DELETE', `/epcis/queries/shipped/subscriptions/${id}`)

function told(id: string): string[] {
  return receiver.received
    .map(({ text }) => JSON.parse(text) as Message)
    .filter(({ epcisBody }) => epcisBody.queryResults.subscriptionID === id)
    .flatMap(({ epcisBody }) => epcisBody.queryResults.resultsBody.eventList.map(({ eventID }) => String(eventID)))
}

test('a stream tells each new event that matches once, signed, and never what was there before', async () => {
  await ship(2)
  const id = await subscribe({ stream: true })
  const expected = await ship(3)
  await ship(1, 'receiving')
  expected.push(...(await ship(1)))
  await eventually(() => told(id).length >= 4, 'four events')
  assert.deepEqual(told(id), expected)
  for (const { headers, text } of receiver.received) {
    const digest = createHmac('sha256', 'secret').update(text).digest('hex')
    assert.equal(headers['gs1-signature'], `sha256=${digest}`)
    assert.equal(headers['gs1-epcis-version'], '2.0.0')
  }
  const { body } = await factory.call<Shown>('GET', `/epcis/queries/shipped/subscriptions/${id}`)
  assert.equal(body.backlog, 0)
  assert.doesNotMatch(JSON.stringify(body), /secret/)
  assert.equal((await end(id)).status, 204)
  assert.equal((await factory.call('GET', `/epcis/queries/shipped/subscriptions/${id}`)).status, 404)
})

test('what a subscriber does not accept waits in a visible backlog and comes again, across a restart, without the rest', async () => {
  const id = await subscribe({ stream: true })
  const first = await ship(2)
  await eventually(() => told(id).length === 2, 'the first two')
  receiver.status = 500
  const second = await ship(3)
  const path = `/epcis/queries/shipped/subscriptions/${id}`
  await eventually(async () => ((await factory.call<Shown>('GET', path)).body.attempts ?? 0) > 0, 'a failed attempt')
  const { body } = await factory.call<Shown>('GET', path)
  assert.equal(body.backlog, 3)
  assert.match(String(body.lastError), /500/)
  // Another process takes over, on the same keys.
  const other = await start({
    databaseUrl: server.databaseUrl,
    port: 0,
    role: 'jobs',
    dataDir: server.dataDir,
    quiet: true,
    empty: true,
  })
  receiver.status = 200
  await eventually(() => told(id).length >= 5, 'the rest')
  await new Promise((resolve) => setTimeout(resolve, 600))
  await other.stop()
  assert.deepEqual(told(id), [...first, ...second], 'each once, in order')
  await end(id)
})

test('two processes do not tell twice', async () => {
  const other = await start({
    databaseUrl: server.databaseUrl,
    port: 0,
    role: 'jobs',
    dataDir: server.dataDir,
    quiet: true,
    empty: true,
  })
  const id = await subscribe({ stream: true })
  const expected: string[] = []
  for (let i = 0; i < 10; i++) expected.push(...(await ship(2)))
  await eventually(() => told(id).length >= 20, 'twenty events')
  await new Promise((resolve) => setTimeout(resolve, 600))
  await other.stop()
  assert.deepEqual(told(id).toSorted(), expected.toSorted())
  await end(id)
})

test('a large document comes in messages of bounded size', async () => {
  const id = await subscribe({ stream: true })
  const expected = await ship(1200)
  await eventually(() => told(id).length >= 1200, '1200 events')
  assert.deepEqual(told(id), expected)
  const sizes = receiver.received.map(
    ({ text }) => (JSON.parse(text) as Message).epcisBody.queryResults.resultsBody.eventList.length,
  )
  assert.ok(Math.max(...sizes) <= 500)
  await end(id)
})

test('what was recorded from a time on is told first where the subscriber asks for it', async () => {
  const before = await ship(1)
  await new Promise((resolve) => setTimeout(resolve, 20))
  const time = new Date().toISOString()
  const expected = await ship(2)
  const id = await subscribe({ stream: true, initialRecordTime: time })
  await eventually(() => told(id).length >= 2, 'two events')
  assert.deepEqual(told(id), expected)
  assert.ok(!told(id).includes(before[0] as string))
  await end(id)
})

test('a schedule reports when its time comes, and tells of nothing only where asked to', async () => {
  const everySecond = { schedule: { second: '[0-59]' } }
  const id = await subscribe(everySecond)
  const quiet = receiver.received.length
  const expected = await ship(2)
  await eventually(() => told(id).length >= 2, 'two events')
  assert.deepEqual(told(id), expected)
  await end(id)
  const empty = await subscribe({ ...everySecond, reportIfEmpty: true })
  await eventually(() => receiver.received.length >= quiet + 2, 'an empty report')
  assert.deepEqual(told(empty), [])
  await end(empty)
})

test('a subscriber is told only what it may see', async () => {
  const id = await subscribe({ stream: true }, stranger)
  const own = await subscribe({ stream: true })
  const expected = await ship(2)
  await eventually(() => told(own).length >= 2, 'two events')
  assert.deepEqual(told(own), expected)
  assert.deepEqual(told(id), [])
  assert.equal((await factory.call('GET', `/epcis/queries/shipped/subscriptions/${id}`)).status, 404)
  assert.equal((await end(id)).status, 404)
  await end(own)
})

test('identifiers are told in the form asked for', async () => {
  const response = await fetch(`${server.url}/epcis/queries/shipped/subscriptions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${factory.token}`,
      'content-type': 'application/json',
      'GS1-EPC-Format': 'Always_EPC_URN',
    },
    body: JSON.stringify({ dest: receiver.url, stream: true }),
  })
  const { subscriptionID: id, queryName } = (await response.json()) as Shown
  assert.equal(queryName, 'shipped')
  await ship(1)
  await eventually(() => told(id).length >= 1, 'an event')
  const text = receiver.received.at(-1)?.text ?? ''
  assert.match(text, /urn:epc:id:sgtin:6901000\.000030\.N\d+/)
  assert.equal(receiver.received.at(-1)?.headers['gs1-signature'], undefined, 'nothing to sign with')
  await end(id)
})

test('inner addresses are refused where they are not allowed, by number, by name and by redirection', async () => {
  const refused = async (dest: unknown) => {
    const answer = await factory.call<Refusal>('POST', '/epcis/queries/shipped/subscriptions', { dest, stream: true })
    return answer.status
  }
  for (const dest of [
    'http://10.0.0.1/x',
    'http://169.254.169.254/latest',
    'http://[::1]/x',
    'http://[::ffff:10.0.0.1]/x',
    'http://[fd00::1]/x',
    'http://0x0a000001/x',
    'http://user:pass@127.0.0.1/',
    'ftp://127.0.0.1/x',
    'file:///etc/passwd',
    'no address',
    undefined,
    7,
  ]) {
    assert.equal(await refused(dest), 400, String(dest))
  }
  process.env.SHISU_HOOK_NETWORKS = ''
  for (const dest of [receiver.url, 'http://localhost:1/x', 'http://127.1/x', 'http://[::ffff:127.0.0.1]/x']) {
    assert.equal(await refused(dest), 400, dest)
  }
  process.env.SHISU_HOOK_NETWORKS = '127.0.0.0/8'
  const id = await subscribe({ stream: true })
  receiver.status = 302
  await ship(1)
  const path = `/epcis/queries/shipped/subscriptions/${id}`
  await eventually(
    async () => ((await factory.call<Shown>('GET', path)).body.attempts ?? 0) > 0,
    'a refused redirection',
  )
  receiver.status = 200
  await end(id)
})

test('controls that say no time, or one that never comes, are refused by name', async () => {
  for (const controls of [
    {},
    { stream: false },
    { stream: true, schedule: { hour: '1' } },
    { schedule: {} },
    { schedule: { hour: '24' } },
    { schedule: { minute: '[9-3]' } },
    { schedule: { weekday: '1' } },
    { schedule: { dayOfMonth: '30', month: '2' } },
    { stream: true, reportIfEmpty: 'yes' },
    { stream: true, initialRecordTime: 'yesterday' },
    { stream: true, signatureToken: 7 },
  ]) {
    const body = { dest: receiver.url, ...controls }
    const answer = await factory.call<Refusal>('POST', '/epcis/queries/shipped/subscriptions', body)
    assert.equal(answer.status, 400, JSON.stringify(controls))
    assert.equal(answer.body.type, 'epcisException:SubscriptionControlsException')
    assert.match(answer.body.title, /[\u4e00-\u9fff]/)
  }
})

test('removing a query ends what is subscribed to it', async () => {
  await factory.call('POST', '/epcis/queries', { name: 'gone', query: {} })
  const { body } = await factory.call<Shown>('POST', '/epcis/queries/gone/subscriptions', {
    dest: receiver.url,
    stream: true,
  })
  assert.equal((await factory.call('DELETE', '/epcis/queries/gone')).status, 204)
  await ship(1)
  await new Promise((resolve) => setTimeout(resolve, 800))
  assert.deepEqual(told(body.subscriptionID), [])
  assert.equal((await factory.call('GET', '/epcis/queries/gone')).status, 404)
})

test('an account that is closed, or is somebody else’s now, is told nothing more', async () => {
  for (const change of [{ disabled_at: new Date() }, { owner_id: owners.mill.id }]) {
    const leaver = await personOf(server, owners.factory.id, 'enterprise')
    const id = await subscribe({ stream: true }, leaver)
    await server.sql`update account set ${server.sql(change)}
      where id = (select account_id from epcis_subscription where id = ${id})`
    await ship(1)
    await eventually(
      async () => {
        const [row] = await server.sql`select end_reason from epcis_subscription where id = ${id}`
        return row?.end_reason === 'account-closed'
      },
      `the end after ${Object.keys(change)}`,
    )
    assert.deepEqual(told(id), [])
  }
})
