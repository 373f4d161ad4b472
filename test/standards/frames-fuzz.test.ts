import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Decoded, Piece, Splitter } from '../../src/standards/frame.ts'
import { decodeGb26875, encodeGb26875, splitGb26875 } from '../../src/standards/gb26875/index.ts'
import { decodeHj212, encodeHj212, splitHj212 } from '../../src/standards/hj212/index.ts'
import { decodeJt808, encodeJt808, splitJt808 } from '../../src/standards/jt808/index.ts'
import { decodeModbusRtu, decodeModbusTcp, encodeModbusRtu, encodeModbusTcp } from '../../src/standards/modbus/index.ts'
import { randomOf } from './mutation.ts'

type Codec = { name: string; decode(bytes: Uint8Array): Decoded<unknown>; frames: Buffer[]; split?: () => Splitter }

const location = Buffer.from('00000400000000020177a0e5073fa4f00020007d0063250707192359010400000bb851048017ffff', 'hex')
const fume =
  'ST=31;CN=2011;PW=123456;MN=SHITANG00000001;Flag=5;CP=&&DataTime=20260722144500;a34041-Rtd=0.82,a34041-Flag=N&&'
const fire = { version: '1.1', at: new Date('2026-07-22T06:45:00Z'), source: '0a0b0c0d0e0f', target: '000000000001' }

/** Our own vectors, one or more a protocol. */
const codecs: Codec[] = [
  {
    name: 'HJ 212',
    decode: (bytes) => decodeHj212(bytes),
    split: splitHj212,
    frames: [
      encodeHj212(`QN=20260722144501000;${fume}`),
      encodeHj212(fume),
      encodeHj212(`QN=20260722144502000;${fume}`),
    ],
  },
  {
    name: 'JT/T 808',
    decode: (bytes) => decodeJt808(bytes, { unescaped: 'tried' }),
    split: splitJt808,
    frames: [
      encodeJt808({ id: 0x200, phone: '013800138000', serial: 0x7d7e, body: location }),
      encodeJt808({ id: 0x2, phone: '013800138000', serial: 1, body: Buffer.alloc(0) }),
      encodeJt808({ id: 0x102, phone: '013800138000', serial: 2, version: 1, body: Buffer.from('\x04abcd') }),
    ],
  },
  {
    name: 'GB/T 26875.3',
    decode: decodeGb26875,
    split: splitGb26875,
    frames: [
      encodeGb26875({ ...fire, serial: 1, command: 2, app: Buffer.from('150101000f0e1607071a', 'hex').subarray(0, 9) }),
      encodeGb26875({ ...fire, serial: 0x4040, command: 2, app: Buffer.from('180101012d0e1607071a', 'hex') }),
      encodeGb26875({ ...fire, serial: 3, command: 3 }),
    ],
  },
  {
    name: 'MODBUS RTU',
    decode: decodeModbusRtu,
    frames: [encodeModbusRtu({ unit: 1, function: 3, address: 0, count: 2 })],
  },
  {
    name: 'MODBUS TCP',
    decode: decodeModbusTcp,
    frames: [encodeModbusTcp({ unit: 1, function: 4, address: 7, count: 2 }, 9)],
  },
]

for (const { name, decode, frames, split } of codecs) {
  test(`${name}: changed, cut and invented bytes never throw, and every problem names a byte within the frame`, () => {
    const random = randomOf(212)
    for (let round = 0; round < 4000; round++) {
      const bytes = Buffer.from(frames[random(frames.length)] ?? [])
      for (let n = random(4); n >= 0; n--) bytes[random(bytes.length)] = random(256)
      const frame = round % 3 === 0 ? bytes.subarray(0, random(bytes.length + 1)) : bytes
      const read = decode(frame)
      for (const field of read.fields) {
        assert.ok(field.offset >= 0 && field.offset + field.length <= frame.length, JSON.stringify(field))
        assert.equal(field.bytes.length, field.length * 2)
      }
      if (read.ok) continue
      assert.ok(read.problems.length > 0)
      for (const { offset, text } of read.problems) assert.ok(offset >= 0 && offset <= frame.length && text.length > 3)
    }
  })

  if (!split) continue
  test(`${name}: frames come out whole however the stream is cut or joined`, () => {
    const random = randomOf(808)
    for (let round = 0; round < 200; round++) {
      const sent = Array.from({ length: 1 + random(6) }, () => frames[random(frames.length)] ?? Buffer.alloc(0))
      const stream = Buffer.concat(sent)
      const splitter: Splitter = split()
      const found = []
      for (let at = 0; at < stream.length; ) {
        const next = Math.min(stream.length, at + 1 + random(round % 2 ? 3 : 200))
        found.push(...splitter.push(stream.subarray(at, next)))
        at = next
      }
      found.push(...splitter.end())
      assert.deepEqual(
        found.map((piece) => [piece.bytes.toString('hex'), piece.refused?.code]),
        sent.map((frame) => [frame.toString('hex'), undefined]),
      )
    }
  })

  test(`${name}: bytes before, between and half a frame are told apart, and no whole frame is lost`, () => {
    const random = randomOf(26875)
    for (let round = 0; round < 300; round++) {
      const [first, second, third] = [frames[0], frames[1], frames[2]] as [Buffer, Buffer, Buffer]
      const noise = Buffer.from(Array.from({ length: 1 + random(20) }, () => 0x80 + random(100)))
      const splitter: Splitter = split()
      const stream = Buffer.concat([noise, first, noise, second, noise, third])
      const found: Piece[] = [...splitter.push(stream), ...splitter.end()]
      const whole = found.filter((piece) => !piece.refused && decode(piece.bytes).ok).map((piece) => piece.bytes)
      assert.deepEqual(whole, [first, second, third])
    }
  })

  test(`${name}: no stream of any bytes makes the splitter throw, lose count or hold more than one frame`, () => {
    const random = randomOf(1)
    const splitter = split()
    let pushed = 0
    let out = 0
    for (let round = 0; round < 2000; round++) {
      const frame = frames[random(frames.length)] ?? Buffer.alloc(0)
      const chunk = Buffer.from(frame.subarray(random(frame.length), random(frame.length)))
      if (chunk.length > 0) chunk[random(chunk.length)] = random(256)
      pushed += chunk.length
      for (const piece of splitter.push(chunk)) out += piece.bytes.length
    }
    for (const piece of splitter.end()) out += piece.bytes.length
    // JT/T 808 writes a shared 7e to both messages; nothing else may come twice.
    if (name !== 'JT/T 808') assert.ok(out <= pushed && out > pushed * 0.9, `${out} of ${pushed}`)
  })
}

test('HJ 212: a packet that lost its end is given up where the next begins, and one that lies about its length is told', () => {
  const splitter = splitHj212()
  const [whole] = codecs[0]?.frames ?? []
  const lying = Buffer.from(String(whole).replace(/^##\d{4}/, '##0020'))
  const found = splitter.push(
    Buffer.concat([whole?.subarray(0, 60) ?? Buffer.alloc(0), whole ?? Buffer.alloc(0), lying]),
  )
  assert.deepEqual(
    found.map((piece) => piece.refused?.code ?? (decodeHj212(piece.bytes).ok ? 'ok' : 'bad')),
    ['cut-off', 'ok', 'bad'],
  )
  const read = decodeHj212(lying)
  assert.ok(!read.ok && read.problems[0]?.code === 'length-mismatch' && read.problems[0].offset === 2)
})
