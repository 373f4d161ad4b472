import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeDeclared, isDeclaration } from '../../src/standards/declared-frame.ts'
import type { Decoded, Splitter } from '../../src/standards/frame.ts'
import { decodeGb26875, splitGb26875 } from '../../src/standards/gb26875/index.ts'
import { decodeHj212, splitHj212 } from '../../src/standards/hj212/index.ts'
import { decodeJt808, splitJt808 } from '../../src/standards/jt808/index.ts'
import { decodeJt1078 } from '../../src/standards/jt1078/index.ts'
import { decodeModbusRtu, decodeModbusTcp } from '../../src/standards/modbus/index.ts'
import { below, declaration, seeds, spoiled, tlv } from '../ingest/spoil.ts'

const decoders: Record<string, ((bytes: Buffer) => Decoded<unknown>)[]> = {
  hj212: (['standard', 'modbus', 'modbus-swapped'] as const).map(
    (crc) => (bytes) => decodeHj212(bytes, { crc, tail: 'optional' }),
  ),
  jt808: (['tried', undefined] as const).map(
    (unescaped) => (bytes) => decodeJt808(bytes, { tlv, ...(unescaped && { unescaped }) }),
  ),
  gb26875: [decodeGb26875],
  jt1078: [decodeJt1078],
  modbus: [decodeModbusRtu, decodeModbusTcp],
  declared: [(bytes) => (isDeclaration(declaration) ? decodeDeclared(bytes, declaration) : assert.fail())],
}

test('no frame, however spoiled, makes a decoder throw; what is refused is told with its byte', () => {
  for (const [protocol, list] of Object.entries(seeds))
    for (let n = 0; n < 6000; n++) {
      const bytes = n % 10 === 0 ? Buffer.from(Array.from({ length: below(80) }, () => below(256))) : spoiled(list)
      for (const decode of decoders[protocol] ?? []) {
        const read = decode(bytes)
        if (read.ok) continue
        const [problem] = read.problems
        assert.ok(
          problem && problem.text.length > 3 && Number.isInteger(problem.offset),
          `${protocol} ${bytes.toString('hex')}`,
        )
        assert.ok(problem.offset >= 0 && problem.offset <= bytes.length + 64, `${protocol} ${problem.offset}`)
      }
    }
})

const splitters: Record<string, () => Splitter> = { hj212: splitHj212, jt808: splitJt808, gb26875: splitGb26875 }

test('a stream gives the same pieces however it is cut, and every byte of it stands in one', () => {
  for (const [protocol, open] of Object.entries(splitters))
    for (let n = 0; n < 300; n++) {
      const stream = Buffer.concat(Array.from({ length: 1 + below(5) }, () => spoiled(seeds[protocol] ?? [])))
      const whole = open()
      const expected = [...whole.push(stream), ...whole.end()]
      const parts = open()
      const seen: ReturnType<Splitter['push']> = []
      for (let at = 0; at < stream.length; ) {
        const length = 1 + below(12)
        seen.push(...parts.push(stream.subarray(at, at + length)))
        at += length
      }
      seen.push(...parts.end())
      const good = (list: typeof seen) =>
        list.filter((piece) => !piece.refused).map((piece) => piece.bytes.toString('hex'))
      assert.deepEqual(good(seen), good(expected), `${protocol} ${stream.toString('hex')}`)
    }
})
