/** What one reading of a device may say. Codes are camelCase, units UN/ECE (Rec 20), ranges those of the instrument. */
export type Property = {
  code: string
  title: string
  type: 'number' | 'flag' | 'text'
  unit?: string
  range?: readonly [number, number]
  resolution?: number
  /** The word for true and for false of a flag. */
  words?: readonly [string, string]
  /** Reported in every interval: its absence is a silence of its own. */
  probe?: boolean
}

/** What a device says when something happens, rather than every so often. */
export type ThingEvent = { code: string; title: string }

/** What a device can be told. A parameter that is a number says its range. */
export type ThingCommand = {
  code: string
  title: string
  parameters?: readonly Property[]
  /** Acts on something dangerous (gas, fire): asks the person once more. */
  dangerous?: boolean
}

/** A kind of device as data: what it measures, says and can be told. */
export type Thing = {
  /** Upper-case letters and digits, never changed once used. */
  code: string
  title: string
  /** The clause that names it. */
  clause: string
  /** Where in the work it stands, as the standard orders its scenes. */
  scene: string
  properties: readonly Property[]
  events: readonly ThingEvent[]
  commands: readonly ThingCommand[]
  /** How often it reports, where its filing says nothing else. */
  intervalSecond: number
  /** Days from one calibration to the next, for what measures. */
  calibrationDays?: number
}

type Extra = Partial<Pick<Property, 'probe'>>

export const measured = (
  code: string,
  title: string,
  unit: string,
  range: readonly [number, number],
  resolution: number,
  extra: Extra = { probe: true },
): Property => ({ code, title, type: 'number', unit, range, resolution, ...extra })

/** A number that comes with an act, not in every interval. */
export const result = (
  code: string,
  title: string,
  unit: string,
  range: readonly [number, number],
  resolution: number,
): Property => ({ code, title, type: 'number', unit, range, resolution })

export const flag = (code: string, title: string, words: readonly [string, string]): Property => ({
  code,
  title,
  type: 'flag',
  words,
})

export const word = (code: string, title: string): Property => ({ code, title, type: 'text' })

export const event = (code: string, title: string): ThingEvent => ({ code, title })

export const command = (
  code: string,
  title: string,
  more: { parameters?: readonly Property[]; dangerous?: boolean } = {},
): ThingCommand => ({ code, title, ...more })

/** Every device can be told the time and asked for its state (E5.3.8). */
export const basicCommands: readonly ThingCommand[] = [command('set-time', '校时'), command('query-state', '查询状态')]

type Declared = Omit<Thing, 'events' | 'commands' | 'clause'> & {
  clause?: string
  events?: readonly ThingEvent[]
  commands?: readonly ThingCommand[]
}

export const thing = (declared: Declared): Thing => ({
  clause: 'D4.3.10',
  ...declared,
  events: declared.events ?? [],
  commands: [...basicCommands, ...(declared.commands ?? [])],
})

/** What cameras and gates report: what was seen, how sure the machine is, and the picture's sha256. */
export const seen: readonly Property[] = [
  word('event', '识别结果'),
  result('confidence', '置信度', 'C62', [0, 1], 0.01),
  word('picture', '抓拍图片'),
  word('track', '目标编号'),
]
