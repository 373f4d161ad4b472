import type { JSONValue, Sql } from 'postgres'
import {
  assembleJt808,
  type Body,
  decodeJt808,
  encodeJt808,
  generalAnswer,
  type Location,
  type Message,
  measuredJt808,
  partsRequest,
  readBody,
  registrationAnswer,
  serverTime,
  splitJt808,
  standardTlv,
  type TlvMap,
  vendorTlv,
} from '../../standards/jt808/index.ts'
import type { Reading } from '../../telemetry/index.ts'
import type { Variant } from './credentials.ts'
import type { Credential } from './gate.ts'
import { hashSecret, makeSecret } from './secret.ts'
import type { Command, Station } from './station.ts'
import type { Handler, Line } from './tcp.ts'
import { readValues, renamed } from './values.ts'

type Reason = { code: string; text: string }
const done = 0
const failed = 1
const wrong = 2
const unsupported = 3

const encrypted = { code: 'encrypted', text: '消息体加密，没有密钥不能解读' }
const tooLong = { code: 'too-long', text: '分包超过 64 包，平台不接收' }
const positions = new Set([0x0200, 0x0201, 0x0704])

/** Answers of a terminal to the platform, which are not answered again. */
const answers = new Set([0x0001, 0x0104, 0x0107, 0x0302, 0x0500, 0x0608, 0x0700, 0x0802, 0x0805])

/** Speaks JT/T 808 with one line: registration, authentication, heartbeat, positions; positions are answered after commit. */
export function speakJt808(station: Station, sql: Sql, line: Line): Handler {
  let serial = 0
  let current: Credential | undefined
  const parts = assembleJt808(({ bytes, text }) =>
    line.refuse(bytes, { code: 'parts-missing', text }, current && { credential: current }),
  )
  const say = (to: Message, id: number, body: Buffer) => {
    const { phone, version } = to
    serial = (serial + 1) & 0xffff
    line.write(encodeJt808({ id, phone, serial, ...(version !== undefined && { version }), body }))
  }
  const answer = (to: Message, result: 0 | 1 | 2 | 3) => say(to, 0x8001, generalAnswer(to.serial, to.id, result))

  const register = async (message: Message, bytes: Buffer) => {
    const credential = await station.gate.find(['jt808'], message.phone)
    const { content } = message
    if (!credential || content?.type !== 'registration') {
      say(message, 0x8100, registrationAnswer(message.serial, 4))
      return line.refuse(bytes, { code: 'unknown-device', text: '没有登记这个终端手机号' }, { identity: message.phone })
    }
    const { terminalId, plate } = credential.variant
    if (typeof terminalId === 'string' && terminalId !== content.terminalId) {
      say(message, 0x8100, registrationAnswer(message.serial, 3))
      return line.refuse(bytes, { code: 'other-terminal', text: '这个手机号已由另一台终端注册' }, { credential })
    }
    if (typeof plate === 'string' && plate !== content.plate) {
      say(message, 0x8100, registrationAnswer(message.serial, 1))
      return line.refuse(bytes, { code: 'other-vehicle', text: '车牌与登记的不一致' }, { credential })
    }
    const code = makeSecret()
    const variant = { ...credential.variant, terminalId: content.terminalId }
    await sql`
      update device_credential set secret_hash = ${await hashSecret(code, true)}, variant = ${sql.json(variant as JSONValue)},
        changed_at = clock_timestamp() where id = ${credential.id}`
    station.gate.forget(credential)
    say(message, 0x8100, registrationAnswer(message.serial, 0, code))
  }

  const authenticate = async (message: Message, bytes: Buffer) => {
    const credential = await station.gate.find(['jt808'], message.phone)
    const { content } = message
    const code = content?.type === 'authentication' ? content.code : ''
    if (!credential || !(await station.gate.admits(credential, code, line.address))) {
      answer(message, failed)
      const reason = credential
        ? { code: 'wrong-secret', text: '鉴权码不对' }
        : { code: 'unknown-device', text: '没有登记这个终端手机号' }
      return line.refuse(bytes, reason, credential ? { credential } : { identity: message.phone })
    }
    current = credential
    line.is(credential, { send: (command) => sendCommand(command, (id, body) => say(message, id, body)) })
    station.frame(credential, bytes, station.clock())
    answer(message, done)
  }

  const stored = async (message: Message, credential: Credential): Promise<Reason | undefined> => {
    const { content } = message
    const receivedAt = station.clock()
    if (content?.type === 'locations') {
      const read = content.locations.map((location) => readingOf(location, credential, receivedAt))
      const readings = read.filter((each): each is Reading => each !== undefined)
      if (readings.length === 0) return { code: 'no-time', text: '位置信息没有有效的时间或数值' }
      await station.batcher.add(readings)
      // What was right of a batch is stored and acknowledged; what was not is kept with its reason.
      const lost = read.length - readings.length
      if (lost > 0) {
        const text = `${read.length} 个位置中有 ${lost} 个没有有效的时间或数值`
        line.refuse(message.body, { code: 'part-refused', text }, { credential })
      }
    }
    if (content?.type !== 'locations' && positions.has(message.id))
      return { code: 'body-short', text: '位置信息不完整' }
    if (content?.type === 'ack')
      await station.tell(credential, 'command-ack', {
        id: String(content.serial),
        ok: content.result === 0,
        text: String(content.result),
      })
    return undefined
  }

  /** Deregistered: its code is worth nothing any more, it registers anew. */
  const deregister = async (credential: Credential) => {
    await sql`update device_credential set secret_hash = null, changed_at = clock_timestamp() where id = ${credential.id}`
    station.gate.forget(credential)
    line.close()
  }

  const refuseFrame = (bytes: Buffer, problem: Reason | undefined) => {
    if (problem) line.refuse(bytes, problem, current && { credential: current })
    // Where frame and head are right, the terminal is told that its message is not.
    const head = decodeJt808(bytes, { body: 'left' })
    if (head.ok && !answers.has(head.value.id)) answer(head.value, current ? wrong : failed)
  }

  const take = async (bytes: Buffer) => {
    const tlv = tlvOf(current?.variant)
    const read = decodeJt808(bytes, { tlv })
    if (!read.ok) return refuseFrame(bytes, read.problems[0])
    const message = read.value
    if (message.id === 0x0100) return register(message, bytes)
    if (message.id === 0x0102) return authenticate(message, bytes)
    if (!current) {
      answer(message, failed)
      return line.refuse(bytes, { code: 'not-authenticated', text: '终端还没有鉴权' }, { identity: message.phone })
    }
    if (message.phone.replace(/^0+/, '') !== current.identity) {
      answer(message, failed)
      return line.refuse(bytes, { code: 'other-device', text: '手机号与鉴权的终端不一致' }, { credential: current })
    }
    station.frame(current, bytes, station.clock())
    const whole = parts.add(message, Date.now())
    if (whole === 'waiting') return answer(message, done)
    if (whole === 'too-long') {
      answer(message, unsupported)
      return line.refuse(bytes, tooLong, { credential: current })
    }
    if ('missing' in whole) {
      answer(message, done)
      return say(message, 0x8003, partsRequest(whole.first, whole.missing, message.version !== undefined))
    }
    const content = whole.content ?? contentOf(whole, tlv)
    const isHidden = whole.encryption !== 0 && whole.body.length > 0
    const trouble = isHidden ? encrypted : await stored({ ...whole, ...(content && { content }) }, current)
    if (trouble) {
      answer(message, isHidden ? unsupported : wrong)
      return line.refuse(bytes, trouble, { credential: current })
    }
    if (message.id === 0x0004) say(message, 0x8004, serverTime(station.clock()))
    else if (!answers.has(message.id)) answer(message, accepts(message.id) ? done : unsupported)
    if (message.id === 0x0003) await deregister(current)
  }
  return { splitter: splitJt808(), take, end: parts.end }
}

const accepts = (id: number) => [0x0002, 0x0003, 0x0108, 0x0200, 0x0201, 0x0704].includes(id)

function contentOf(message: Message, tlv: TlvMap): Body | undefined {
  return message.encryption === 0
    ? readBody(message.id, message.body, { version2019: message.version !== undefined, tlv }).body
    : undefined
}

/** The maps that a device's credential names or gives, over those of the standard. */
function tlvOf(variant: Variant = {}): TlvMap {
  const given = typeof variant.tlv === 'object' && variant.tlv !== null ? (variant.tlv as TlvMap) : {}
  const vendor = typeof variant.vendor === 'string' ? vendorTlv[variant.vendor] : vendorTlv['temp-51']
  return { ...standardTlv, ...vendor, ...given }
}

function readingOf(
  location: Location,
  { deviceId, ownerId, variant }: Credential,
  receivedAt: Date,
): Reading | undefined {
  if (!location.at) return undefined
  const values = readValues(renamed(measuredJt808(location), variant))
  return typeof values === 'string' ? undefined : { deviceId, ownerId, at: location.at, receivedAt, values }
}

/** Commands a terminal knows: `text` {text} (0x8300), `locate` (0x8201), `reset` (0x8105, 4). */
function sendCommand({ name, params }: Command, say: (id: number, body: Buffer) => void): boolean {
  if (name === 'locate') say(0x8201, Buffer.alloc(0))
  else if (name === 'reset') say(0x8105, Buffer.of(4))
  else if (name === 'text' && /^[\x20-\x7e]{1,200}$/.test(String((params as { text?: unknown })?.text)))
    say(0x8300, Buffer.concat([Buffer.of(8), Buffer.from(String((params as { text: unknown }).text))]))
  else return false
  return true
}
