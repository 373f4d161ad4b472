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

const head = '404001000101002d0e16071a0f0e0d0c0b0a010000000000'

/** Frames of our own: protocol, frame, then either what a field says or the code of the refusal with its byte. */
const own: readonly [string, string, string, (string | number)?][] = [
  // GB/T 26875.3: states bit by bit, systems and parts by the standard's tables, what only the centre says.
  ['gb26875', `${head}0c0002010112050600000f0e16071a422323`, '系统状态', '6（火警、故障）'],
  ['gb26875', `${head}0c0002010112050600000f0e16071a422323`, '系统类型', '18（防烟排烟系统）'],
  ['gb26875', `${head}1200020301010a0a01000000061900000f0e16071a622323`, '部件类型', '10（可燃气体探测器）'],
  ['gb26875', `${head}090002150123000f0e16071a592323`, '运行状态', '35（正常监视、火警、与监控中心通信信道故障）'],
  ['gb26875', `${head}0a000218012105000f0e16071a602323`, '操作标志', '33（复位、查岗应答）'],
  ['gb26875', `${head}0800023e01010a01000000162323`, '部件地址', '1'],
  ['gb26875', `${head}0300025b010a2c2323`, '应答时限（分）', '10'],
  ['gb26875', `${head}0400025b010a002d2323`, 'count-mismatch', 28],
  ['gb26875', `${head}0300025b010a2d2323`, 'sum-mismatch', 30],
  // MODBUS: a request for registers from 0x0300 on is none of the answers that count three bytes.
  ['modbus-rtu', '010303000002c44f', '起始地址', '768'],
  ['modbus-rtu', '018302c0f1', '异常码', '2（数据地址无效）'],
  ['modbus-rtu', '010741e2', '功能码', '7（读异常状态）'],
  ['modbus-rtu', '0103000000ff058a', 'bad-count', 4],
  ['modbus-rtu', '010500ac1234009c', 'bad-count', 4],
  ['modbus-rtu', '01100001000206000a010203044f87', 'bad-count', 4],
  ['modbus-rtu', '010303000002c44e', 'crc-mismatch', 6],
  ['modbus-tcp', '00010000000301830b', '异常码', '11（网关目标设备无响应）'],
  ['modbus-tcp', '000200010003018302', 'bad-protocol', 2],
  // HJ 212: a packet that calls itself one of several says which of how many.
  ['hj212', '##0075ST=31;CN=2011;PW=1;MN=A1;Flag=7;CP=&&DataTime=20260722144500;a34041-Rtd=1&&81C1', 'missing', 6],
  // JT/T 808: an additional item of the standard as its numbers, and one that is of no length it may have as bytes.
  [
    'jt808',
    '7e0200402401000000000138001380000001000000000000000301714f0c0685b8fe000f0168000026072214450012060100000007011e7e',
    '进出区域/路线报警 0x12',
    '1、7、1',
  ],
  [
    'jt808',
    '7e0200402101000000000138001380000001000000000000000301714f0c0685b8fe000f016800002607221445001303000001197e',
    '路段行驶时间不足/过长报警 0x13',
    '000001',
  ],
]

test('[D4.2.4] frames that no corpus holds are read or refused at their byte, by the tables of the standards', async () => {
  for (const [protocol, frame, named, value] of own) {
    const { body } = await decode(protocol, frame)
    if (typeof value === 'string') {
      assert.ok(body.ok, `${frame}: ${JSON.stringify(body.problem)}`)
      assert.equal(body.fields.find((field) => field.name === named)?.value, value, frame)
    } else assert.deepEqual([body.problem?.code, body.problem?.offset], [named, value], frame)
  }
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
