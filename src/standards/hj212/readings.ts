import { instantOf, type Packet } from './decode.ts'

/** What a data packet measured: by factor, `a34041` for a real-time value, `a34041.avg` for the others. */
export type Measured = { at: Date | undefined; values: Record<string, number | string> }

const number = /^[+-]?\d+(\.\d+)?$/
const names = new Set(['DataTime', 'SystemTime', 'PolId'])

/** Whether a command carries measurements: 20xx, and 3020, a device's own state, log and parameters (HJ 212-2017, 6.6). */
export function carriesData(packet: Packet): boolean {
  return /^(20\d\d|3020)$/.test(packet.head.CN ?? '')
}

/** The measurements of a data packet, at its DataTime (China Standard Time). */
export function measuredHj212(packet: Packet): Measured {
  const values: Record<string, number | string> = {}
  const time = packet.items.get('DataTime')?.get('')
  for (const [factor, attributes] of packet.items) {
    if (names.has(factor)) continue
    for (const [attribute, text] of attributes) {
      const name = attribute === '' || attribute === 'Rtd' ? factor : `${factor}.${attribute.toLowerCase()}`
      values[name] = number.test(text) ? Number(text) : text
    }
  }
  return { at: time === undefined ? undefined : instantOf(time), values }
}
