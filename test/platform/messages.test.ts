import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Sql } from 'postgres'
import { kinds } from '../../src/catalogue.ts'
import type { Kind } from '../../src/language/index.ts'
import { createAccount } from '../../src/platform/access/accounts.ts'
import { fill, readHeaders } from '../../src/platform/message/adapter.ts'
import { type Administrators, administratorsOf, strong, type Visitor, visitor } from '../access/visitor.ts'
import { openReceiver, type Receiver } from '../epcis/receiver.ts'
import { eventually } from '../eventually.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'
import { openMailServer } from './smtp-server.ts'

let laws: LawTown
let sql: Sql
let admins: Administrators
let provider: Receiver
let mail: Awaited<ReturnType<typeof openMailServer>>
let keeper: Visitor & { id: string }
let officer: Visitor & { id: string }

const kindOf = (name: string) => kinds.find((kind) => kind.name === name) as Kind

async function someone(ownerId: string, role: 'county' | 'enterprise'): Promise<Visitor & { id: string }> {
  const login = `m-${Math.random().toString(36).slice(2, 10)}`
  const id = await createAccount(sql, { ownerId, login, name: `示例${role}`, role, password: strong }, new Date())
  const person = visitor(laws.town.server.url)
  assert.equal((await person.signIn(login, strong)).status, 200)
  return Object.assign(person, { id })
}

before(async () => {
  provider = await openReceiver()
  mail = await openMailServer()
  process.env.SHISU_ALLOWED_HOSTS = new URL(provider.url).host
  laws = await openLawTown()
  sql = laws.town.server.sql
  admins = await administratorsOf(laws.town.server)
  keeper = await someone(laws.town.factory.ownerId, 'enterprise')
  officer = await someone(laws.town.county.ownerId, 'county')
})
after(async () => {
  await laws.town.server.close()
  await provider.close()
  await mail.close()
  process.env.SHISU_ALLOWED_HOSTS = ''
})

const smtp = () => ({
  isOn: true,
  version: 0,
  secret: '示例口令',
  config: { host: '127.0.0.1', port: mail.port, security: 'none', user: 'shisu', from: '食溯 <shisu@example.com>' },
})
const adapter = () => ({
  isOn: true,
  version: 0,
  secret: 'token-1',
  config: {
    url: provider.url,
    method: 'POST',
    headers: 'Authorization: Bearer {{secret}}\nX-Id: {{id}}',
    body: '{"phone":"{{to}}","text":"{{title}} {{detail}}"}',
    bodyForm: 'json',
  },
})
const put = (name: string, body: object, person: Visitor = admins.system) =>
  person.call<{ problems?: { at: string }[] }>('PUT', `/api/v1/message-channels/${name}`, body)
const mention = async (text: string) => {
  const record = await laws.made(kindOf('retained-sample'))
  const path = `/api/v1/records/retained-sample/${record.id}/comments`
  const { status } = await officer.call('POST', path, { text, mentions: [keeper.id] })
  assert.equal(status, 201)
  return record
}
const outgoing = (channel: string) =>
  sql<{ id: string; state: string; tries: number; error: string | null; nextAt: Date | null; title: string }[]>`
    select id, state, tries, error, next_at as "nextAt", title from message where channel = ${channel} order by at, id`

test('a channel is set by the system administrator alone, each bad setting refused at its place, its secret never shown', async () => {
  for (const person of [keeper, admins.security]) assert.equal((await put('email', smtp(), person)).status, 403)
  const bad: [string, string, object][] = [
    ['email', '/config/host', { config: { ...smtp().config, host: 'a b' } }],
    ['email', '/config/port', { config: { ...smtp().config, port: 0 } }],
    ['email', '/config/security', { config: { ...smtp().config, security: 'ssl' } }],
    ['email', '/config/from', { config: { ...smtp().config, from: 'a\r\nBcc: b@c.cn' } }],
    ['email', '/isOn', { isOn: 'yes' }],
    ['email', '/version', { version: 'x' }],
    ['email', '/secret', { secret: 'x'.repeat(501) }],
  ]
  for (const [name, at, change] of bad) {
    const { status, body } = await put(name, { ...smtp(), ...change })
    assert.deepEqual([status, body.problems?.[0]?.at], [422, at], JSON.stringify(change))
  }
  for (const url of ['http://127.0.0.1:9/x', 'http://10.0.0.8/x', 'file:///etc/passwd', 'http://a:b@example.com/']) {
    const { status, body } = await put('sms', { ...adapter(), config: { ...adapter().config, url } })
    assert.deepEqual([status, body.problems?.[0]?.at], [422, '/config/url'], url)
  }
  const regex = await put('sms', { ...adapter(), config: { ...adapter().config, success: '(' } })
  assert.equal(regex.body.problems?.[0]?.at, '/config/success')
  assert.equal((await put('fax', adapter())).status, 404)
  assert.equal((await put('email', smtp())).status, 204)
  assert.equal((await put('email', smtp())).status, 409, 'against the version that was read')
  assert.equal((await put('sms', adapter())).status, 204)
  const shown = await admins.system.call('GET', '/api/v1/message-channels')
  assert.doesNotMatch(JSON.stringify(shown.body), /示例口令|token-1/)
  const [stored] = await sql<{ secret: Buffer }[]>`select secret from message_channel where name = 'sms'`
  assert.doesNotMatch(String(stored?.secret), /token-1/)
  assert.equal((await keeper.call('GET', '/api/v1/message-channels')).status, 403)
})

/** The code in the letter that asks whose an address is; wrong, used and late ones are refused. */
async function confirmed(): Promise<void> {
  await eventually(() => mail.letters.length > 0, 'the letter that asks')
  const letter = mail.letters.splice(0)[0]
  assert.equal(letter?.to, 'keeper@example.com')
  const [head = '', ...rest] = (letter?.text ?? '').split(/\r?\n\r?\n/)
  const raw = rest.join('\n\n')
  const text = /base64/i.test(head)
    ? Buffer.from(raw, 'base64').toString('utf8')
    : raw
        .replace(/=\r?\n/g, '')
        .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const [, code = ''] = /\n([\w-]{24})\r?\n/.exec(text) ?? []
  const tell = (given: unknown) => keeper.call('POST', '/api/v1/me/contacts/email/confirm', { code: given })
  const ways = async () =>
    (await sql<{ name: string }[]>`select channels_of(${keeper.id}, array['email']) as name`).map(({ name }) => name)
  assert.deepEqual(await ways(), ['app'], 'nothing is sent to an address that nobody has confirmed')
  for (const wrong of ['', 5, `${code}x`]) assert.equal((await tell(wrong)).status, 422)
  assert.equal((await tell(code)).status, 204, text)
  assert.deepEqual(await ways(), ['app', 'email'])
  assert.equal((await tell(code)).status, 422, 'a code is good once')
}

test('a person’s addresses are checked, kept sealed and shown in part', async () => {
  const set = (channel: string, address: unknown) => keeper.call('PUT', `/api/v1/me/contacts/${channel}`, { address })
  for (const address of ['a@b', 'a@b.cn\r\nBcc: c@d.cn', 'a@b.cn,c@d.cn', 5, ''])
    assert.equal((await set('email', address)).status, 422, String(address))
  assert.equal((await set('sms', '12345')).status, 422)
  assert.equal((await set('fax', '1')).status, 404)
  assert.equal((await set('email', 'keeper@example.com')).status, 204)
  await confirmed()
  assert.equal((await set('sms', '13900000000')).status, 204)
  assert.equal((await keeper.call('PUT', '/api/v1/me/message-wish', { channels: ['fax'] })).status, 422)
  assert.equal((await keeper.call('PUT', '/api/v1/me/message-wish', { channels: ['email', 'sms'] })).status, 204)
  const { body } = await keeper.call<{ channels: { name: string; shown: string }[] }>('GET', '/api/v1/message-settings')
  assert.deepEqual(
    body.channels.map((each) => each.shown),
    ['ke***@example.com', '139****0000', null],
  )
  const [stored] = await sql<{ address: Buffer }[]>`select address from message_contact where channel = 'sms'`
  assert.doesNotMatch(stored?.address.toString('latin1') ?? '', /13900000000/)
})

test('[D4.3.7.10] a message goes out once through each wished channel: by SMTP and through the declared HTTP adapter', async () => {
  await mention('请核对“留样”数量\n另行答复')
  await eventually(() => mail.letters.length > 0 && provider.received.length > 0, 'both deliveries')
  const [letter] = mail.letters
  assert.deepEqual([letter?.from, letter?.to], ['shisu@example.com', 'keeper@example.com'])
  const [row] = await outgoing('email')
  assert.match(letter?.text ?? '', new RegExp(`Message-ID: <${row?.id}@shisu>`, 'i'))
  assert.match(mail.users[0] ?? '', /shisu\0示例口令$/)
  const [sent] = provider.received
  const body = JSON.parse(sent?.text ?? '{}') as { phone: string; text: string }
  assert.equal(body.phone, '13900000000')
  assert.match(body.text, /提到了您/)
  assert.equal(sent?.headers.authorization, 'Bearer token-1')
  const [sms] = await outgoing('sms')
  assert.equal(sent?.headers['idempotency-key'], sms?.id)
  await eventually(async () => (await outgoing('sms'))[0]?.state === 'sent', 'written down as sent')
  await new Promise((done) => setTimeout(done, 2500))
  assert.deepEqual([mail.letters.length, provider.received.length], [1, 1], 'nothing twice')
})

test('what a channel refuses is tried again later and later, with what it said, and given up after a day', async () => {
  mail.refusal.text = '451 try later'
  provider.status = 500
  const began = Date.now()
  await mention('第二条')
  const second = async (channel: string) => (await outgoing(channel))[1]
  // A try is counted before it is made; what came of it is written after.
  const tried = async (channel: string) => typeof (await second(channel))?.error === 'string'
  await eventually(() => tried('email'), 'the first try')
  await eventually(() => tried('sms'), 'the first try')
  assert.match(String((await second('email'))?.error), /451/)
  assert.equal((await second('sms'))?.error, '对方应答 500')
  const next = (await second('sms'))?.nextAt?.getTime() ?? 0
  assert.ok(next >= began + 30_000 && next <= Date.now() + 30_000, String(next - began))
  await sql`update message set tries = 11, next_at = now() where channel = 'sms' and state = 'waiting'`
  await eventually(async () => (await second('sms'))?.state === 'given-up', 'given up')
  mail.refusal.text = undefined
  provider.status = 200
  await sql`update message set next_at = now() where channel = 'email' and state = 'waiting'`
  await eventually(() => mail.letters.length === 2, 'the second letter')
  const { body } = await admins.system.call<{ deliveries: { id: string; state: string; error: string }[] }>(
    'GET',
    '/api/v1/message-channels',
  )
  const failed = body.deliveries.find((each) => each.state === 'given-up')
  assert.ok(failed)
  assert.equal((await keeper.call('POST', `/api/v1/message-deliveries/${failed.id}/retry`)).status, 403)
  assert.equal((await admins.system.call('POST', `/api/v1/message-deliveries/${failed.id}/retry`)).status, 204)
  await eventually(() => provider.received.length === 2, 'sent by hand')
})

test('a message that was being sent when its process died is not sent again by itself but told as unsure', async () => {
  const [first] = await outgoing('email')
  const count = mail.letters.length
  await sql`update message set state = 'sending' where id = ${first?.id ?? ''}`
  await eventually(async () => (await outgoing('email'))[0]?.state === 'unsure', 'told as unsure')
  assert.equal(mail.letters.length, count)
})

test('[D4.3.7.10] whoever subscribed to a kind, a value, a region or a subject is told of each change that fits, once', async () => {
  const wish = {
    title: '不合格晨检',
    what: 'record',
    kind: 'morning-check',
    region: '450204',
    filter: { state: 'active' },
  }
  const bad: [string, object][] = [
    ['/title', { title: '' }],
    ['/what', { what: 'all' }],
    ['/kind', { kind: 'no-such' }],
    ['/region', { region: '110000' }],
    ['/subject', { subject: 'x' }],
    ['/filter/name', { filter: { name: '张' } }],
    ['/channels', { channels: ['fax'] }],
    ['/level', { what: 'notice', level: 'worst' }],
  ]
  for (const [at, change] of bad) {
    const { status, body } = await officer.call<{ problems: { at: string }[] }>('POST', '/api/v1/subscriptions', {
      ...wish,
      ...change,
    })
    assert.deepEqual([status, body.problems?.[0]?.at], [422, at], JSON.stringify(change))
  }
  const { status, body } = await officer.call<{ id: string }>('POST', '/api/v1/subscriptions', wish)
  assert.equal(status, 201)
  const stranger = await someone(laws.town.otherCounty.ownerId, 'county')
  assert.equal((await stranger.call('POST', '/api/v1/subscriptions', { ...wish, region: undefined })).status, 201)
  const check = await laws.town.factory.call(
    'POST',
    '/api/v1/records/morning-check',
    laws.valid(kindOf('morning-check')),
  )
  const told = async (person: Visitor) =>
    (await person.call<{ items: { recordId: string; topic: string }[] }>('GET', '/api/v1/messages')).body.items.filter(
      (each) => each.recordId === check.body.id && each.topic === 'subscription',
    )
  await eventually(async () => (await told(officer)).length === 1, 'told')
  assert.equal((await told(stranger)).length, 0, 'out of reach')
  await sql`update follower set xid = '0', seq = 0 where name = 'subscriptions'`
  await eventually(async () => {
    const [row] = await sql<{ seq: string }[]>`select seq::text from follower where name = 'subscriptions'`
    return Number(row?.seq) > 0
  }, 'the feed read again')
  assert.equal((await told(officer)).length, 1, 'the feed read again says nothing twice')
  assert.equal((await stranger.call('POST', `/api/v1/subscriptions/${body.id}/end`)).status, 404)
  assert.equal((await officer.call('POST', `/api/v1/subscriptions/${body.id}/end`)).status, 204)
})

test('[D6.2.5.2] a notice reaches at once those who subscribed to such, by level and reach', async () => {
  await officer.call('POST', '/api/v1/subscriptions', { title: '紧急的', what: 'notice', level: 'bad' })
  const raise = (level: string, region: string) =>
    sql`insert into notice (owner_id, id, level, title, kind, record_id, region, at) values
      (${laws.town.factory.ownerId}, gen_random_uuid(), ${level}, ${`示例 ${level} ${region}`}, 'subject', ${laws.town.factory.ownerId}, ${region}, now())`
  await raise('bad', '450204')
  await raise('warn', '450204')
  await raise('bad', '450203')
  const { body } = await officer.call<{ items: { title: string }[] }>('GET', '/api/v1/messages')
  const titles = body.items.map((each) => each.title).filter((title) => title.startsWith('示例 '))
  assert.deepEqual(titles, ['示例 bad 450204'])
})

test('values stay values in a provider’s template: no quote, line or header escapes', () => {
  const nasty = '"},{"x":"\r\nX-Evil: 1 {{secret}}'
  const body = fill('{"t":"{{title}}"}', { title: nasty, secret: 's' }, (text) => JSON.stringify(text).slice(1, -1))
  assert.deepEqual(JSON.parse(body), { t: nasty })
  assert.deepEqual(readHeaders('X-T: {{title}}\nbad header: 1\nY', { title: nasty }), {
    'x-t': '"},{"x":"X-Evil: 1 {{secret}}',
  })
})
