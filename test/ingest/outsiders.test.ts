import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import mqtt from 'mqtt'
import { issueCredential, type Protocol } from '../../src/platform/ingest/credentials.ts'
import { decodeGb26875, encodeGb26875, splitGb26875 } from '../../src/standards/gb26875/index.ts'
import { decodeHj212, encodeHj212, splitHj212 } from '../../src/standards/hj212/index.ts'
import { decodeJt808, encodeJt808, splitJt808 } from '../../src/standards/jt808/index.ts'
import { readings } from '../../src/telemetry/index.ts'
import { authority, type Person, personOf } from '../people.ts'
import { startServer, type TestServer } from '../server.ts'
import { anyPorts, Line, refusal } from './line.ts'

// What a stranger with the protocols' texts would send: made here byte by byte, in no corpus.
let server: TestServer
let owner: Person
before(async () => {
  server = await startServer({ ingest: { ports: anyPorts } })
  const city = await authority(server, 'city', '450200')
  owner = await personOf(server, city.ownerId, 'enterprise')
})
after(() => server.close())

async function device(protocol: Protocol, identity: string, secret?: string) {
  const deviceId = randomUUID()
  const given = { deviceId, ownerId: owner.ownerId, protocol, identity, now: new Date(), ...(secret && { secret }) }
  return { deviceId, ...(await issueCredential(server.sql, given)) }
}
const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000)
const stamp = (at: Date) => new Date(at.getTime() + 8 * 3_600_000).toISOString().replace(/\D/g, '').slice(0, 14)
const all = (deviceId: string) =>
  readings(server.sql, deviceId, new Date(minute.getTime() - 86_400_000), new Date(minute.getTime() + 86_400_000))

const packet = async (line: Line) => {
  const read = decodeHj212((await line.next()) ?? Buffer.alloc(0))
  assert.ok(read.ok, JSON.stringify(read))
  return read.value
}
const segment = (cn: string, qn: number, cp: string, flag = 5, more = '') =>
  encodeHj212(
    `QN=${stamp(minute)}${String(qn).padStart(3, '0')};ST=31;CN=${cn};PW=123456;MN=STRANGER1;Flag=${flag};${more}CP=&&${cp}&&`,
  )

test('[E5.3.8] HJ 212: a request for the time is noted (9013) and answered by setting the clock (1012)', async () => {
  await device('hj212', 'STRANGER1', '123456')
  const line = await Line.open(server.ports.hj212, splitHj212())
  line.send(segment('1013', 1, ''))
  assert.equal((await packet(line)).head.CN, '9013')
  const { head, items } = await packet(line)
  assert.deepEqual([head.CN, head.ST, head.MN], ['1012', '31', 'STRANGER1'])
  const set = items.get('SystemTime')?.get('') ?? ''
  assert.match(set, /^\d{14}$/)
  assert.ok(Math.abs(Number(set) - Number(stamp(new Date()))) < 5)
  line.send(segment('9011', 2, 'QnRtn=1', 4), segment('9012', 2, 'ExeRtn=1', 4))
  assert.equal(await line.next(300), undefined, 'an answer is not answered')
  line.close()
})

test('HJ 212: several packets in one segment, a packet byte by byte, parts of one report and a start-up notice are each answered', async () => {
  const { deviceId } = await device('hj212', 'STRANGER2', '123456')
  const own = (frame: Buffer) =>
    encodeHj212(frame.toString('latin1', 6, frame.length - 6).replace('STRANGER1', 'STRANGER2'))
  const line = await Line.open(server.ports.hj212, splitHj212())
  const first = own(segment('2011', 1, `DataTime=${stamp(minute)};a34041-Rtd=1.2,a34041-Flag=N`, 7, 'PNUM=2;PNO=1;'))
  const second = own(segment('2011', 1, 'a24088-Rtd=3.4,a24088-Flag=D', 7, 'PNUM=2;PNO=2;'))
  const started = own(segment('2081', 3, `DataTime=${stamp(minute)};RestartTime=${stamp(minute)}`))
  line.send(Buffer.concat([first, second]))
  assert.deepEqual([(await packet(line)).head.CN, (await packet(line)).head.CN], ['9014', '9014'])
  for (const byte of started) line.send(Buffer.of(byte))
  assert.equal((await packet(line)).head.CN, '9014')
  const [reading] = await all(deviceId)
  assert.deepEqual([reading?.values.a34041, reading?.values.a24088, reading?.values['a24088.flag']], [1.2, 3.4, 'D'])
  line.send(own(segment('2011', 4, `DataTime=${stamp(minute)};a34041-Rtd=1`, 7, 'PNUM=2;PNO=3;')))
  assert.match((await refusal(server.sql, 'hj212', 'bad-part')).reason, /PNO 应为 1 到总包数 2/)
  line.send(own(segment('3020', 5, `DataTime=${stamp(minute)};PolId=a34041;i12001-Info=2`)))
  assert.equal((await packet(line)).head.CN, '9014')
  assert.equal((await all(deviceId))[0]?.values['i12001.info'], 2, 'what a device says of itself is kept')
  line.close()
})

const message = (phone: string, id: number, serial: number, body: Buffer, version?: number) =>
  encodeJt808({ id, phone, serial, body, ...(version !== undefined && { version }) })
const said = async (line: Line) => {
  const read = decodeJt808((await line.next()) ?? Buffer.alloc(0))
  assert.ok(read.ok, JSON.stringify(read))
  return read.value
}
const position = (extra = '') =>
  Buffer.concat([
    Buffer.from('0000000000000003017d7e7d068613c7000f01680000', 'hex'),
    Buffer.from(`${stamp(minute).slice(2)}${extra}`, 'hex'),
  ])
const ack = (serial: number, id: number, result: number) => ({ type: 'ack', serial, id, result })

for (const version of [undefined, 1]) {
  const year = version ? 2019 : 2013
  test(`JT/T 808-${year}: what is escaped, encrypted, too short, unknown or of a stranger is each answered as the standard says`, async () => {
    const phone = version ? '15900159001' : '15900159002'
    const { deviceId, secret = '' } = await device('jt808', phone)
    const line = await Line.open(server.ports.jt808, splitJt808())
    line.send(message(phone, 0x0102, 1, Buffer.from('not the code'), version))
    assert.deepEqual((await said(line)).content, ack(1, 0x0102, 1))
    line.send(message(phone, 0x0002, 2, Buffer.alloc(0), version))
    assert.deepEqual((await said(line)).content, ack(2, 0x0002, 1), 'not even a heartbeat before authentication')
    const code = Buffer.from(secret)
    const auth = version ? Buffer.concat([Buffer.of(code.length), code, Buffer.alloc(35)]) : code
    line.send(message(phone, 0x0102, 3, auth, version))
    assert.deepEqual((await said(line)).content, ack(3, 0x0102, 0))
    // 7d and 7e in the coordinates, in the serial and in an item of a maker that is not known.
    const escaped = message(phone, 0x0200, 0x7d7e, position('f3027e7d'), version)
    assert.ok(escaped.includes(Buffer.from('7d02', 'hex')) && escaped.includes(Buffer.from('7d01', 'hex')))
    line.send(escaped.subarray(0, 20))
    await new Promise((done) => setTimeout(done, 20))
    line.send(Buffer.concat([escaped.subarray(20), message(phone, 0x0002, 5, Buffer.alloc(0), version)]))
    assert.deepEqual((await said(line)).content, ack(0x7d7e, 0x0200, 0))
    assert.deepEqual((await said(line)).content, ack(5, 0x0002, 0))
    assert.equal((await all(deviceId))[0]?.values.lat, 25.001597)
    line.send(message(phone, 0x0200, 6, position().subarray(0, 27), version))
    assert.deepEqual((await said(line)).content, ack(6, 0x0200, 2), 'too short: the message is wrong')
    line.send(
      message(
        phone,
        0x0200,
        7,
        Buffer.concat([position().subarray(0, 22), Buffer.from('261340256161', 'hex')]),
        version,
      ),
    )
    assert.deepEqual((await said(line)).content, ack(7, 0x0200, 2), 'no such time in BCD')
    line.send(message(phone, 0x0f01, 8, Buffer.from('00', 'hex'), version))
    assert.deepEqual((await said(line)).content, ack(8, 0x0f01, 3), 'unknown')
    line.send(encryptedOf(message(phone, 0x0200, 9, position(), version)))
    assert.deepEqual((await said(line)).content, ack(9, 0x0200, 3), 'what cannot be read is not said to be taken')
    assert.match((await refusal(server.sql, 'jt808', 'encrypted')).reason, /没有密钥/)
    line.send(message(phone, 0x0704, 10, Buffer.from('0002000005', 'hex'), version))
    assert.deepEqual((await said(line)).content, ack(10, 0x0704, 2))
    const item = (at: Buffer) => Buffer.concat([Buffer.of(0, at.length), at])
    const odd = Buffer.concat([position().subarray(0, 22), Buffer.from('261340256161', 'hex')])
    const two = Buffer.concat([Buffer.from('000200', 'hex'), item(position()), item(odd)])
    line.send(message(phone, 0x0704, 16, two, version))
    assert.deepEqual((await said(line)).content, ack(16, 0x0704, 0), 'what is right of a batch is stored')
    assert.match((await refusal(server.sql, 'jt808', 'part-refused')).reason, /2 个位置中有 1 个/)
    line.send(partOf(message(phone, 0x0801, 17, Buffer.from('00ff'.repeat(8), 'hex'), version), 200))
    assert.deepEqual((await said(line)).content, ack(17, 0x0801, 3), 'more parts than are kept')
    line.send(
      spoilt(message(phone, 0x0200, 11, position(), version)),
      message(phone, 0x0108, 12, Buffer.from('000000', 'hex'), version),
    )
    assert.deepEqual((await said(line)).content, ack(12, 0x0108, 0), 'a wrong check is not answered')
    line.send(message('15900159009', 0x0200, 13, position(), version))
    assert.deepEqual((await said(line)).content, ack(13, 0x0200, 1), 'not for another')
    line.send(message(phone, 0x0004, 14, Buffer.alloc(0), version))
    const clock = await said(line)
    assert.deepEqual(
      [clock.id, clock.body.toString('hex').slice(0, 6)],
      [0x8004, new Date().toISOString().slice(2, 10).replaceAll('-', '')],
    )
    line.send(message(phone, 0x0003, 15, Buffer.alloc(0), version))
    assert.deepEqual((await said(line)).content, ack(15, 0x0003, 0))
    assert.equal(await line.next(), undefined)
    assert.ok(line.closed, 'deregistered')
    const again = await Line.open(server.ports.jt808, splitJt808())
    again.send(message(phone, 0x0102, 1, auth, version))
    assert.deepEqual((await said(again)).content, ack(1, 0x0102, 1), 'its code is worth nothing any more')
    again.close()
  })
}

/** The same frame with another bit of its attributes or body, and the check to match or not. */
function changed(frame: Buffer, change: (bytes: Buffer) => void, mend: boolean): Buffer {
  const plain = Buffer.from(
    frame
      .subarray(1, -1)
      .toString('hex')
      .replace(/7d0([12])/g, (_, n) => (n === '2' ? '7e' : '7d')),
    'hex',
  )
  change(plain)
  if (mend) plain[plain.length - 1] = plain.subarray(0, -1).reduce((sum, byte) => sum ^ byte, 0)
  const inner = [...plain].flatMap((byte) => (byte === 0x7e ? [0x7d, 2] : byte === 0x7d ? [0x7d, 1] : [byte]))
  return Buffer.from([0x7e, ...inner, 0x7e])
}
const encryptedOf = (frame: Buffer) => changed(frame, (bytes) => bytes.writeUInt8((bytes[2] as number) | 0x04, 2), true)
/** The first four bytes of a body as packet item: part 1 of so many. */
const partOf = (frame: Buffer, total: number) =>
  changed(
    frame,
    (bytes) => {
      const at = (bytes.readUInt16BE(2) & 0x4000) === 0 ? 12 : 17
      bytes.writeUInt16BE((bytes.readUInt16BE(2) | 0x2000) - 4, 2)
      bytes.writeUInt32BE((total << 16) | 1, at)
    },
    true,
  )
const spoilt = (frame: Buffer) => changed(frame, (bytes) => bytes.writeUInt8((bytes[14] as number) ^ 0x01, 14), false)

const fire = (serial: number, command: number, app: string, source = '112233445566') =>
  encodeGb26875({
    serial,
    version: '1.0',
    at: minute,
    source,
    target: '000000000000',
    command,
    app: Buffer.from(app, 'hex'),
  })
const heard = async (line: Line) => {
  const read = decodeGb26875((await line.next()) ?? Buffer.alloc(0))
  assert.ok(read.ok, JSON.stringify(read))
  return [read.value.serial, read.value.command]
}
const time = () => {
  const clock = new Date(minute.getTime() + 8 * 3_600_000)
  const parts = [
    0,
    clock.getUTCMinutes(),
    clock.getUTCHours(),
    clock.getUTCDate(),
    clock.getUTCMonth() + 1,
    clock.getUTCFullYear() - 2000,
  ]
  return Buffer.from(parts).toString('hex')
}

test('GB/T 26875.3: every object a unit may send is confirmed (3); a wrong sum, an unknown object and what is not its to say are denied (6)', async () => {
  const { deviceId } = await device('gb26875', '112233445566')
  const line = await Line.open(server.ports.gb26875, splitGb26875())
  const rows: [string, string][] = [
    ['version.1.10', '0501010a0203'],
    ['system.1.10', `0601010a04${Buffer.from('ZONE').toString('hex')}`],
    ['part.7', `0701010a2807000000${Buffer.from('VALVE'.padEnd(31, '\0')).toString('hex')}`],
    ['version', '19010103'],
    ['unit', `1a0104${Buffer.from('UNIT').toString('hex')}`],
    ['unitState', `150101${time()}`],
    ['operator', `18010205${time()}`],
  ]
  line.send(Buffer.concat(rows.map(([, app], n) => fire(n, 2, app))))
  for (const n of rows.keys()) assert.deepEqual(await heard(line), [n, 3])
  line.send(fire(20, 2, `0801010a${time()}`), fire(21, 2, `1c01${time()}`))
  assert.deepEqual(
    [await heard(line), await heard(line)],
    [
      [20, 3],
      [21, 3],
    ],
    'clocks are understood',
  )
  const [reading] = await all(deviceId)
  assert.deepEqual(
    rows.map(([property]) => reading?.values[property]),
    ['2.3', 'ZONE', 'VALVE', '1.3', 'UNIT', 1, 5],
  )
  const broken = fire(30, 2, `150101${time()}`)
  broken.writeUInt8((broken[broken.length - 3] as number) ^ 1, broken.length - 3)
  line.send(broken, fire(31, 2, 'c80100'), fire(32, 2, `150201${time()}`), fire(33, 4, `3d01`), fire(34, 99, ''))
  line.send(fire(38, 2, '3d01010a'))
  for (const serial of [30, 31, 32, 33, 34, 38]) assert.deepEqual(await heard(line), [serial, 6])
  line.send(fire(35, 3, ''), fire(36, 2, `150101${time()}`, 'ffffffffffff'), fire(37, 2, `150101${time()}`))
  assert.deepEqual(await heard(line), [37, 3], 'a confirmation is not answered, nor is a stranger')
  line.close()
})

test('GB/T 26875.3: a packet that was cut off does not keep the next one waiting', async () => {
  await device('gb26875', '112233445577')
  const line = await Line.open(server.ports.gb26875, splitGb26875())
  const long = fire(1, 2, `02${'00'.repeat(800)}`, '112233445577')
  line.send(long.subarray(0, 60), fire(2, 2, `150101${time()}`, '112233445577'))
  assert.deepEqual(await heard(line), [2, 3])
  line.close()
})

test('MQTT 5: what is refused says why in its acknowledgement, and the connection lives on', async () => {
  const { deviceId, secret = '' } = await device('mqtt', 'stranger-five')
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${server.ports.mqtt}`, {
    protocolVersion: 5,
    username: 'stranger-five',
    password: secret,
  })
  const code = (topic: string, payload: string, qos: 1 | 2 = 1) =>
    client.publishAsync(topic, payload, { qos }).then(
      (answer) => (answer as { reasonCode?: number } | undefined)?.reasonCode ?? 0,
      (error) => error.code as number,
    )
  const at = minute.getTime()
  assert.equal(await code('devices/stranger-five/telemetry', `{"at":${at},"values":{"temp":4}}`), 0)
  assert.equal(await code('devices/stranger-five/telemetry', `{"at":${at + 1},"values":{"temp":5}}`, 2), 0)
  assert.equal(await code('devices/another/telemetry', '{"temp":4}'), 0x87)
  assert.equal(await code('devices/stranger-five/telemetry', '{"temp":'), 0x99)
  assert.equal(await code('elsewhere', '{}'), 0x90)
  const [granted] = await client
    .subscribeAsync('devices/another/commands', { qos: 1 })
    .catch((error) => [{ qos: error.code }])
  assert.ok(granted?.qos !== 1)
  assert.ok(client.connected)
  assert.deepEqual(
    (await all(deviceId)).map(({ values }) => values.temp),
    [4, 5],
  )
  await client.endAsync(true)
})

test('HTTP: a camera’s push is read with quoted boundary, bare part names and XML’s entities; a push that ends too early is refused with the reason', async () => {
  const { deviceId, secret } = await device('http', 'stranger-camera')
  const push = (body: Buffer | string, type: string) =>
    fetch(`${server.url}/api/v1/ingest/events`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`stranger-camera:${secret}`).toString('base64')}`,
        'content-type': type,
      },
      body,
    })
  const xml = `<?xml version="1.0"?><EventNotificationAlert version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema"><dateTime>${minute.toISOString().replace('.000Z', '+00:00')}</dateTime><eventType>no&lt;hat&gt;</eventType></EventNotificationAlert>`
  const jpeg = Buffer.from('ffd8ffe000104a464946ffd9', 'hex')
  const bare = `--c\nContent-Type: application/json\n\n{"eventType":"AccessControllerEvent"}\n--c--\n`
  assert.equal((await push(bare, 'multipart/form-data; boundary=c')).status, 200, 'lines that end with LF alone')
  const body = Buffer.concat([
    Buffer.from(
      `preamble\r\n--b=1\r\ncontent-type: text/xml; charset=utf-8\r\ncontent-length: ${xml.length}\r\n\r\n${xml}\r\n--b=1\r\nContent-Type: image/jpeg\r\n\r\n`,
    ),
    jpeg,
    Buffer.from('\r\n--b=1--\r\nepilogue'),
  ])
  const answer = await push(body, 'multipart/mixed; boundary="b=1"')
  assert.equal(answer.status, 200, await answer.clone().text())
  assert.equal(((await answer.json()) as { pictures: string[] }).pictures.length, 1)
  const [reading] = await all(deviceId)
  assert.deepEqual([reading?.values.event, reading?.at], ['no<hat>', minute])
  assert.equal((await push('--b=1\r\nContent-Type: image/jpeg\r\n\r\n', 'multipart/mixed; boundary="b=1"')).status, 422)
  assert.equal((await push('{"eventType":', 'application/json')).status, 422)
  assert.equal((await push('', 'multipart/mixed')).status, 422)
})
