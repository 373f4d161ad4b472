import { encodeHj212 } from '../../src/standards/hj212/index.ts'
import { encodeJt808, standardTlv, vendorTlv } from '../../src/standards/jt808/index.ts'
import { corpusFiles } from '../conformance/corpus.ts'

/** The same numbers every time (mulberry32). */
let state = 20_261_121
function random(): number {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}
export const below = (n: number) => Math.floor(random() * n)

export const tlv = { ...vendorTlv['temp-51'], ...standardTlv }
const location = Buffer.from(
  '000000000000000301765f5a06896e100028003c005a2611211200000104000003e82a02000051080064ffff8005000a',
  'hex',
)
export const declaration = {
  head: 'aa55',
  check: 'sum8',
  fields: [{ property: 'temp', offset: 2, type: 'i16', scale: 0.1 }],
} as const

/** Frames of each protocol that are right, to be spoiled; with the corpus many more. */
export const seeds: Record<string, Buffer[]> = {
  hj212: [
    Buffer.from(
      '##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80\r\n',
    ),
    encodeHj212(
      'QN=20260801085857223;ST=31;CN=2011;PW=123456;MN=X;Flag=5;CP=&&DataTime=20260801085800;a34041-Rtd=0.82,a34041-Flag=N&&',
    ),
  ],
  jt808: [
    encodeJt808({ id: 0x0200, phone: '13907720001', serial: 1, body: location }),
    encodeJt808({ id: 0x0102, phone: '13907720001', serial: 2, body: Buffer.from('code') }),
  ],
  gb26875: [
    Buffer.from('40400100010100000001010019c0a80164000000000000000000000002232323', 'hex'),
    Buffer.from(`4040${'00'.repeat(24)}2323`, 'hex'),
  ],
  jt1078: [Buffer.from('3031636481db000101234567890102400003aabbcc', 'hex')],
  modbus: [Buffer.from('1103006b00037687', 'hex'), Buffer.from('000100000005010302001f', 'hex')],
  declared: [Buffer.from('aa55ff9b99', 'hex')],
}
for (const { text } of corpusFiles('iot/*.json')) {
  const { vectors = [] } = JSON.parse(text.startsWith('{') ? text : '{}') as { vectors?: Record<string, unknown>[] }
  for (const { hex, frame } of vectors) {
    const given = String(hex ?? frame ?? '')
    const bytes = given.startsWith('##') ? Buffer.from(given, 'latin1') : Buffer.from(given.replace(/\s/g, ''), 'hex')
    const protocol = given.startsWith('##')
      ? 'hj212'
      : given.startsWith('7e')
        ? 'jt808'
        : given.startsWith('4040')
          ? 'gb26875'
          : given.startsWith('30316364')
            ? 'jt1078'
            : undefined
    if (protocol && bytes.length > 0) seeds[protocol]?.push(bytes)
  }
}

/** Cut off, doubled, with bytes changed, put in or left out, or two frames run into each other. */
export function spoiled(list: readonly Buffer[]): Buffer {
  let bytes = Buffer.from(list[below(list.length)] ?? [])
  for (let n = below(4); n >= 0; n--) {
    const at = below(bytes.length + 1)
    const kind = below(7)
    if (kind === 0) bytes = bytes.subarray(0, at)
    else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), Buffer.of(below(256)), bytes.subarray(at)])
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(4))])
    else if (kind === 3) bytes = Buffer.concat([bytes, list[below(list.length)] ?? Buffer.alloc(0)])
    else if (kind === 4 && bytes.length > 0)
      bytes.fill(below(2) * 255, Math.min(at, bytes.length - 1), Math.min(bytes.length, at + 1 + below(8)))
    else if (bytes.length > 0) bytes[below(bytes.length)] = below(256)
  }
  return bytes
}
