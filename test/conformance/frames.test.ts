import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chinaClock } from '../../src/standards/china/index.ts'
import { decodeGb26875 } from '../../src/standards/gb26875/index.ts'
import { checkOf, crcVariants, decodeHj212 } from '../../src/standards/hj212/index.ts'
import {
  decodeJt808,
  encodeJt808,
  escapeFrame,
  type Location,
  standardTlv,
  vendorTlv,
} from '../../src/standards/jt808/index.ts'
import { decodeJt1078 } from '../../src/standards/jt1078/index.ts'
import { decodeModbusRtu, valuesOf } from '../../src/standards/modbus/index.ts'
import { corpusFiles, corpusTest } from './corpus.ts'

type Vector = Record<string, unknown> & { hex: string; frame: string; decoded: Record<string, unknown> }
const vectorsOf = (name: string) => JSON.parse(corpusFiles(`iot/${name}`)[0]?.text ?? '{}').vectors as Vector[]

corpusTest(
  'every HJ 212 packet of the corpus reads as stated, and one with a wrong check tells the right one',
  23,
  () => {
    const vectors = vectorsOf('hj212.json')
    assert.equal(vectors.length, 23)
    for (const { frame, decoded, crcOk, crcNote, crcComputed, crcInFrame } of vectors) {
      const read = decodeHj212(Buffer.from(frame, 'latin1'))
      assert.equal(read.ok, crcOk, frame.slice(0, 60))
      const segment = Buffer.from(frame.slice(6, -6), 'latin1')
      assert.equal(checkOf(segment), crcComputed)
      if (!read.ok) {
        assert.deepEqual(
          read.problems.map((each) => each.code),
          ['crc-mismatch'],
        )
        assert.equal(read.problems[0]?.offset, frame.length - 6)
        assert.match(read.problems[0]?.text ?? '', new RegExp(`应为 ${crcComputed}，收到 ${crcInFrame}`))
        // The makers that swap MODBUS's bytes are a variant of the device.
        const swapped = String(crcNote).startsWith('vendor')
        assert.equal(decodeHj212(Buffer.from(frame, 'latin1'), { crc: 'modbus-swapped' }).ok, swapped)
        assert.equal(/高低字节交换/.test(read.problems[0]?.text ?? ''), swapped)
      }
      const variant = crcVariants.find((crc) => decodeHj212(Buffer.from(frame, 'latin1'), { crc }).ok)
      const whole = variant ? decodeHj212(Buffer.from(frame, 'latin1'), { crc: variant }) : read
      if (!whole.ok) continue
      const { _flag, ...head } = (decoded as { header: Record<string, unknown> }).header
      assert.deepEqual({ ...whole.value.head }, head)
      if (_flag) {
        const { value: _, ...flag } = whole.value.flag ?? { value: 0 }
        assert.deepEqual(flag, _flag)
      }
      const items = Object.fromEntries(
        [...whole.value.items].map(([name, each]) => [name, each.has('') ? each.get('') : Object.fromEntries(each)]),
      )
      assert.deepEqual(items, decoded.cp)
    }
  },
)

const terminal = (location: Location) => ({
  alarmFlags: `0x${location.alarms.toString(16).padStart(8, '0')}`,
  statusFlags: `0x${location.status.toString(16).padStart(8, '0')}`,
  accOn: location.acc,
  positioned: location.located,
  latitude: location.lat,
  longitude: location.lon,
  altitude: location.altitude,
  speedKmh: location.speed,
  direction: location.direction,
  timeGmt8: location.at ? chinaClock(location.at).replace(' ', 'T') : undefined,
})

type Extra = Record<string, unknown> & { id: string; hex: string; error?: string; at?: number }

function sameLocation(location: Location | undefined, stated: Record<string, unknown>, hex: string): void {
  assert.ok(location, hex)
  const { extra, timeGmt8, ...base } = stated as { extra?: Extra[]; timeGmt8: string }
  const { timeGmt8: time, ...read } = terminal(location)
  assert.deepEqual(read, base, hex)
  // Some of the captured clocks show no valid moment (month 0): those have no instant.
  if (time !== undefined) assert.equal(time, timeGmt8)
  else assert.ok(Number.isNaN(Date.parse(`${timeGmt8}Z`)), timeGmt8)
  const told = (extra ?? []).filter((each) => !each.error)
  assert.deepEqual(
    location.extra.map(({ id, bytes }) => [`0x${id.toString(16).padStart(2, '0')}`, bytes]),
    told.map((each) => [each.id, each.hex]),
  )
  assert.equal(
    location.cutAt !== undefined,
    (extra ?? []).some((each) => each.error === 'truncated'),
  )
  const names = { mileageKm: 'mileage', rssi: 'rssi', gnssSatellites: 'satellites', fuelL: 'fuel' } as const
  told.forEach((each, index) => {
    const values = location.extra[index]?.values ?? {}
    for (const [stated, property] of Object.entries(names))
      if (each[stated] !== undefined) assert.equal(values[property], each[stated], `${hex} ${property}`)
    const probes = each.temperaturesC_signMagnitude_0_1
    if (probes) assert.deepEqual(Object.values(values), probes)
  })
}

function sameMessage(frame: Buffer, { hex, decoded }: Vector): void {
  const read = decodeJt808(frame, { tlv: { ...standardTlv, ...vendorTlv['temp-51'] } })
  if (decoded.checksumValid !== true) {
    assert.equal(read.ok, false, hex)
    return
  }
  if (decoded.bodyLengthMatches !== true) {
    assert.ok(!read.ok && read.problems[0]?.code === 'length-mismatch', hex)
    return
  }
  assert.ok(read.ok, `${hex} ${JSON.stringify(read)}`)
  const { id, phone, serial, version, encryption, part, body, content } = read.value
  assert.deepEqual(
    {
      msgId: `0x${id.toString(16).padStart(4, '0')}`,
      bodyLength: body.length,
      encryption,
      subpackage: part !== undefined,
      versionFlag: version !== undefined,
      protocolVersion: version,
      terminalPhone: phone,
      sequence: serial,
      bodyHex: body.toString('hex'),
    },
    {
      msgId: decoded.msgId,
      bodyLength: decoded.bodyLength,
      encryption: decoded.encryption,
      subpackage: decoded.subpackage,
      versionFlag: decoded.versionFlag,
      protocolVersion: decoded.protocolVersion,
      terminalPhone: decoded.terminalPhone,
      sequence: decoded.sequence,
      bodyHex: decoded.bodyHex,
    },
  )
  if (decoded.location) {
    assert.ok(content?.type === 'locations', hex)
    sameLocation(content.locations[0], decoded.location as Record<string, unknown>, hex)
  }
  if (decoded.locations) {
    assert.ok(content?.type === 'locations', hex)
    assert.equal(content.locations.length, decoded.batchCount)
    assert.equal(content.late, decoded.batchType === 1)
    ;(decoded.locations as Record<string, unknown>[]).forEach((each, index) => {
      sameLocation(content.locations[index], each, hex)
    })
  }
  if (decoded.authCode) assert.ok(content?.type === 'authentication' && content.code === decoded.authCode, hex)
  if (decoded.ack) {
    assert.ok(content?.type === 'ack')
    const { seq, msgId, result } = decoded.ack as { seq: number; msgId: string; result: number }
    assert.deepEqual([content.serial, content.id, content.result], [seq, Number(msgId), result])
  }
  // Written again, it is the same frame.
  if (!part && encryption === 0)
    assert.deepEqual(encodeJt808({ id, phone, serial, ...(version !== undefined && { version }), body }), frame)
}

corpusTest('every JT/T 808 message of the corpus reads as stated, in 2013 and in 2019', 208, () => {
  const generated = vectorsOf('jt808-yezhihao-JT808.json')
  assert.equal(generated.length, 96)
  for (const vector of generated) sameMessage(Buffer.from(vector.hex, 'hex'), vector)
  const captured = vectorsOf('jt808-traccar.json')
  assert.equal(captured.length, 112)
  for (const vector of captured) {
    const bare = Buffer.from(vector.hex, 'hex')
    // These were written down unescaped.
    sameMessage(bare[0] === 0x7e ? escapeFrame(bare.subarray(1, -1)) : bare, vector)
  }
})

corpusTest(
  'every GB/T 26875.3 packet of the corpus reads as stated, or is refused where its sum or end is wrong',
  5,
  () => {
    for (const { hex, decoded } of vectorsOf('gb26875.json')) {
      const read = decodeGb26875(Buffer.from(hex, 'hex'))
      const right = decoded.checksumOk === true && decoded.tail === '2323'
      assert.equal(read.ok, right, hex)
      if (!read.ok) {
        if (decoded.checksumInFrame) assert.ok(read.problems.length === 1, JSON.stringify(read.problems))
        continue
      }
      const { serial, version, source, target, command, app, at, objects } = read.value
      assert.deepEqual(
        { serial, version, source, target, command, appLen: app.length, app: app.toString('hex') },
        {
          serial: decoded.serial,
          version: decoded.version,
          source: decoded.source,
          target: decoded.target,
          command: decoded.command,
          appLen: decoded.appLen,
          app: decoded.app,
        },
      )
      const [ss, mm, hh, dd, MM, yy] = decoded.time_ss_mm_hh_dd_MM_yy as number[]
      const two = (value: number | undefined) => String(value).padStart(2, '0')
      assert.equal(at && chinaClock(at), `20${two(yy)}-${two(MM)}-${two(dd)} ${two(hh)}:${two(mm)}:${two(ss)}`)
      if (decoded.textGbk) assert.equal(objects[0]?.values.description, String(decoded.textGbk).replace(/0$/, ''))
    }
  },
)

corpusTest('every JT/T 1078 packet of the corpus reads as stated, and none with a byte less or more', 5, () => {
  const vectors = vectorsOf('jt1078-rtp.json')
  assert.equal(vectors.length, 5)
  for (const { hex, decoded } of vectors) {
    const frame = Buffer.from(hex, 'hex')
    const read = decodeJt1078(frame)
    assert.ok(read.ok, hex.slice(0, 60))
    const { marker, payloadType, serial, sim, channel, dataType, subpackage, timestampMs, body } = read.value
    assert.deepEqual(
      [Number(marker), payloadType, serial, sim, channel, dataType, subpackage, timestampMs, body.length],
      [
        decoded.marker,
        decoded.payloadType,
        decoded.sn,
        decoded.sim,
        decoded.channel,
        decoded.dataType,
        decoded.subpackage,
        decoded.timestampMs,
        decoded.bodyLength,
      ],
    )
    assert.equal(read.value.lastKeyMs, decoded.lastIFrameInterval)
    assert.equal(read.value.lastFrameMs, decoded.lastFrameInterval)
    assert.equal(
      read.fields.reduce((sum, each) => sum + each.length, 0),
      frame.length,
    )
    for (let length = 0; length < frame.length; length += 7) assert.ok(!decodeJt1078(frame.subarray(0, length)).ok)
    assert.ok(!decodeJt1078(Buffer.concat([frame, Buffer.of(0)])).ok)
  }
})

test('a JT/T 1078 packet of passed-through data has no times, and each wrong part is told at its byte', () => {
  const plain = '3031636481db0001012345678901' + '02' + '40' + '0003' + 'aabbcc'
  const read = decodeJt1078(Buffer.from(plain, 'hex'))
  assert.ok(read.ok)
  assert.deepEqual(
    [read.value.timestampMs, read.value.body.toString('hex'), read.value.channel],
    [undefined, 'aabbcc', 2],
  )
  const wrong: [string, string, number][] = [
    [plain.replace('30316364', '30316365'), 'no-head', 0],
    [plain.replace('3031636481', '3031636401'), 'wrong-version', 4],
    [plain.replace('012345678901', '01234567890a'), 'not-bcd', 8],
    [plain.replace('0240', '0250'), 'unknown-type', 15],
    [plain.replace('0240', '0244'), 'unknown-piece', 15],
    [plain.replace('0003aabbcc', '0004aabbcc'), 'length-mismatch', 16],
    [plain.replace('0003aabbcc', `0400${'00'.repeat(1024)}`), 'too-long', 16],
  ]
  for (const [hex, code, offset] of wrong) {
    const { problems } = decodeJt1078(Buffer.from(hex, 'hex')) as { problems: { code: string; offset: number }[] }
    assert.deepEqual([problems[0]?.code, problems[0]?.offset], [code, offset])
  }
})

corpusTest('every MODBUS frame of the corpus reads as stated', 5, () => {
  for (const vector of vectorsOf('modbus-rtu.json')) {
    const read = decodeModbusRtu(Buffer.from(vector.frame, 'hex'))
    assert.ok(read.ok, vector.frame)
    if (vector.exception) assert.equal(read.value.exception, vector.exception)
    if (!vector.values) continue
    const values = vector.note
      ? Object.values(
          valuesOf(read.value.registers ?? [], [
            { property: 'humidity', offset: 0, type: 'i16', scale: 0.1 },
            { property: 'temperature', offset: 1, type: 'i16', scale: 0.1 },
          ]),
        )
      : read.value.registers
    assert.deepEqual(values, vector.values)
  }
})

test('without the corpus the worked examples of the standards still hold', () => {
  const segment =
    'QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&'
  assert.equal(checkOf(Buffer.from(segment)), '1C80')
  assert.ok(decodeModbusRtu(Buffer.from('1103006b00037687', 'hex')).ok)
})
