import { chinaClock } from '../china/clock.ts'
import { chinaInstant, chineseText } from '../frame.ts'
import {
  analogs,
  operations,
  partStates,
  parts as partTypes,
  systemStates,
  systems,
  unitOperations,
  unitStates,
} from './words.ts'

/** One information object of an application data unit: the type flag, the numbers it carries, its own time. */
export type InfoObject = { type: number; at?: Date; values: Record<string, number | string> }

type Field = { at: number; length: number; name: string; value: string }
type Problem = { at: number; code: string; text: string }
/** A part of an object: its name as property, its bytes, its words for people. */
type Part = {
  property: string
  title: string
  /** `counted`: one byte says how many follow. */
  bytes: number | 'counted'
  read?: 'text' | 'signed' | 'time'
  words?: Readonly<Record<number, string>>
  /** What each bit that is set says, and what it says of none. */
  bits?: { set: readonly string[]; none: string }
}

const systemType: Part = { property: 'systemType', title: '系统类型', bytes: 1, words: systems }
const systemAddress: Part = { property: 'systemAddress', title: '系统地址', bytes: 1 }
const partType: Part = { property: 'partType', title: '部件类型', bytes: 1, words: partTypes }
const partAddress: Part = { property: 'partAddress', title: '部件地址', bytes: 4 }
const operator: Part = { property: 'operator', title: '操作员编号', bytes: 1 }
const operation: Part = { property: 'operation', title: '操作标志', bytes: 1, bits: operations }
const unitOperation: Part = { ...operation, bits: unitOperations }
const reserved: Part = { property: 'reserved', title: '预留', bytes: 1 }
const records: Part = { property: 'records', title: '记录数目', bytes: 1 }
const major: Part = { property: 'major', title: '主版本号', bytes: 1 }
const minor: Part = { property: 'minor', title: '次版本号', bytes: 1 }
const description: Part = { property: 'description', title: '说明', bytes: 'counted', read: 'text' }
const time: Part = { property: 'time', title: '发生时间（北京时间）', bytes: 6, read: 'time' }

/**
 * Objects by their type flag (GB/T 26875.3-2011, table 3 and 8.2)†; lengths held against four public decoders of others. From
 * 61 on it is the centre that speaks.
 */
const layouts: Readonly<Record<number, { title: string; parts: readonly Part[] }>> = {
  1: {
    title: '建筑消防设施系统状态',
    parts: [
      systemType,
      systemAddress,
      { property: 'systemState', title: '系统状态', bytes: 2, bits: systemStates },
      time,
    ],
  },
  2: {
    title: '建筑消防设施部件运行状态',
    parts: [
      systemType,
      systemAddress,
      partType,
      partAddress,
      { property: 'partState', title: '部件状态', bytes: 2, bits: partStates },
      { property: 'description', title: '部件说明', bytes: 31, read: 'text' },
      time,
    ],
  },
  3: {
    title: '建筑消防设施部件模拟量值',
    parts: [
      systemType,
      systemAddress,
      partType,
      partAddress,
      { property: 'analogType', title: '模拟量类型', bytes: 1, words: analogs },
      { property: 'analog', title: '模拟量值', bytes: 2, read: 'signed' },
      time,
    ],
  },
  4: { title: '建筑消防设施操作信息', parts: [systemType, systemAddress, operation, operator, time] },
  5: { title: '建筑消防设施软件版本', parts: [systemType, systemAddress, major, minor] },
  6: { title: '建筑消防设施系统配置情况', parts: [systemType, systemAddress, description] },
  7: {
    title: '建筑消防设施部件配置情况',
    parts: [
      systemType,
      systemAddress,
      partType,
      partAddress,
      { property: 'description', title: '部件说明', bytes: 31, read: 'text' },
    ],
  },
  8: { title: '建筑消防设施系统时间', parts: [systemType, systemAddress, time] },
  21: {
    title: '用户信息传输装置运行状态',
    parts: [{ property: 'unitState', title: '运行状态', bytes: 1, bits: unitStates }, time],
  },
  24: { title: '用户信息传输装置操作信息', parts: [unitOperation, operator, time] },
  25: { title: '用户信息传输装置软件版本', parts: [major, minor] },
  26: { title: '用户信息传输装置配置情况', parts: [description] },
  28: { title: '用户信息传输装置系统时间', parts: [time] },
  61: { title: '读建筑消防设施系统状态', parts: [systemType, systemAddress] },
  62: { title: '读建筑消防设施部件运行状态', parts: [systemType, systemAddress, partAddress] },
  63: { title: '读建筑消防设施部件模拟量值', parts: [systemType, systemAddress, partAddress] },
  64: { title: '读建筑消防设施操作信息', parts: [systemType, systemAddress, records, time] },
  65: { title: '读建筑消防设施软件版本', parts: [systemType, systemAddress] },
  66: { title: '读建筑消防设施系统配置情况', parts: [systemType, systemAddress] },
  67: { title: '读建筑消防设施部件配置情况', parts: [systemType, systemAddress, partAddress] },
  68: { title: '读建筑消防设施系统时间', parts: [systemType, systemAddress] },
  81: { title: '读用户信息传输装置运行状态', parts: [reserved] },
  84: { title: '读用户信息传输装置操作信息记录', parts: [records, time] },
  85: { title: '读用户信息传输装置软件版本', parts: [reserved] },
  86: { title: '读用户信息传输装置配置情况', parts: [reserved] },
  88: { title: '读用户信息传输装置系统时间', parts: [reserved] },
  89: { title: '初始化用户信息传输装置', parts: [reserved] },
  90: { title: '同步用户信息传输装置时钟', parts: [time] },
  91: { title: '查岗命令', parts: [{ property: 'timeout', title: '应答时限（分）', bytes: 1 }] },
}

/** Reads an application data unit: type flag, number of objects, objects. An unknown type stays bytes. */
export function readObjects(app: Buffer): { objects: InfoObject[]; fields: Field[]; problems: Problem[] } {
  const fields: Field[] = []
  const objects: InfoObject[] = []
  const add = (at: number, length: number, name: string, value: string | number) =>
    void fields.push({ at, length, name, value: String(value) })
  const type = app[0] as number
  const layout = layouts[type]
  add(0, 1, '类型标志', `${type}（${layout?.title ?? '未列出'}）`)
  if (app.length < 2) return { objects, fields, problems: [{ at: 1, code: 'too-short', text: '缺少信息对象数目' }] }
  const count = app[1] as number
  add(1, 1, '信息对象数目', count)
  if (!layout) {
    if (app.length > 2) add(2, app.length - 2, '信息体', app.toString('hex', 2))
    return { objects, fields, problems: [] }
  }
  const needed = bytesOf(layout.parts, count, app)
  if (app.length !== needed) {
    const text = `${count} 个信息对象应有 ${needed - 2} 字节，实际有 ${app.length - 2} 字节`
    return { objects, fields, problems: [{ at: 1, code: 'count-mismatch', text }] }
  }
  let at = 2
  for (let n = 0; n < count; n++) {
    const object: InfoObject = { type, values: {} }
    for (const part of layout.parts) {
      const head = part.bytes === 'counted' ? 1 : 0
      const length = part.bytes === 'counted' ? (app[at] as number) : part.bytes
      add(at, head + length, part.title, readPart(app.subarray(at + head, at + head + length), part, object))
      at += head + length
    }
    objects.push(object)
  }
  return { objects, fields, problems: [] }
}

/** How many bytes an application data unit of so many objects has, as far as its counted parts can be found. */
function bytesOf(parts: readonly Part[], count: number, app: Buffer): number {
  let at = 2
  for (let n = 0; n < count; n++) for (const { bytes } of parts) at += bytes === 'counted' ? 1 + (app[at] ?? 0) : bytes
  return at
}

/** Puts a part's value into the object, and returns its words. */
function readPart(bytes: Buffer, part: Part, object: InfoObject): string {
  if (part.read === 'time') {
    const [second = 0, minute = 0, hour = 0, day = 0, month = 0, year = 0] = bytes
    const at = chinaInstant(2000 + year, month, day, hour, minute, second)
    if (at) object.at = at
    return at ? chinaClock(at) : '不是有效的时间'
  }
  if (part.read === 'text') {
    const text = chineseText(bytes)
    object.values[part.property] = text
    return text
  }
  const value = part.read === 'signed' ? bytes.readIntLE(0, bytes.length) : bytes.readUIntLE(0, bytes.length)
  object.values[part.property] = value
  const said = part.bits ? saidBits(value, part.bits) : part.words?.[value]
  return said ? `${value}（${said}）` : String(value)
}

function saidBits(value: number, { set, none }: NonNullable<Part['bits']>): string {
  return set.filter((_, bit) => (value >> bit) & 1).join('、') || none
}
