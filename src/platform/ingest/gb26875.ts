import {
  answerGb26875,
  decodeGb26875,
  type FireHead,
  type FirePacket,
  headOfGb26875,
  type InfoObject,
  splitGb26875,
} from '../../standards/gb26875/index.ts'
import type { Reading, Value } from '../../telemetry/index.ts'
import type { Credential } from './gate.ts'
import type { Station } from './station.ts'
import type { Handler, Line } from './tcp.ts'
import { readValues, renamed } from './values.ts'

/**
 * Speaks GB/T 26875.3 with one line: a registered source address, data confirmed (3) after it is stored; what is wrong, not
 * known or not the unit's to say is denied (6) under its serial.
 */
export function speakGb26875(station: Station, line: Line): Handler {
  let current: Credential | undefined
  const registered = async ({ source }: FireHead) => {
    const credential = await station.gate.find(['gb26875'], source)
    return credential && mayCome(credential, line.address) ? credential : undefined
  }
  const refuseFrame = async (bytes: Buffer, problem: Reason | undefined) => {
    const head = headOfGb26875(bytes)
    const credential = head && (await registered(head))
    if (problem) line.refuse(bytes, problem, credential && { credential })
    if (head && credential && !isAnswer(head)) line.write(answerGb26875(head, 6, station.clock()))
  }
  return {
    splitter: splitGb26875(),
    async take(bytes) {
      const read = decodeGb26875(bytes)
      if (!read.ok) return refuseFrame(bytes, read.problems[0])
      const packet = read.value
      const credential = await registered(packet)
      if (!credential) {
        station.gate.blame(line.address)
        const isKnown = (await station.gate.find(['gb26875'], packet.source)) !== undefined
        return line.refuse(bytes, isKnown ? wrongAddress : unknownDevice, { identity: packet.source })
      }
      const receivedAt = station.clock()
      if (current?.id !== credential.id) {
        current = credential
        line.is(credential, { send: () => false })
      }
      station.frame(credential, bytes, receivedAt)
      if (packet.command === 3 || packet.command === 6)
        return await station.tell(credential, 'command-ack', { id: String(packet.serial), ok: packet.command === 3 })
      const readings =
        packet.command === 2 || packet.command === 5 ? readingsOf(packet, credential, receivedAt) : notOurs
      if ('code' in readings) {
        if (packet.command !== 5) line.write(answerGb26875(packet, 6, receivedAt))
        return line.refuse(bytes, readings, { credential })
      }
      await station.batcher.add(readings)
      if (packet.command === 2) line.write(answerGb26875(packet, 3, station.clock()))
    },
  }
}

type Reason = { code: string; text: string }
const wrongAddress = { code: 'wrong-address', text: '这个源地址不能从该网络地址接入' }
const unknownDevice = { code: 'unknown-device', text: '没有登记这个源地址' }
const notOurs = { code: 'unknown-command', text: '平台只接收发送数据（2）、应答（5）、确认（3）和否认（6）' }
const isAnswer = ({ command }: FireHead) => command === 3 || command === 5 || command === 6

/** The protocol has no secret: where the credential lists addresses, only those may speak. */
function mayCome({ variant }: Credential, address: string): boolean {
  const allowed = variant.addresses
  return !Array.isArray(allowed) || allowed.includes(address.replace(/^::ffff:/, ''))
}

const analogs: Readonly<Record<number, [string, number]>> = {
  1: ['count', 1],
  2: ['height', 100],
  3: ['temperature', 10],
  4: ['pressure', 10],
  5: ['pressureKpa', 10],
  6: ['gas', 10],
  7: ['seconds', 1],
  8: ['voltage', 10],
  9: ['current', 10],
  10: ['flow', 10],
  11: ['airflow', 10],
  12: ['wind', 1],
}

/** Type flags from here on are what the centre asks or orders (GB/T 26875.3-2011, table 3). */
const firstOfCentre = 61

/** The readings of what is said; an object that says only a time (8, 28) is understood and leaves none. */
function readingsOf(
  packet: FirePacket,
  { deviceId, ownerId, variant }: Credential,
  receivedAt: Date,
): Reading[] | Reason {
  if (packet.objects.length === 0) return { code: 'no-content', text: '没有能够解读的信息对象' }
  if (packet.objects.some(({ type }) => type >= firstOfCentre))
    return { code: 'not-a-units', text: '这是监控中心的读取或控制命令，传输装置不应发送' }
  const readings: Reading[] = []
  for (const object of packet.objects) {
    const said = valuesOf(object)
    if (Object.keys(said).length === 0) continue
    const at = object.at ?? packet.at
    const values = readValues(renamed(said, variant))
    if (!at) return { code: 'no-time', text: '没有有效的时间' }
    if (typeof values === 'string') return { code: 'bad-values', text: values }
    readings.push({ deviceId, ownerId, at, receivedAt, values })
  }
  return readings
}

/** By kind of quantity and part: `gas.217` is the gas concentration at part 217, in %LEL; `partState.217` its state bits. */
function valuesOf({ type, values }: InfoObject): Record<string, Value> {
  const part = values.partAddress
  if (type === 3) {
    const [name, divisor] = analogs[Number(values.analogType)] ?? [`analog${values.analogType}`, 1]
    return { [`${name}.${part}`]: Number(values.analog) / divisor }
  }
  if (type === 2) {
    const described = values.description ? { [`part.${part}`]: values.description } : {}
    return { [`partState.${part}`]: Number(values.partState), ...described }
  }
  if (type === 1) return { [`systemState.${values.systemType}.${values.systemAddress}`]: Number(values.systemState) }
  const system = `${values.systemType}.${values.systemAddress}`
  if (type === 5) return { [`version.${system}`]: `${values.major}.${values.minor}` }
  if (type === 25) return { version: `${values.major}.${values.minor}` }
  if (type === 6 && values.description) return { [`system.${system}`]: values.description }
  if (type === 7 && values.description) return { [`part.${part}`]: values.description }
  if (type === 26 && values.description) return { unit: values.description }
  if (type === 21) return { unitState: Number(values.unitState) }
  return type === 4 || type === 24 ? { operation: Number(values.operation), operator: Number(values.operator) } : {}
}
