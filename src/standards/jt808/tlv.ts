/** How one number lies in an additional item: big-endian unsigned, two's complement, or sign and magnitude. */
export type TlvNumber = {
  type: 'u8' | 'u16' | 'u32' | 'i8' | 'i16' | 'i32' | 'sm16'
  scale?: number
  /** The bits that say "nothing measured", in hexadecimal. */
  absent?: string
}

/** One additional item as data: its numbers lie one after the other; `repeat` says that the one number fills the item. */
export type TlvItem = {
  title: string
  unit?: string
  /** Property codes; a repeated number is `property` and its place from 1. */
  properties: string[]
  numbers: TlvNumber[]
  repeat?: boolean
}

/** Additional items by their id. Makers use the ids from 0xE0, and some below, each in their own way: data, not code. */
export type TlvMap = Readonly<Record<number, TlvItem>>

export type TlvValue = {
  id: number
  bytes: string
  title: string
  text: string
  /** By property; null: the device says that nothing is measured. */
  values: Record<string, number | null>
}

/** The items of JT/T 808-2019 table 27, and JT/T 1078's alarms (0x14 to 0x18). */
export const standardTlv: TlvMap = {
  1: { title: '里程', unit: '千米', properties: ['mileage'], numbers: [{ type: 'u32', scale: 0.1 }] },
  2: { title: '油量', unit: '升', properties: ['fuel'], numbers: [{ type: 'u16', scale: 0.1 }] },
  3: { title: '行驶记录速度', unit: '千米/时', properties: ['recorderSpeed'], numbers: [{ type: 'u16', scale: 0.1 }] },
  4: { title: '需要人工确认的报警事件', properties: ['alarmEvent'], numbers: [{ type: 'u16' }] },
  5: { title: '胎压', properties: ['tyre'], numbers: [{ type: 'u8', absent: 'ff' }], repeat: true },
  6: { title: '车厢温度', unit: '℃', properties: ['cabinTemp'], numbers: [{ type: 'sm16', absent: '7fff' }] },
  // Without an area it is one byte, which stays as it is.
  17: {
    title: '超速报警',
    properties: ['overspeedArea', 'overspeedAreaId'],
    numbers: [{ type: 'u8' }, { type: 'u32' }],
  },
  18: {
    title: '进出区域/路线报警',
    properties: ['crossedArea', 'crossedAreaId', 'crossedOut'],
    numbers: [{ type: 'u8' }, { type: 'u32' }, { type: 'u8' }],
  },
  19: {
    title: '路段行驶时间不足/过长报警',
    properties: ['routeId', 'routeSeconds', 'routeLong'],
    numbers: [{ type: 'u32' }, { type: 'u16' }, { type: 'u8' }],
  },
  20: { title: '视频相关报警', properties: ['videoAlarms'], numbers: [{ type: 'u32' }] },
  21: { title: '视频信号丢失', properties: ['videoLost'], numbers: [{ type: 'u32' }] },
  22: { title: '视频信号遮挡', properties: ['videoCovered'], numbers: [{ type: 'u32' }] },
  23: { title: '存储器故障', properties: ['storageFaults'], numbers: [{ type: 'u16' }] },
  24: { title: '异常驾驶行为', properties: ['drivingFault', 'fatigue'], numbers: [{ type: 'u8' }, { type: 'u8' }] },
  37: { title: '扩展车辆信号状态', properties: ['signals'], numbers: [{ type: 'u32' }] },
  42: { title: 'IO 状态', properties: ['io'], numbers: [{ type: 'u16' }] },
  43: { title: '模拟量', properties: ['analog0', 'analog1'], numbers: [{ type: 'u16' }, { type: 'u16' }] },
  48: { title: '无线信号强度', properties: ['rssi'], numbers: [{ type: 'u8' }] },
  49: { title: '定位卫星数', properties: ['satellites'], numbers: [{ type: 'u8' }] },
}

/** Maps of makers, by the name that a device's credential gives. */
export const vendorTlv: Readonly<Record<string, TlvMap>> = {
  /** Refrigerated vehicles: up to eight probes of 0.1 °C, sign and magnitude, FFFF for no probe. */
  'temp-51': {
    81: {
      title: '温度探头',
      unit: '℃',
      properties: ['temp'],
      numbers: [{ type: 'sm16', scale: 0.1, absent: 'ffff' }],
      repeat: true,
    },
  },
}

const sizes: Readonly<Record<TlvNumber['type'], number>> = { u8: 1, u16: 2, u32: 4, i8: 1, i16: 2, i32: 4, sm16: 2 }

/** Reads one additional item by the map; one that the map does not hold, or of another length, stays bytes. */
export function readTlv(id: number, bytes: Buffer, map: TlvMap): TlvValue {
  const hex = bytes.toString('hex')
  const name = `0x${id.toString(16).padStart(2, '0').toUpperCase()}`
  const item = map[id]
  const first = item?.numbers[0]
  const numbers =
    item?.repeat && first ? Array(Math.floor(bytes.length / sizes[first.type])).fill(first) : item?.numbers
  const length = numbers?.reduce((sum: number, number: TlvNumber) => sum + sizes[number.type], 0)
  if (!item || !numbers || length !== bytes.length)
    return {
      id,
      bytes: hex,
      title: item ? `${item.title} ${name}` : `附加信息 ${name}`,
      text: hex || '（空）',
      values: {},
    }
  const values: Record<string, number | null> = {}
  let at = 0
  numbers.forEach((number: TlvNumber, index: number) => {
    const property = item.repeat ? `${item.properties[0]}${index + 1}` : (item.properties[index] ?? `${name}.${index}`)
    values[property] = numberOf(bytes.subarray(at, at + sizes[number.type]), number)
    at += sizes[number.type]
  })
  const shown = Object.values(values).map((value) => (value === null ? '无' : `${value}${item.unit ?? ''}`))
  return { id, bytes: hex, title: `${item.title} ${name}`, text: shown.join('、'), values }
}

function numberOf(bytes: Buffer, { type, scale = 1, absent }: TlvNumber): number | null {
  if (absent !== undefined && bytes.toString('hex') === absent) return null
  const length = bytes.length
  const raw = type.startsWith('i')
    ? bytes.readIntBE(0, length)
    : type === 'sm16'
      ? (bytes.readUInt16BE(0) & 0x7fff) * (bytes.readUInt16BE(0) & 0x8000 ? -1 : 1)
      : bytes.readUIntBE(0, length)
  return scaled(raw, scale)
}

/** A multiple of a decimal step, without the binary tail: 23 x 0.1 is 2.3. */
function scaled(raw: number, scale: number): number {
  const steps = Math.round(1 / scale)
  return scale < 1 && Math.abs(1 / scale - steps) < 1e-9 ? raw / steps : raw * scale
}
