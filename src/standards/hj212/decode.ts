import { chinaInstant, chineseText, type Decoded, FieldList, type FrameProblem, problemAt } from '../frame.ts'
import { type CrcVariant, checkOf, crcVariants } from './crc.ts'
import { commandTitles, describeItem, headTitles, systemTitles } from './titles.ts'

/** One HJ 212 packet. Items of CP by factor and attribute; what has no attribute stands under ''. */
export type Packet = {
  head: Readonly<Record<string, string>>
  flag?: { value: number; needAck: boolean; hasPacketNo: boolean; version: number }
  /** Factor -> attribute -> value, in the order of the packet. */
  items: ReadonlyMap<string, ReadonlyMap<string, string>>
  crc: string
}

export type DecodeOptions = {
  crc?: CrcVariant
  /** A pasted packet has often lost its CR LF. */
  tail?: 'required' | 'optional'
}

const variantTitles: Readonly<Record<CrcVariant, string>> = {
  standard: 'HJ 212-2017 附录 A',
  modbus: 'MODBUS CRC',
  'modbus-swapped': 'MODBUS CRC（高低字节交换）',
}
const formats: Readonly<Record<string, { matches: RegExp; text: string }>> = {
  QN: { matches: /^\d{17}$/, text: '应为 17 位数字（年月日时分秒毫秒）' },
  ST: { matches: /^[0-9A-Za-z]{2,5}$/, text: '应为 2 到 5 位编码' },
  CN: { matches: /^\d{4}$/, text: '应为 4 位数字' },
  PW: { matches: /^[\x21-\x7e]{1,24}$/, text: '应为 1 到 24 个字符' },
  MN: { matches: /^[\x21-\x7e]{1,24}$/, text: '应为 1 到 24 个字符' },
  Flag: { matches: /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/, text: '应为 0 到 255 的整数' },
  PNUM: { matches: /^\d{1,4}$/, text: '应为 1 到 9999 的整数' },
  PNO: { matches: /^\d{1,4}$/, text: '应为 1 到 9999 的整数' },
}

/** Reads one packet from `##` to CR LF. Never throws. */
export function decodeHj212(
  bytes: Uint8Array,
  { crc = 'standard', tail = 'required' }: DecodeOptions = {},
): Decoded<Packet> {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fields = new FieldList(frame)
  const fail = (...problems: FrameProblem[]): Decoded<Packet> => ({ ok: false, fields: fields.list, problems })
  if (frame.toString('latin1', 0, 2) !== '##') return fail(problemAt(0, 'no-head', '包头应为 ##'))
  fields.add(0, 2, '包头', '##')
  const digits = frame.toString('latin1', 2, 6)
  if (!/^\d{4}$/.test(digits)) return fail(problemAt(2, 'bad-length', '数据段长度应为 4 位十进制数字'))
  const declared = Number(digits)
  fields.add(2, 4, '数据段长度', declared)
  const ended = frame.subarray(-2).toString('latin1') === '\r\n'
  const actual = frame.length - 6 - 4 - (ended ? 2 : 0)
  if (!ended && tail === 'required') return fail(problemAt(frame.length, 'no-tail', '包尾应为回车换行'))
  if (actual !== declared) {
    const text = `数据段长度写的是 ${declared}，实际是 ${Math.max(actual, 0)}`
    return fail(problemAt(2, 'length-mismatch', text))
  }
  const segment = frame.subarray(6, 6 + declared)
  const { head, flag, items, problems } = readSegment(segment, fields)
  const crcAt = 6 + declared
  const sent = frame.toString('latin1', crcAt, crcAt + 4)
  problems.push(...checkProblems(segment, sent, crcAt, crc))
  fields.add(crcAt, 4, '校验码', sent)
  if (ended) fields.add(crcAt + 4, 2, '包尾', '回车换行')
  if (problems.length > 0) return fail(...problems)
  return { ok: true, fields: fields.list, value: { head, ...(flag && { flag }), items, crc: sent.toUpperCase() } }
}

function checkProblems(segment: Buffer, sent: string, at: number, variant: CrcVariant): FrameProblem[] {
  if (!/^[0-9a-f]{4}$/i.test(sent)) return [problemAt(at, 'bad-crc', '校验码应为 4 位十六进制数')]
  const right = checkOf(segment, variant)
  if (sent.toUpperCase() === right) return []
  const other = crcVariants.find((each) => checkOf(segment, each) === sent.toUpperCase())
  const hint = other ? `；它符合${variantTitles[other]}，可在设备接入参数中选择该算法` : ''
  return [problemAt(at, 'crc-mismatch', `校验码应为 ${right}，收到 ${sent.toUpperCase()}${hint}`)]
}

type Segment = Pick<Packet, 'head' | 'flag' | 'items'> & { problems: FrameProblem[] }

function readSegment(segment: Buffer, fields: FieldList): Segment {
  const text = segment.toString('latin1')
  const open = text.indexOf('CP=&&')
  const close = text.lastIndexOf('&&')
  const problems: FrameProblem[] = []
  const head: Record<string, string> = {}
  for (const { at, length, name, value } of pairs(open < 0 ? text : text.slice(0, open), ';')) {
    const offset = 6 + at
    fields.add(offset, length, headTitles[name] ?? name, describeHead(name, value))
    const format = formats[name]
    if (name === '') problems.push(problemAt(offset, 'bad-pair', '应为 名称=值'))
    else if (Object.hasOwn(head, name)) problems.push(problemAt(offset, 'twice', `${name} 出现两次`))
    else if (format && !format.matches.test(value))
      problems.push(problemAt(offset, 'bad-field', `${headTitles[name]} ${name} ${format.text}`))
    head[name] = value
  }
  for (const name of ['ST', 'CN', 'MN'])
    if (!Object.hasOwn(head, name)) problems.push(problemAt(6, 'missing', `缺少${headTitles[name]} ${name}`))
  if (head.QN !== undefined && /^\d{17}$/.test(head.QN) && !instantOf(head.QN))
    problems.push(problemAt(6 + text.indexOf('QN='), 'bad-field', '请求编码 QN 不是有效的时间'))
  if (Number(head.PNO ?? 1) < 1 || Number(head.PNO ?? 0) > Number(head.PNUM ?? head.PNO ?? 0))
    problems.push(problemAt(6 + text.indexOf('PNO='), 'bad-part', `包号 PNO 应为 1 到总包数 ${head.PNUM}`))
  problems.push(...partProblems(head))
  if (open < 0 || close < open + 5) {
    const place = open < 0 ? 6 + text.length : 6 + open
    problems.push(problemAt(place, 'no-parameters', '缺少数据区 CP=&&…&&'))
    return { head, items: new Map(), problems }
  }
  if (close + 2 !== text.length) problems.push(problemAt(6 + close + 2, 'after-parameters', '数据区 && 之后还有内容'))
  const items = readItems(segment, open + 5, close, fields, problems)
  const flag = head.Flag === undefined ? undefined : flagOf(Number(head.Flag))
  return { head, ...(flag && { flag }), items, problems }
}

/** Bit 1 of the flag says that the packet is one of several: then it says which of how many. */
function partProblems(head: Readonly<Record<string, string>>): FrameProblem[] {
  if ((Number(head.Flag ?? 0) & 2) === 0) return []
  const missing = ['PNUM', 'PNO'].filter((name) => head[name] === undefined)
  return missing.map((name) => problemAt(6, 'missing', `拆分包标志已设，缺少${headTitles[name]} ${name}`))
}

function readItems(segment: Buffer, from: number, to: number, fields: FieldList, problems: FrameProblem[]) {
  const items = new Map<string, Map<string, string>>()
  const text = segment.toString('latin1', from, to)
  for (const { at, length, name, value } of pairs(text, ';,')) {
    const offset = 6 + from + at
    const raw = chineseText(segment.subarray(from + at + length - value.length, from + at + length))
    const dash = name.indexOf('-')
    const factor = dash < 0 ? name : name.slice(0, dash)
    const attribute = dash < 0 ? '' : name.slice(dash + 1)
    if (factor === '' || (dash >= 0 && attribute === ''))
      problems.push(problemAt(offset, 'bad-pair', '数据项应为 因子-属性=值 或 名称=值'))
    fields.add(offset, length, describeItem(factor, attribute), raw)
    const known = items.get(factor) ?? new Map<string, string>()
    known.set(attribute, raw)
    items.set(factor, known)
  }
  return items
}

type Pair = { at: number; length: number; name: string; value: string }

/** The pieces between separators; empty ones are padding. A piece without = has the whole as name. */
function pairs(text: string, separators: string): Pair[] {
  const found: Pair[] = []
  for (let at = 0; at < text.length; ) {
    let end = at
    while (end < text.length && !separators.includes(text[end] as string)) end++
    const piece = text.slice(at, end)
    const equals = piece.indexOf('=')
    const name = equals < 0 ? '' : piece.slice(0, equals)
    if (piece !== '') found.push({ at, length: piece.length, name, value: piece.slice(equals + 1) })
    at = end + 1
  }
  return found
}

function flagOf(value: number): Packet['flag'] {
  return { value, needAck: (value & 1) === 1, hasPacketNo: (value & 2) === 2, version: value >> 2 }
}

function describeHead(name: string, value: string): string {
  if (name === 'ST' && systemTitles[value]) return `${value}（${systemTitles[value]}）`
  if (name === 'CN' && commandTitles[value]) return `${value}（${commandTitles[value]}）`
  if (name !== 'Flag' || !/^\d{1,3}$/.test(value)) return value
  const flag = flagOf(Number(value))
  const version = ['HJ/T 212-2005', 'HJ 212-2017', 'HJ 212-2025'][flag?.version ?? 0] ?? `版本 ${flag?.version}`
  return `${value}（${flag?.needAck ? '要应答' : '不要应答'}，${flag?.hasPacketNo ? '有包号' : '无包号'}，${version}）`
}

/** The instant of YYYYMMDDhhmmss[zzz] in China Standard Time. */
export function instantOf(text: string): Date | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})?$/.exec(text)
  if (!found) return undefined
  const [year, month, day, hour, minute, second, ms] = found.slice(1).map((part) => Number(part ?? 0))
  return chinaInstant(year ?? 0, month ?? 0, day ?? 0, hour ?? 0, minute ?? 0, second ?? 0, ms ?? 0)
}
