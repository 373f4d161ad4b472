import { chinaClock } from '../china/clock.ts'
import { chinaInstant } from '../frame.ts'
import type { BodyField } from './body.ts'
import { readTlv, type TlvMap, type TlvValue } from './tlv.ts'

/** A position report (0x0200). Angles in degrees, south and west negative; speed in km/h; altitude in metres. */
export type Location = {
  alarms: number
  status: number
  acc: boolean
  located: boolean
  lat: number
  lon: number
  altitude: number
  speed: number
  direction: number
  /** Undefined where the clock of the device shows no valid moment. */
  at?: Date
  /** Doors 1 to 4 and the one of its own, by status bits 13 to 17†. */
  doors: boolean[]
  extra: TlvValue[]
  /** Where a last additional item is cut off, the offset at which it begins. */
  cutAt?: number
}

export type LocationRead = {
  location?: Location
  fields: BodyField[]
  problem?: { at: number; code: string; text: string }
}

/** Reads a position with its additional items; an additional item that is cut off ends the list and is told. */
export function readLocation(bytes: Buffer, map: TlvMap): LocationRead {
  const fields: BodyField[] = []
  const add = (at: number, length: number, name: string, value: string | number) =>
    void fields.push({ at, length, name, value: String(value) })
  if (bytes.length < 28)
    return { fields, problem: { at: bytes.length, code: 'body-short', text: '位置信息应至少有 28 字节' } }
  const alarms = bytes.readUInt32BE(0)
  const status = bytes.readUInt32BE(4)
  const bit = (n: number) => ((status >>> n) & 1) === 1
  const lat = signed(bytes.readUInt32BE(8), bit(2))
  const lon = signed(bytes.readUInt32BE(12), bit(3))
  const at = timeOf(bytes.toString('hex', 22, 28))
  const base = {
    alarms,
    status,
    acc: bit(0),
    located: bit(1),
    lat,
    lon,
    altitude: bytes.readUInt16BE(16),
    speed: bytes.readUInt16BE(18) / 10,
    direction: bytes.readUInt16BE(20),
    ...(at && { at }),
    doors: [13, 14, 15, 16, 17].map(bit),
  }
  add(0, 4, '报警标志', `0x${alarms.toString(16).padStart(8, '0')}`)
  add(4, 4, '状态', `0x${status.toString(16).padStart(8, '0')}：${describeStatus(bit)}`)
  add(8, 4, '纬度', lat)
  add(12, 4, '经度', lon)
  add(16, 2, '高程（米）', base.altitude)
  add(18, 2, '速度（千米/时）', base.speed)
  add(20, 2, '方向（度）', base.direction)
  add(22, 6, '时间（北京时间）', at ? chinaClock(at) : `${bytes.toString('hex', 22, 28)} 不是有效的时间`)
  const extra: TlvValue[] = []
  let place = 28
  let cutAt: number | undefined
  while (place < bytes.length) {
    const length = bytes[place + 1]
    if (length === undefined || place + 2 + length > bytes.length) {
      cutAt = place
      add(place, bytes.length - place, '附加信息不完整', bytes.toString('hex', place))
      break
    }
    const value = readTlv(bytes[place] as number, bytes.subarray(place + 2, place + 2 + length), map)
    add(place, 2 + length, value.title, value.text)
    extra.push(value)
    place += 2 + length
  }
  return { location: { ...base, extra, ...(cutAt !== undefined && { cutAt }) }, fields }
}

function describeStatus(bit: (n: number) => boolean): string {
  const words = [bit(0) ? 'ACC 开' : 'ACC 关', bit(1) ? '已定位' : '未定位']
  if (bit(2)) words.push('南纬')
  if (bit(3)) words.push('西经')
  for (let door = 0; door < 5; door++) if (bit(13 + door)) words.push(`门 ${door + 1} 开`)
  return words.join('，')
}

/** YYMMDDhhmmss in BCD, China Standard Time. */
function timeOf(digits: string): Date | undefined {
  if (!/^\d{12}$/.test(digits)) return undefined
  const [year, month, day, hour, minute, second] = (digits.match(/../g) ?? []).map(Number)
  return chinaInstant(2000 + (year ?? 0), month ?? 0, day ?? 0, hour ?? 0, minute ?? 0, second ?? 0)
}

function signed(microdegrees: number, negative: boolean): number {
  return negative && microdegrees !== 0 ? -microdegrees / 1e6 : microdegrees / 1e6
}
