import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { WebSocket } from 'ws'
import { eventually } from '../eventually.ts'
import { type Person, personOf } from '../people.ts'
import type { TestServer } from '../server.ts'
import { at, documentOf, event, type Fields, owners, place, serial } from '../trace/chain.ts'
import { openFactory } from './factory.ts'

type Message = { epcisBody: { queryResults: { queryName: string; resultsBody: { eventList: Fields[] } } } }

let server: TestServer
let factory: Person
let stranger: Person

before(async () => {
  ;({ server, factory } = await openFactory({ role: 'web' }))
  stranger = await personOf(server, owners.stranger.id, 'enterprise')
  for (const person of [factory, stranger]) {
    await person.call('POST', '/epcis/queries', { name: 'all', query: { eventType: ['ObjectEvent'] } })
  }
})

after(() => server.close())

let number = 0

async function seen(count: number): Promise<string[]> {
  const events = Array.from({ length: count }, () => {
    number++
    const fields = {
      action: 'OBSERVE',
      bizLocation: place('factory'),
      epcList: [serial('06901000000301', `W${number}`)],
    }
    return event('ObjectEvent', at(1), { eventID: `urn:x:stream:${number}`, ...fields })
  })
  assert.equal((await factory.call('POST', '/epcis/capture', documentOf(events))).status, 202)
  return events.map(({ eventID }) => String(eventID))
}

type Listening = { ids: string[]; messages: number; closed: boolean; socket: WebSocket }

/** Opens a socket; the status of the refusal where there is one. */
function listen(query: string, person = factory, headers: Record<string, string> = {}): Promise<Listening | number> {
  const address = `${server.url.replace('http', 'ws')}/epcis/queries/all/events${query}`
  const socket = new WebSocket(address, { headers: { authorization: `Bearer ${person.token}`, ...headers } })
  const listening: Listening = { ids: [], messages: 0, closed: false, socket }
  socket.on('message', (data) => {
    listening.messages++
    const { queryResults } = (JSON.parse(String(data)) as Message).epcisBody
    assert.equal(queryResults.queryName, 'all')
    listening.ids.push(...queryResults.resultsBody.eventList.map(({ eventID }) => String(eventID)))
  })
  socket.on('close', () => {
    listening.closed = true
  })
  return new Promise((resolve) => {
    socket.on('open', () => resolve(listening))
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.on('error', () => resolve(0))
  })
}

async function opened(query: string, person = factory, headers: Record<string, string> = {}): Promise<Listening> {
  const listening = await listen(query, person, headers)
  if (typeof listening === 'number') throw new Error(`refused with ${listening}`)
  return listening
}

test('a listener hears each new event once, in order, as long as it listens, and only what it may see', async () => {
  await seen(1)
  const [one, other, outsider] = [
    await opened('?stream=true'),
    await opened('?stream=true'),
    await opened('?stream=true', stranger),
  ]
  const first = await seen(2)
  await eventually(() => one.ids.length >= 2 && other.ids.length >= 2, 'two events')
  one.socket.close()
  const second = await seen(2)
  await eventually(() => other.ids.length >= 4, 'two more')
  assert.deepEqual(one.ids, first)
  assert.deepEqual(other.ids, [...first, ...second])
  assert.deepEqual(outsider.ids, [])
  other.socket.close()
  outsider.socket.close()
})

test('whoever was away takes up again from a time', async () => {
  await new Promise((resolve) => setTimeout(resolve, 20))
  const left = new Date().toISOString()
  const missed = await seen(2)
  const listening = await opened(`?stream=true&initialRecordTime=${encodeURIComponent(left)}`)
  await eventually(() => listening.ids.length >= 2, 'what was missed')
  const later = await seen(1)
  await eventually(() => listening.ids.length >= 3, 'what came after')
  assert.deepEqual(listening.ids, [...missed, ...later])
  listening.socket.close()
})

test('a scheduled listener hears at its times, and of nothing only where it asks to', async () => {
  const silent = await opened('?second=%5B0-59%5D')
  const told = await opened('?second=%5B0-59%5D&reportIfEmpty=true')
  await eventually(() => told.messages >= 2, 'two empty reports')
  assert.equal(silent.messages, 0)
  const ids = await seen(1)
  await eventually(() => silent.ids.length >= 1 && told.ids.length >= 1, 'an event')
  assert.deepEqual([silent.ids, told.ids], [ids, ids])
  silent.socket.close()
  told.socket.close()
})

test('the connection tells from when events may come, and ends with its query, of which nothing more is told', async () => {
  const query = { name: 'short', query: {} }
  assert.equal((await factory.call('POST', '/epcis/queries', query)).status, 201)
  const open = (path: string) => {
    const headers = { authorization: `Bearer ${factory.token}` }
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/epcis/queries/short/events${path}`, { headers })
    const told = new Promise<string>((resolve) =>
      socket.on('upgrade', ({ headers }) => resolve(String(headers['gs1-query-min-record-time']))),
    )
    const messages: string[] = []
    socket.on('message', (data) => messages.push(String(data)))
    const closed = new Promise<number>((resolve) => socket.on('close', resolve))
    return { told, closed, messages }
  }
  const before = Date.now()
  const [now, later] = [open('?stream=true'), open('?hour=3&initialRecordTime=2026-07-01T08:00:00%2B08:00')]
  assert.ok(Date.parse(await now.told) >= before)
  assert.equal(await later.told, '2026-07-01T00:00:00.000Z')
  await factory.call('DELETE', '/epcis/queries/short')
  assert.equal((await factory.call('POST', '/epcis/queries', query)).status, 201)
  await seen(1)
  assert.deepEqual(await Promise.all([now.closed, later.closed]), [1000, 1000])
  assert.deepEqual([now.messages, later.messages], [[], []])
})

test('a listener is refused before the connection is taken over', async () => {
  assert.equal(await listen(''), 400)
  assert.equal(await listen('?stream=false'), 400)
  assert.equal(await listen('?stream=true&hour=1'), 400)
  assert.equal(await listen('?hour=25'), 400)
  assert.equal(await listen('?stream=true&EQ_action=ADD'), 400, 'a condition beside the stored ones')
  assert.equal(await listen('?stream=true', { ...factory, token: 'x'.repeat(40) }), 401)
  const other = await personOf(server, owners.factory.id, 'enterprise', ['records'])
  assert.equal(await listen('?stream=true', other), 403)
  const none = await new Promise((resolve) => {
    const headers = { authorization: `Bearer ${factory.token}` }
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/epcis/events`, { headers })
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode))
    socket.on('open', () => resolve('open'))
    socket.on('error', () => resolve('error'))
  })
  assert.equal(none, 400, 'only a named query can be listened to')
  const elsewhere = await new Promise((resolve) => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/healthz`)
    socket.on('unexpected-response', (_request, response) => response.on('close', () => resolve('closed')).resume())
    socket.on('error', () => resolve('closed'))
  })
  assert.equal(elsewhere, 'closed')
  await factory.call('DELETE', '/epcis/queries/all')
  assert.equal(await listen('?stream=true'), 404)
})
