import {
  answerGb26875,
  decodeGb26875,
  type FirePacket,
  type InfoObject,
  splitGb26875,
} from '../../standards/gb26875/index.ts'
import type { Reading, Value } from '../../telemetry/index.ts'
import type { Credential } from './gate.ts'
import type { Station } from './station.ts'
import type { Handler, Line } from './tcp.ts'
import { readValues, renamed } from './values.ts'

/** Speaks GB/T 26875.3 with one line: a registered source address, data confirmed (3) after it is stored, else denied (6). */
export function speakGb26875(station: Station, line: Line): Handler {
  let current: Credential | undefined
  return {
    splitter: splitGb26875(),
    async take(bytes) {
      const read = decodeGb26875(bytes)
      if (!read.ok) {
        const [problem] = read.problems
        if (problem) line.refuse(bytes, problem, current && { credential: current })
        return
      }
      const packet = read.value
      const credential = await station.gate.find(['gb26875'], packet.source)
      if (!credential || !mayCome(credential, line.address)) {
        station.gate.blame(line.address)
        const text = credential ? '这个源地址不能从该网络地址接入' : '没有登记这个源地址'
        return line.refuse(
          bytes,
          { code: credential ? 'wrong-address' : 'unknown-device', text },
          { identity: packet.source },
        )
      }
      const receivedAt = station.clock()
      if (current?.id !== credential.id) {
        current = credential
        line.is(credential, { send: () => false })
      }
      station.frame(credential, bytes, receivedAt)
      if (packet.command === 3 || packet.command === 6)
        return await station.tell(credential, 'command-ack', { id: String(packet.serial), ok: packet.command === 3 })
      if (packet.command !== 2) return
      const readings = readingsOf(packet, credential, receivedAt)
      // An object that says only its time (28) is confirmed and leaves no reading.
      const isClock = packet.objects.some((object) => object.at && Object.keys(object.values).length === 0)
      if (readings.length === 0 && !isClock) {
        line.write(answerGb26875(packet, 6, receivedAt))
        return line.refuse(bytes, { code: 'no-content', text: '没有能够解读的信息对象' }, { credential })
      }
      await station.batcher.add(readings)
      line.write(answerGb26875(packet, 3, station.clock()))
    },
  }
}

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

function readingsOf(packet: FirePacket, { deviceId, ownerId, variant }: Credential, receivedAt: Date): Reading[] {
  return packet.objects.flatMap((object) => {
    const at = object.at ?? packet.at
    const values = valuesOf(object)
    const checked = readValues(renamed(values, variant))
    return !at || typeof checked === 'string' ? [] : [{ deviceId, ownerId, at, receivedAt, values: checked }]
  })
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
  if (type === 21) return { unitState: Number(values.unitState) }
  return type === 4 || type === 24 ? { operation: Number(values.operation), operator: Number(values.operator) } : {}
}
