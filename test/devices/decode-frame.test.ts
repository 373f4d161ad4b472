import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { authority, type Person } from '../people.ts'
import { startServer, type TestServer } from '../server.ts'

let server: TestServer
let city: Person
before(async () => {
  server = await startServer()
  city = await authority(server, 'city', '450200')
})
after(() => server.close())

type Reading = {
  ok: boolean
  fields: { offset: number; length: number; bytes: string; name: string; value: string }[]
  value: Record<string, unknown>
  problem: { code: string; text: string; offset: number } | null
}
const decode = (protocol: string, frame: string, more: object = {}) =>
  city.call<Reading>('POST', '/api/v1/operations/decode-frame', { protocol, frame, ...more })

const packet =
  '##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80'

test('a pasted frame is read field by field, each with its place, bytes, name and value', async () => {
  const { status, body } = await decode('hj212', packet)
  assert.equal(status, 200)
  assert.ok(body.ok && body.problem === null)
  const interval = body.fields.find((field) => field.name.includes('RtdInterval'))
  assert.ok(interval)
  assert.deepEqual([interval.offset, interval.length, interval.value], [packet.indexOf('RtdInterval'), 14, '30'])
  assert.equal(Buffer.from(interval.bytes, 'hex').toString(), 'RtdInterval=30')
  const hex = await decode('hj212', Buffer.from(`${packet}\r\n`).toString('hex'))
  assert.ok(hex.body.ok)
  const vehicle = await decode('jt808', '7E 0001 0005 012345678901 7FFF 007B 01C8 03 BD 7E')
  assert.ok(vehicle.body.ok)
  assert.equal(vehicle.body.value.phone, '012345678901')
})

test('a frame that is wrong is answered with the byte and the reason', async () => {
  const { body } = await decode('hj212', packet.replace('1C80', '1C81'))
  assert.equal(body.ok, false)
  assert.deepEqual([body.problem?.code, body.problem?.offset], ['crc-mismatch', packet.length - 4])
  assert.match(body.problem?.text ?? '', /应为 1C80，收到 1C81/)
  const escaped = await decode('jt808', '7e0001000501237d6789017fff007b01c803bd7e')
  assert.deepEqual(
    [escaped.body.ok, escaped.body.problem?.code, escaped.body.problem?.offset],
    [false, 'bad-escape', 7],
  )
  const words = await decode('modbus-rtu', '01 03 zz')
  assert.deepEqual([words.body.ok, words.body.problem?.code, words.body.problem?.offset], [false, 'not-hex', 6])
})

test('a frame is read however it was pasted: in capitals, with blanks, 0x or \\x, broken into lines, without its end', async () => {
  const heartbeat = '7e0002000001234567890100018b7e'
  const spellings = [
    heartbeat.toUpperCase(),
    heartbeat.replace(/../g, '0x$&, '),
    heartbeat.replace(/../g, '\\x$&'),
    heartbeat.replace(/.{10}/g, '$&\r\n'),
  ]
  for (const frame of spellings) assert.ok((await decode('jt808', frame)).body.ok, frame)
  for (const frame of [
    `${packet}\n`,
    `${packet}\\r\\n`,
    packet.replace('1C80', '1c80'),
    packet.replace(/.{40}/g, '$&\n'),
  ])
    assert.ok((await decode('hj212', frame)).body.ok, frame)
  const half = await decode('jt808', heartbeat.slice(0, -1))
  assert.match(half.body.problem?.text ?? '', /29 位，少了半个字节/)
  const counted = await decode('modbus-rtu', '0110000100020500 0A0102 1371')
  assert.ok(!counted.body.ok)
})

test('without a protocol or a frame the operation names the field that is missing', async () => {
  const { status, body } = await city.call<{ problems: { at: string }[] }>(
    'POST',
    '/api/v1/operations/decode-frame',
    {},
  )
  assert.equal(status, 422)
  assert.deepEqual(body.problems.map((problem) => problem.at).sort(), ['/frame', '/protocol'])
})
