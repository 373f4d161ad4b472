import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { type Person, personOf } from '../people.ts'
import { startServer, type TestServer } from '../server.ts'
import { addFirms, type Chain, captureChain, lotUri } from './chain.ts'

type Complaint = {
  id: string
  version: number
  content: string
  photos?: string[]
  channel: string
  code: string
  phone: string
}

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const phone = '139 0000 0001'
let server: TestServer
let chain: Chain
let officer: Person

before(async () => {
  server = await startServer()
  chain = await addFirms(server.sql)
  await captureChain(server.sql, chain)
  officer = await personOf(server, chain.authority.id, 'city')
})
after(() => server.close())

const ask = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(server.url + path, { redirect: 'manual', ...init })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

function form(fields: Record<string, string>, photos: readonly Blob[] = []): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.set(name, value)
  for (const [n, photo] of photos.entries()) data.append('photos', photo, `${n}.png`)
  return data
}
const picture = new Blob([png], { type: 'image/png' })
const good = { code: lotUri, food: '柳州螺蛳粉（原味）', text: '汤包里有异物，包装完好', phone }
const complain = (fields: Record<string, string>, photos?: readonly Blob[]) =>
  ask('/complain', { method: 'POST', body: form(fields, photos) })
const numberIn = (text: string) => /<b class="code">([0-9A-Z]{10})<\/b>/.exec(text)?.[1] ?? ''
const reply = (number: string, from = phone) =>
  ask('/complain/reply', { method: 'POST', body: new URLSearchParams({ number, phone: from }) })

async function taken(text: string): Promise<Complaint> {
  for (let n = 0; n < 100; n++) {
    const { body } = await officer.call<{ items: Complaint[] }>('GET', '/api/v1/records/complaint')
    const found = body.items?.find(({ content }) => content === text)
    if (found) {
      const one = await officer.call<Complaint>('GET', `/api/v1/records/complaint/${found.id}`)
      return one.body
    }
    await new Promise((done) => setTimeout(done, 200))
  }
  throw new Error('the complaint did not arrive')
}

test('[A8.2.8] a shopper complains from the scanned page in three steps, without an account, and follows it to the reply', async () => {
  const page = await ask(lotUri.slice('https://id.gs1.org'.length))
  const [, path = ''] = /href="(\/complain\?[^"]+)"/.exec(page.text) ?? []
  const asked = await ask(path.replaceAll('&amp;', '&'))
  assert.equal(asked.status, 200)
  assert.match(asked.text, /柳州螺蛳粉/)
  assert.doesNotMatch(asked.text, /<script/)
  const sent = await complain(good, [picture])
  assert.equal(sent.status, 201, sent.text)
  const number = numberIn(sent.text)
  assert.match((await reply(number)).text, /等待受理/)
  const record = await taken(good.text)
  assert.deepEqual([record.channel, record.code, record.photos?.length], ['scan', lotUri, 1])
  const shown = await fetch(`${server.url}/api/v1/files/${record.photos?.[0]}`, {
    headers: { authorization: `Bearer ${officer.token}` },
  })
  assert.deepEqual(Buffer.from(await shown.arrayBuffer()), png)
  const [left] = await server.sql<{ told: unknown; photos: unknown }[]>`
    select told, photos from shopper_complaint where number = ${number}`
  assert.deepEqual(left, { told: null, photos: null }, 'what was taken is kept in one place only')
  const step = (name: string, version: number, more: object) =>
    officer.call<Complaint>('POST', `/api/v1/records/complaint/${record.id}/steps/${name}`, { version, ...more })
  const accepted = await step('accept', record.version, { handler: '示例承办人' })
  assert.equal(accepted.status, 200, JSON.stringify(accepted.body))
  assert.match((await reply(number)).text, /正在办理/)
  const answered = await step('reply', accepted.body.version, { findings: '已抽检', reply: '已责令整改并退款' })
  assert.equal(answered.status, 200, JSON.stringify(answered.body))
  const read = await reply(number.toLowerCase())
  assert.match(read.text, /已责令整改并退款/)
})

test('a form that is too large or of another type is refused in a sentence, and is nobody’s defect', async () => {
  const big = await ask('/complain/reply', { method: 'POST', body: new URLSearchParams({ number: 'x'.repeat(9000) }) })
  assert.equal(big.status, 413)
  assert.match(big.text, /太大/)
  const other = await ask('/complain', { method: 'POST', body: '<a/>', headers: { 'content-type': 'text/xml' } })
  assert.equal(other.status, 415)
})

test('the reply is for who knows both the number and the phone', async () => {
  const number = numberIn((await complain({ ...good, text: '另一个问题：少了一包' })).text)
  assert.equal((await reply(number, '13900000002')).status, 404)
  assert.equal((await reply('0000000000')).status, 404)
  assert.equal((await reply(number, '13900000001')).status, 200, 'blanks in a phone number do not count')
})

test('each wrong field is named at its place and nothing is lost of what was typed', async () => {
  const pdf = new Blob(['%PDF-1.7'], { type: 'image/png' })
  for (const [fields, photos, says] of [
    [{ ...good, text: '坏' }, [], /至少 5 个字/],
    [{ ...good, phone: 'abc' }, [], /应为电话号码/],
    [{ ...good, phone: '1390000000' }, [], /手机号应为 11 位/],
    [{ ...good, phone: '+86 139-0000-00000' }, [], /手机号应为 11 位/],
    [good, [pdf], /照片只能是/],
    [good, [picture, picture, picture, picture], /照片最多 3 张/],
    [{}, [], /至少 5 个字/],
  ] as [Record<string, string>, Blob[], RegExp][]) {
    const { status, text } = await complain(fields, photos)
    assert.equal(status, 422)
    assert.match(text, says)
    if (fields.phone) assert.ok(text.includes(`value="${fields.phone}"`))
  }
  const broken = await ask('/complain', {
    method: 'POST',
    body: 'x',
    headers: { 'content-type': 'multipart/form-data' },
  })
  assert.equal(broken.status, 422)
  const markup = await complain({ ...good, text: `<img src=x onerror=1>${randomUUID()}`, phone: '"><b>' })
  assert.doesNotMatch(markup.text, /<img|"><b>/)
})

test('one address is heard ten times within an hour', async () => {
  const statuses: number[] = []
  for (let n = 0; n < 12; n++) statuses.push((await complain({ ...good, text: `第 ${n} 次说明问题` })).status)
  assert.ok(statuses.includes(201))
  assert.equal(statuses.at(-1), 429)
})

test('the public entrance may add what a shopper tells, and read none of it', async () => {
  await assert.rejects(
    server.sql.begin(async (tx) => {
      await tx`set local role shisu_public`
      await tx`select * from shopper_complaint`
    }),
    /permission denied/,
  )
})
