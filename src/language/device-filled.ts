import { choice, reference, text } from './fields/index.ts'

const source = {
  title: '来源',
  byDevice: true,
  options: { device: '设备', hand: '人工' },
  tones: { device: 'info' },
} as const
const device = { title: '设备', byDevice: true } as const

/** Who wrote a record: a device, of the kind that devices are filed in, or a person. */
export const writtenBy = <const Kind extends string>(deviceKind: Kind) => ({
  source: choice({ ...source, required: true, otherwise: 'hand' }),
  device: reference({ ...device, to: deviceKind }),
})

/** The same for a kind that people alone filled before its version `since`: nothing is said of those records. */
export const writtenSince = <const Kind extends string>(deviceKind: Kind, since: number) => ({
  source: choice({ ...source, since }),
  device: reference({ ...device, to: deviceKind, since }),
})

/** What every record has that a device fills and a person fills in its place: who, and what was done about it. */
export const deviceFilled = <const Kind extends string>(deviceKind: Kind, person: string, measureHelp?: string) => ({
  ...writtenBy(deviceKind),
  person: text({ title: person, max: 40 }),
  measure: text({ title: '处置', ...(measureHelp && { help: measureHelp }), max: 200 }),
})
