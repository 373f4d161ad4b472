import { shanghaiMs } from '../../standards/china/index.ts'
import {
  answerHj212,
  type CrcVariant,
  carriesData,
  crcVariants,
  decodeHj212,
  encodeHj212,
  measuredHj212,
  type Packet,
  splitHj212,
} from '../../standards/hj212/index.ts'
import type { Value } from '../../telemetry/index.ts'
import type { Credential } from './gate.ts'
import type { Command, Station } from './station.ts'
import type { Handler, Line } from './tcp.ts'
import { readValues, renamed } from './values.ts'

/** Of packets that come in parts the first says the time: so many times are remembered, so many parts wait for theirs. */
const partsMax = 32

/** Speaks HJ 212 with one line: each packet proves itself by MN and PW, data is answered after it is stored. */
export function speakHj212(station: Station, line: Line): Handler {
  const times = new Map<string, Date>()
  const early: Taken[] = []
  let current: Credential | undefined
  const settle = async (taken: Taken) => {
    const { bytes, packet, credential } = taken
    const trouble = await keep(station, taken, times)
    if (trouble === noTime && packet.flag?.hasPacketNo && packet.head.PNO !== '1') {
      early.push(taken)
      const [oldest] = early
      return early.length > partsMax && oldest ? refuseEarly([oldest]) : undefined
    }
    if (trouble) return line.refuse(bytes, trouble, { credential })
    const answer = answerHj212(packet, crcOf(credential))
    if (answer) line.write(answer)
    if (packet.head.CN === timeRequest)
      sendCommand(line, packet, credential, { id: '', name: 'setTime' }, station.clock())
    const next = early.find((each) => times.has(keyOf(each.packet)))
    if (next) {
      early.splice(early.indexOf(next), 1)
      await settle(next)
    }
  }
  const refuseEarly = (lost: readonly Taken[]) => {
    for (const { bytes, credential } of lost) line.refuse(bytes, noTime, { credential })
    early.splice(0, lost.length)
  }
  return {
    splitter: splitHj212(),
    end: () => refuseEarly([...early]),
    async take(bytes) {
      const mn = /(?:;|^##\d{4})MN=([\x21-\x3a\x3c-\x7e]{1,24});/.exec(bytes.toString('latin1'))?.[1]
      const credential = mn === undefined ? undefined : await station.gate.find(['hj212'], mn)
      const crc = crcOf(credential)
      const read = decodeHj212(bytes, { crc })
      if (!read.ok) {
        const [problem] = read.problems
        if (problem) line.refuse(bytes, problem, { ...(credential && { credential }), ...(mn && { identity: mn }) })
        return
      }
      const packet = read.value
      if (!credential) return line.refuse(bytes, unknown, { identity: packet.head.MN ?? '' })
      if (!(await station.gate.admits(credential, packet.head.PW ?? '', line.address)))
        return line.refuse(bytes, wrongPassword, { credential })
      if (current?.id !== credential.id) {
        current = credential
        line.is(credential, { send: (command) => sendCommand(line, packet, credential, command, station.clock()) })
      }
      const receivedAt = station.clock()
      station.frame(credential, bytes, receivedAt)
      await settle({ bytes, packet, credential, receivedAt })
    },
  }
}

/** 现场机时间校准请求: the platform notes it and then sets the device's clock (1012). */
const timeRequest = '1013'
const unknown = { code: 'unknown-device', text: '没有登记这个设备标识 MN' }
const wrongPassword = { code: 'wrong-secret', text: '访问密码 PW 不对' }

function crcOf(credential: Credential | undefined): CrcVariant {
  return crcVariants.find((each) => each === credential?.variant.crc) ?? 'standard'
}

type Taken = { bytes: Buffer; packet: Packet; credential: Credential; receivedAt: Date }

const noTime = { code: 'no-time', text: '没有有效的数据时间 DataTime' }

/** Parts of one packet have its MN, QN and CN. */
const keyOf = ({ head }: Packet) => `${head.MN}/${head.QN}/${head.CN}`

async function keep(station: Station, { packet, credential, receivedAt }: Taken, times: Map<string, Date>) {
  const { deviceId, ownerId, variant } = credential
  if (/^901[1-4]$/.test(packet.head.CN ?? '')) {
    const outcome = packet.items.get('QnRtn')?.get('') ?? packet.items.get('ExeRtn')?.get('')
    await station.tell(credential, 'command-ack', {
      id: packet.head.QN,
      ok: outcome === undefined || outcome === '1',
      text: outcome,
    })
    return undefined
  }
  if (!carriesData(packet)) return undefined
  const measured = measuredHj212(packet)
  const key = keyOf(packet)
  if (packet.flag?.hasPacketNo && measured.at) {
    times.set(key, measured.at)
    if (times.size > partsMax) times.delete([...times.keys()][0] as string)
  }
  const at = measured.at ?? (packet.flag?.hasPacketNo ? times.get(key) : undefined)
  if (!at) return noTime
  const values = readValues(withoutNormal(renamed(named(measured.values), variant)))
  // A packet about nothing (start-up time) is answered and leaves no reading.
  if (typeof values === 'string') return values === '没有任何属性' ? undefined : { code: 'bad-values', text: values }
  await station.batcher.add([{ deviceId, ownerId, at, receivedAt, values }])
  return undefined
}

/** Factors of HJ/T 212-2005 are digits; a property begins with a letter. */
function named(values: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [/^\d/.test(name) ? `f${name}` : name, value]),
  )
}

/** A mark that says "normal" is what every value carries; only another one says something. */
function withoutNormal(values: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => !(name.endsWith('.flag') && value === 'N')),
  )
}

const chinaStamp = (now: Date) => new Date(now.getTime() + shanghaiMs).toISOString().replace(/\D/g, '').slice(0, 17)

/** A command in the words of the standard: `setTime`, `interval` {seconds}, or any four-digit code with its parameters. */
function sendCommand(line: Line, { head, flag }: Packet, credential: Credential, command: Command, now: Date): boolean {
  const params = (command.params ?? {}) as Record<string, unknown>
  const known: Record<string, [string, string]> = {
    setTime: ['1012', `SystemTime=${chinaStamp(now).slice(0, 14)}`],
    interval: ['1062', `RtdInterval=${Number(params.seconds)}`],
  }
  const text = Object.entries(params)
    .map(([name, value]) => `${name}=${value}`)
    .join(';')
  const [CN, CP] = known[command.name] ?? [command.name, text]
  if (!/^\d{4}$/.test(CN) || /[^\x20-\x7e]|&&|##/.test(CP)) return false
  const QN = /^\d{17}$/.test(command.id) ? command.id : chinaStamp(now)
  const segment = `QN=${QN};ST=${head.ST};CN=${CN};PW=${head.PW};MN=${head.MN};Flag=${((flag?.version ?? 1) << 2) | 1};CP=&&${CP}&&`
  line.write(encodeHj212(segment, crcOf(credential)))
  return true
}
