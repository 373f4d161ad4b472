import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { disableDevice, issueCredential, type Protocol } from '../../src/platform/ingest/credentials.ts'
import { decodeGb26875, encodeGb26875, splitGb26875 } from '../../src/standards/gb26875/index.ts'
import { decodeHj212, encodeHj212, splitHj212 } from '../../src/standards/hj212/index.ts'
import { decodeJt808, encodeJt808, partsRequest, splitJt808 } from '../../src/standards/jt808/index.ts'
import { latest, readings } from '../../src/telemetry/index.ts'
import { eventually } from '../eventually.ts'
import { authority, type Person, personOf } from '../people.ts'
import { startServer, type TestServer } from '../server.ts'
import { anyPorts, Line, refusal } from './line.ts'

let server: TestServer
let owner: Person
before(async () => {
  server = await startServer({ ingest: { ports: anyPorts } })
  const city = await authority(server, 'city', '450200')
  owner = await personOf(server, city.ownerId, 'enterprise')
})
after(() => server.close())

async function device(protocol: Protocol, identity: string, more: { secret?: string; variant?: object } = {}) {
  const deviceId = randomUUID()
  const variant = { ...more.variant }
  const given = { deviceId, ownerId: owner.ownerId, protocol, identity, now: new Date(), ...more, variant }
  return { deviceId, ...(await issueCredential(server.sql, given)) }
}

const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000)
const stamp = (at: Date) => new Date(at.getTime() + 8 * 3_600_000).toISOString().replace(/\D/g, '').slice(0, 14)
const all = (deviceId: string) =>
  readings(server.sql, deviceId, new Date(minute.getTime() - 86_400_000), new Date(minute.getTime() + 86_400_000))

const fume = (mn: string, pw: string, qn: number, value: string) =>
  `QN=${stamp(minute)}${String(qn).padStart(3, '0')};ST=31;CN=2011;PW=${pw};MN=${mn};Flag=5;CP=&&DataTime=${stamp(minute)};a34041-Rtd=${value},a34041-Flag=N;SB7-RS=1&&`

test('[D4.2.4] HJ 212: a measured packet is stored at its DataTime and answered 9014 with its QN, however the stream is cut', async () => {
  const { deviceId } = await device('hj212', 'SHITANG0001', { secret: '123456', variant: { map: { a34041: 'fume' } } })
  const line = await Line.open(server.ports.hj212, splitHj212())
  const frame = encodeHj212(fume('SHITANG0001', '123456', 1, '0.82'))
  line.send(Buffer.from('junk'), frame.subarray(0, 11))
  await new Promise((done) => setTimeout(done, 30))
  line.send(frame.subarray(11))
  const answer = await line.next()
  assert.ok(answer)
  const read = decodeHj212(answer)
  assert.ok(read.ok)
  assert.deepEqual(
    [read.value.head.CN, read.value.head.QN, read.value.head.MN, read.value.head.Flag],
    ['9014', `${stamp(minute)}001`, 'SHITANG0001', '4'],
  )
  // Answered means stored: no waiting.
  assert.deepEqual(
    (await all(deviceId)).map(({ at, values }) => [at, values]),
    [[minute, { fume: 0.82, 'SB7.rs': 1 }]],
  )
  assert.match((await refusal(server.sql, 'hj212', 'no-head')).reason, /不在任何数据包内/)
  line.close()
})

test('HJ 212: a wrong password, an unknown device and a wrong check are refused with the reason and not answered', async () => {
  const { deviceId } = await device('hj212', 'SHITANG0002', { secret: '654321' })
  const line = await Line.open(server.ports.hj212, splitHj212())
  line.send(encodeHj212(fume('SHITANG0002', '000000', 1, '9')))
  assert.equal((await refusal(server.sql, 'hj212', 'wrong-secret')).reason, '访问密码 PW 不对')
  line.send(encodeHj212(fume('NOBODY', '123456', 1, '9')))
  await refusal(server.sql, 'hj212', 'unknown-device')
  const wrong = encodeHj212(fume('SHITANG0002', '654321', 1, '9'), 'modbus-swapped')
  line.send(wrong)
  const { reason, frame } = await refusal(server.sql, 'hj212', 'crc-mismatch')
  assert.match(reason, /高低字节交换/)
  assert.deepEqual(frame, wrong)
  line.send(encodeHj212(fume('SHITANG0002', '654321', 2, '1.5')))
  const read = decodeHj212((await line.next()) ?? Buffer.alloc(0))
  assert.ok(read.ok && read.value.head.QN?.endsWith('002'), 'only the right one is answered')
  assert.equal((await all(deviceId)).length, 1)
  line.close()
})

test('HJ 212: a device whose maker swaps the check’s bytes is read and answered in its own variant', async () => {
  await device('hj212', 'SWAPPED01', { secret: '123456', variant: { crc: 'modbus-swapped' } })
  const line = await Line.open(server.ports.hj212, splitHj212())
  line.send(encodeHj212(fume('SWAPPED01', '123456', 1, '0.5'), 'modbus-swapped'))
  const answer = await line.next()
  assert.ok(answer && decodeHj212(answer, { crc: 'modbus-swapped' }).ok && !decodeHj212(answer).ok)
  line.close()
})

const part = (no: number, of: number, data: string, qn = '009') =>
  encodeHj212(`QN=${stamp(minute)}${qn};ST=31;CN=2011;PW=123456;MN=PARTS01;Flag=7;PNUM=${of};PNO=${no};CP=&&${data}&&`)

test('HJ 212: a later part that comes before the first waits for its time; one whose first never comes is refused with the reason', async () => {
  const { deviceId } = await device('hj212', 'PARTS01', { secret: '123456' })
  const line = await Line.open(server.ports.hj212, splitHj212())
  line.send(part(3, 3, 'a34043-Rtd=3'), part(2, 3, 'a34042-Rtd=2'), part(2, 2, 'a34042-Rtd=9', '010'))
  line.send(part(1, 3, `DataTime=${stamp(minute)};a34041-Rtd=1`))
  for (let answers = 0; answers < 3; answers++) assert.ok(await line.next(), 'every part is answered once it is stored')
  const [reading, ...more] = await all(deviceId)
  assert.deepEqual([reading?.at, reading?.values, more.length], [minute, { a34041: 1, a34042: 2, a34043: 3 }, 0])
  line.close()
  const { reason, frame } = await refusal(server.sql, 'hj212', 'no-time')
  assert.match(reason, /DataTime/)
  assert.deepEqual(frame, part(2, 2, 'a34042-Rtd=9', '010'))
})

const message = (phone: string, id: number, serial: number, body: Buffer, version?: number) =>
  encodeJt808({ id, phone, serial, body, ...(version !== undefined && { version }) })
const bcd = (at: Date) => Buffer.from(stamp(at).slice(2), 'hex')
const position = (at: Date, speed: number, extra = '') => {
  const body = Buffer.alloc(22)
  body.writeUInt32BE(0b10000000000011, 4)
  body.writeUInt32BE(24_312_345, 8)
  body.writeUInt32BE(109_412_345, 12)
  body.writeUInt16BE(speed * 10, 18)
  return Buffer.concat([body, bcd(at), Buffer.from(extra, 'hex')])
}
const registration = (terminal: string) => {
  const body = Buffer.alloc(37)
  body.write('SHISU', 4)
  body.write('MODEL', 9)
  body.write(terminal, 29)
  return Buffer.concat([body, Buffer.from('B12345')])
}

async function said(line: Line) {
  const frame = await line.next()
  assert.ok(frame, 'no answer')
  const read = decodeJt808(frame)
  assert.ok(read.ok, JSON.stringify(read))
  return read.value
}

for (const version of [undefined, 1]) {
  test(`JT/T 808-${version ? 2019 : 2013}: registered, authenticated, heart beats, and positions with temperature and door are stored before they are answered`, async () => {
    const phone = version ? '13900139001' : '13800138000'
    const { deviceId } = await device('jt808', phone)
    const line = await Line.open(server.ports.jt808, splitJt808())
    line.send(message(phone, 0x0200, 1, position(minute, 1), version))
    const early = (await said(line)).content
    assert.deepEqual(early, { type: 'ack', serial: 1, id: 0x0200, result: 1 }, 'nothing before authentication')
    line.send(message(phone, 0x0100, 2, registration('T000001'), version))
    const { id, content } = await said(line)
    assert.equal(id, 0x8100)
    assert.ok(content?.type === 'registered' && content.result === 0 && content.code.length > 20)
    const code = Buffer.from(content.code)
    const imei = Buffer.from('123456789012345V1.0'.padEnd(35, '\0'))
    const auth = version ? Buffer.concat([Buffer.of(code.length), code, imei]) : code
    line.send(message(phone, 0x0102, 3, auth, version))
    assert.deepEqual((await said(line)).content, { type: 'ack', serial: 3, id: 0x0102, result: 0 })
    line.send(message(phone, 0x0002, 4, Buffer.alloc(0), version))
    assert.deepEqual((await said(line)).content, { type: 'ack', serial: 4, id: 0x0002, result: 0 })
    line.send(message(phone, 0x0200, 5, position(minute, 36.5, `010400000bb851048017ffff`), version))
    assert.deepEqual((await said(line)).content, { type: 'ack', serial: 5, id: 0x0200, result: 0 })
    const [reading] = await all(deviceId)
    const { lat, lon, speed, acc, door1, mileage, temp1, temp2 } = reading?.values ?? {}
    assert.deepEqual(
      [lat, lon, speed, acc, door1, mileage, temp1, temp2],
      [24.312345, 109.412345, 36.5, true, true, 300, -2.3, undefined],
    )
    assert.deepEqual(reading?.at, minute)
    line.close()
  })
}

/** A batch of positions in parts: bit 13 and four more bytes of head. */
function inParts(phone: string, serial: number, bodies: readonly Buffer[]): Buffer[] {
  return bodies.map((part, index) => {
    const head = Buffer.alloc(16)
    head.writeUInt16BE(0x0704, 0)
    head.writeUInt16BE(0x2000 | part.length, 2)
    head.write(phone.padStart(12, '0'), 4, 'hex')
    head.writeUInt16BE(serial + index, 10)
    head.writeUInt16BE(bodies.length, 12)
    head.writeUInt16BE(index + 1, 14)
    const bytes = Buffer.concat([head, part])
    const sum = bytes.reduce((xor, byte) => xor ^ byte, 0)
    const inner = [...bytes, sum].flatMap((byte) => (byte === 0x7e ? [0x7d, 2] : byte === 0x7d ? [0x7d, 1] : [byte]))
    return Buffer.from([0x7e, ...inner, 0x7e])
  })
}

/** What 0x8003 asks for in 2013's form: the first serial, how many, and their numbers. */
function asked({ id, body }: { id: number; body: Buffer }): number[] {
  assert.equal(id, 0x8003)
  const numbers = Array.from({ length: body[2] ?? 0 }, (_, index) => body.readUInt16BE(3 + 2 * index))
  return [body.readUInt16BE(0), body[2] ?? 0, ...numbers]
}

test('JT/T 808: what lacks a part when the line ends is kept with its reason', async () => {
  const phone = '13700137001'
  const { secret } = await device('jt808', phone)
  const line = await Line.open(server.ports.jt808, splitJt808())
  line.send(message(phone, 0x0102, 1, Buffer.from(secret ?? '')))
  await said(line)
  const [first, , third] = inParts(phone, 30, [Buffer.of(1), Buffer.of(2), Buffer.of(3)])
  line.send(first as Buffer, third as Buffer)
  await said(line)
  await said(line)
  assert.deepEqual(asked(await said(line)), [30, 1, 2])
  assert.equal(partsRequest(30, [2, 3], true).toString('hex'), '001e000200020003', 'since 2019 counted in two bytes')
  line.close()
  const { reason, frame } = await refusal(server.sql, 'jt808', 'parts-missing')
  assert.equal(reason, '分包不全：共 3 包，只收到 2 包')
  assert.deepEqual(frame, Buffer.of(1, 3))
})

test('JT/T 808: a batch from a blind stretch comes with its old times, and parts of a message are put together', async () => {
  const phone = '13700137000'
  const { deviceId, secret } = await device('jt808', phone)
  const line = await Line.open(server.ports.jt808, splitJt808())
  line.send(message(phone, 0x0102, 1, Buffer.from(secret ?? '')))
  assert.equal((await said(line)).content?.type, 'ack')
  const old = [1, 2, 3].map((n) => position(new Date(minute.getTime() - n * 60_000), n))
  const items = old.flatMap((each) => [Buffer.of(0, each.length), each])
  const body = Buffer.concat([Buffer.of(0, old.length, 1), ...items])
  const whole = inParts(phone, 10, [body.subarray(0, 40), body.subarray(40)])
  line.send(whole[1] as Buffer)
  await said(line)
  assert.deepEqual(asked(await said(line)), [10, 1, 1], 'the part that did not come is asked for')
  line.send(whole[0] as Buffer, whole[1] as Buffer)
  await said(line)
  await said(line)
  assert.deepEqual(
    (await all(deviceId)).map(({ values }) => values.speed),
    [3, 2, 1],
  )
  line.send(message('13600136000', 0x0200, 20, position(minute, 1)))
  assert.deepEqual((await said(line)).content, { type: 'ack', serial: 20, id: 0x0200, result: 1 }, 'not for another')
  await refusal(server.sql, 'jt808', 'other-device')
  line.close()
})

test('JT/T 808: another terminal may not register under a phone that has one', async () => {
  const phone = '13500135000'
  await device('jt808', phone, { variant: { terminalId: 'T000009' } })
  const line = await Line.open(server.ports.jt808, splitJt808())
  line.send(message(phone, 0x0100, 1, registration('T000666')))
  const first = await said(line)
  assert.ok(first.content?.type === 'registered' && first.content.result === 3)
  line.send(message('18800188000', 0x0100, 2, registration('T000001')))
  const second = await said(line)
  assert.ok(second.content?.type === 'registered' && second.content.result === 4)
  line.close()
})

test('GB/T 26875.3: an analog gas value is stored and confirmed with its serial; a wrong sum is denied and refused', async () => {
  const { deviceId } = await device('gb26875', '0a0b0c0d0e0f', { variant: { map: { 'gas.217': 'gas' } } })
  const line = await Line.open(server.ports.gb26875, splitGb26875())
  const clock = new Date(minute.getTime() + 8 * 3_600_000)
  const time = Buffer.from([
    0,
    clock.getUTCMinutes(),
    clock.getUTCHours(),
    clock.getUTCDate(),
    clock.getUTCMonth() + 1,
    clock.getUTCFullYear() - 2000,
  ])
  const app = Buffer.concat([Buffer.from('03010100' + '0a' + 'd9000000' + '06' + '2c01', 'hex'), time])
  const packet = {
    serial: 0x1234,
    version: '1.1',
    at: minute,
    source: '0a0b0c0d0e0f',
    target: '000000000001',
    command: 2,
    app,
  }
  const frame = encodeGb26875(packet)
  const broken = Buffer.from(frame)
  broken[frame.length - 3] = ((broken[frame.length - 3] as number) + 1) & 0xff
  line.send(broken, frame)
  const denied = decodeGb26875((await line.next()) ?? Buffer.alloc(0))
  assert.ok(denied.ok && denied.value.command === 6)
  const read = decodeGb26875((await line.next()) ?? Buffer.alloc(0))
  assert.ok(read.ok)
  const { serial, command, source, target } = read.value
  assert.deepEqual([serial, command, source, target], [0x1234, 3, '000000000001', '0a0b0c0d0e0f'])
  assert.deepEqual(
    (await all(deviceId)).map(({ at, values }) => [at, values]),
    [[minute, { gas: 30 }]],
  )
  await refusal(server.sql, 'gb26875', 'sum-mismatch')
  line.send(encodeGb26875({ ...packet, source: '999999999999' }))
  await refusal(server.sql, 'gb26875', 'unknown-device')
  line.close()
})

test('[D4.2.5] [D4.3.7.4] HTTP: a push is stored before it is answered, with old times from a gateway; nobody comes in without the secret', async () => {
  const { deviceId, secret } = await device('http', 'scale-1')
  const push = (body: unknown, login = `scale-1:${secret}`) =>
    fetch(`${server.url}/api/v1/ingest/telemetry`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(login).toString('base64')}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const late = [5, 4, 3].map((n) => ({
    at: new Date(minute.getTime() - n * 60_000).toISOString(),
    values: { weight: n },
  }))
  assert.equal((await push(late)).status, 200)
  assert.deepEqual(
    (await all(deviceId)).map((each) => each.values.weight),
    [5, 4, 3],
  )
  assert.equal((await push(late)).status, 200)
  assert.equal((await all(deviceId)).length, 3)
  assert.equal((await push({ at: '2037-01-01T00:00:00+08:00', values: { weight: 9 } })).status, 200)
  assert.match((await refusal(server.sql, 'reading', 'implausible-time')).reason, /请校准设备时钟/)
  assert.equal((await all(deviceId)).length, 3)
  assert.equal((await push({ weight: 1 }, 'scale-1:wrong')).status, 401)
  assert.equal((await push('{"weight": ')).status, 422)
  assert.equal((await push({ values: { 'no such name!': 1 } })).status, 422)
  await disableDevice(server.sql, deviceId, new Date())
  await eventually(async () => (await push({ weight: 2 })).status === 401 || undefined)
})

test('HTTP: a camera’s multipart push keeps the picture under its hash beside the event', async () => {
  const { secret } = await device('http', 'camera-1')
  const jpeg = Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.alloc(200, 7), Buffer.from('ffd9', 'hex')])
  const xml =
    '<EventNotificationAlert><eventType>noMask</eventType><confidence>0.91</confidence></EventNotificationAlert>'
  const body = Buffer.concat([
    Buffer.from(
      `--MIME\r\nContent-Disposition: form-data; name="event"\r\nContent-Type: application/xml\r\n\r\n${xml}\r\n`,
    ),
    Buffer.from('--MIME\r\nContent-Disposition: form-data; name="picture"\r\nContent-Type: image/jpeg\r\n\r\n'),
    jpeg,
    Buffer.from('\r\n--MIME--\r\n'),
  ])
  const answer = await fetch(`${server.url}/api/v1/ingest/events`, {
    method: 'POST',
    headers: { authorization: `Bearer camera-1:${secret}`, 'content-type': 'multipart/form-data; boundary=MIME' },
    body,
  })
  assert.equal(answer.status, 200)
  const { pictures } = (await answer.json()) as { pictures: string[] }
  const [file] = await server.sql`select size, owner_id from file where sha256 = ${pictures[0] ?? ''}`
  assert.deepEqual([Number(file?.size), file?.owner_id], [jpeg.length, owner.ownerId])
})

test('[D4.3.5] the owner asks for history and latest over the API; a stranger finds no such device', async () => {
  const { deviceId, secret } = await device('mqtt', 'fridge-9')
  const values = [0, 1, 2, 3].map((n) => ({ at: minute.getTime() + n * 1000, values: { temp: n } }))
  await fetch(`${server.url}/api/v1/ingest/telemetry`, {
    method: 'POST',
    headers: { authorization: `Bearer fridge-9:${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify(values),
  })
  const range = `from=${minute.toISOString()}&to=${new Date(minute.getTime() + 60_000).toISOString()}`
  const { status, body } = await owner.call<{ points: { max: number }[] }>(
    'GET',
    `/api/v1/devices/${deviceId}/history?property=temp&${range}`,
  )
  assert.equal(status, 200)
  assert.deepEqual(
    body.points.map((point) => point.max),
    [0, 1, 2, 3],
  )
  const last = await owner.call<{ values: { temp: { value: number } } }>('GET', `/api/v1/devices/${deviceId}/latest`)
  assert.equal(last.body.values.temp.value, 3)
  const stranger = await authority(server, 'county', '110101')
  assert.equal((await stranger.call('GET', `/api/v1/devices/${deviceId}/latest`)).status, 404)
  assert.deepEqual((await latest(server.sql, [deviceId])).get(deviceId)?.temp?.value, 3)
})

test('an address that the platform would ask itself is taken only where its operator allows the host', async () => {
  const body = { protocol: 'modbus', identity: '127.0.0.1:5432/1', variant: {} }
  const asked = await owner.call<{ code: string }>('POST', `/api/v1/devices/${randomUUID()}/credentials`, body)
  assert.equal(asked.status, 422)
  const own = await owner.call<{ secret: string }>('POST', `/api/v1/devices/${randomUUID()}/credentials`, {
    protocol: 'mqtt',
    identity: 'own-1',
  })
  assert.equal(own.status, 201)
  assert.ok(own.body.secret.length > 20)
})
