import { choice, reference, text } from './fields/index.ts'

/** Who wrote a record: a device, of the kind that devices are filed in, or a person. */
export const writtenBy = <const Kind extends string>(deviceKind: Kind) => ({
  source: choice({
    title: '来源',
    required: true,
    byDevice: true,
    otherwise: 'hand',
    options: { device: '设备', hand: '人工' },
    tones: { device: 'info' },
  }),
  device: reference({ title: '设备', byDevice: true, to: deviceKind }),
})

/** The same for a kind that people alone filled before its version `since`: nothing is said of those records. */
export const writtenSince = <const Kind extends string>(deviceKind: Kind, since: number) => ({
  source: choice({
    title: '来源',
    byDevice: true,
    options: { device: '设备', hand: '人工' },
    tones: { device: 'info' },
    since,
  }),
  device: reference({ title: '设备', byDevice: true, to: deviceKind, since }),
})

/** What every record has that a device fills and a person fills in its place: who, and what was done about it. */
export const deviceFilled = <const Kind extends string>(deviceKind: Kind, person: string, measureHelp?: string) => ({
  ...writtenBy(deviceKind),
  person: text({ title: person, max: 40 }),
  measure: text({ title: '处置', ...(measureHelp && { help: measureHelp }), max: 200 }),
})
