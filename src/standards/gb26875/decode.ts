import { chinaClock } from '../china/clock.ts'
import { chinaInstant, type Decoded, FieldList, type FrameProblem, problemAt } from '../frame.ts'
import { type InfoObject, readObjects } from './objects.ts'
import { appBytesMax, headBytes } from './split.ts'
import { sumOf } from './sum.ts'

/** One GB/T 26875.3-2011 packet. Addresses are twelve hexadecimal digits, highest byte first. */
export type FirePacket = {
  serial: number
  version: string
  /** Undefined where the clock shows no valid moment. */
  at?: Date
  source: string
  target: string
  /** 1 control, 2 data, 3 confirmed, 4 request, 5 answer, 6 denied. */
  command: number
  app: Buffer
  objects: InfoObject[]
}

export const commandTitles: Readonly<Record<number, string>> = {
  1: '控制命令',
  2: '发送数据',
  3: '确认',
  4: '请求',
  5: '应答',
  6: '否认',
}

/** By whom a packet calls itself sent, also where the rest of it is wrong: whoever denies a packet names it by these. */
export type FireHead = Pick<FirePacket, 'serial' | 'version' | 'source' | 'target' | 'command'>

/** The head of a packet that is long enough to have one. */
export function headOfGb26875(frame: Buffer): FireHead | undefined {
  if (frame.length < headBytes + 3 || frame.toString('latin1', 0, 2) !== '@@') return undefined
  return {
    serial: frame.readUInt16LE(2),
    version: `${frame[4]}.${frame[5]}`,
    source: addressAt(frame, 12),
    target: addressAt(frame, 18),
    command: frame[26] as number,
  }
}

/** Reads one packet from 40 40 to 23 23. Never throws. */
export function decodeGb26875(bytes: Uint8Array): Decoded<FirePacket> {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fields = new FieldList(frame)
  const fail = (...problems: FrameProblem[]): Decoded<FirePacket> => ({ ok: false, fields: fields.list, problems })
  if (frame.toString('latin1', 0, 2) !== '@@') return fail(problemAt(0, 'no-head', '启动符应为 40 40'))
  fields.add(0, 2, '启动符', '@@')
  const head = headOfGb26875(frame)
  if (!head) return fail(problemAt(frame.length, 'too-short', `数据包太短：应至少有 ${headBytes + 3} 字节`))
  const { serial, version, source, target, command } = head
  const [second = 0, minute = 0, hour = 0, day = 0, month = 0, year = 0] = frame.subarray(6, 12)
  const at = chinaInstant(2000 + year, month, day, hour, minute, second)
  const appLength = frame.readUInt16LE(24)
  fields.add(2, 2, '业务流水号', serial)
  fields.add(4, 2, '协议版本号', version)
  fields.add(6, 6, '时间标签（北京时间）', at ? chinaClock(at) : '不是有效的时间')
  fields.add(12, 6, '源地址', source)
  fields.add(18, 6, '目的地址', target)
  fields.add(24, 2, '应用数据单元长度', appLength)
  fields.add(26, 1, '控制单元命令', `${command}（${commandTitles[command] ?? '预留或用户自定义'}）`)
  if (appLength > appBytesMax) return fail(problemAt(24, 'too-long', `应用数据单元最长 ${appBytesMax} 字节`))
  const actual = frame.length - headBytes - 3
  if (actual !== appLength) {
    const text = `应用数据单元长度写的是 ${appLength}，实际是 ${actual}`
    return fail(problemAt(24, 'length-mismatch', text))
  }
  const app = frame.subarray(headBytes, headBytes + appLength)
  const problems = frameProblems(frame)
  const read = problems.length === 0 && app.length > 0 ? readObjects(app) : { objects: [], fields: [], problems: [] }
  for (const field of read.fields) fields.add(headBytes + field.at, field.length, field.name, field.value)
  for (const each of read.problems) problems.push(problemAt(headBytes + each.at, each.code, each.text))
  const sumAt = headBytes + appLength
  fields.add(sumAt, 1, '校验和', frame[sumAt] as number)
  fields.add(sumAt + 1, 2, '结束符', frame.toString('latin1', sumAt + 1))
  if (problems.length > 0) return fail(...problems)
  const value = { ...head, ...(at && { at }), app, objects: read.objects }
  return { ok: true, fields: fields.list, value }
}

function frameProblems(frame: Buffer): FrameProblem[] {
  const sumAt = frame.length - 3
  const problems: FrameProblem[] = []
  const right = sumOf(frame.subarray(2, sumAt))
  if (frame[sumAt] !== right)
    problems.push(problemAt(sumAt, 'sum-mismatch', `校验和应为 ${right}，收到 ${frame[sumAt]}`))
  if (frame.toString('latin1', sumAt + 1) !== '##') problems.push(problemAt(sumAt + 1, 'no-tail', '结束符应为 23 23'))
  return problems
}

function addressAt(frame: Buffer, at: number): string {
  return Buffer.from(frame.subarray(at, at + 6))
    .reverse()
    .toString('hex')
}
