import { connect, type Socket } from 'node:net'
import {
  decodeModbusRtu,
  decodeModbusTcp,
  encodeModbusRtu,
  encodeModbusTcp,
  exceptions,
  type Pdu,
  type ReadRequest,
  type RegisterValue,
  valuesOf,
} from '../../standards/modbus/index.ts'
import type { Credential } from './gate.ts'
import type { Station } from './station.ts'
import { readValues } from './values.ts'

/** What to ask a device for, as its credential's variant says. */
export type PollPlan = {
  host: string
  port: number
  unit: number
  /** RTU frames through a serial server instead of MODBUS TCP. */
  rtu: boolean
  everyMs: number
  reads: { function: 3 | 4; address: number; count: number; values: RegisterValue[] }[]
}

const answerMsMax = 5000
const everySecondsMin = 1
const refreshMs = 5000

/** Asks devices that do not speak by themselves, each at its own interval, one question at a time. */
export function startModbus(station: Station, { onError }: { onError(error: unknown): void }): { stop(): void } {
  const polls = new Map<string, { key: string; stop(): void }>()
  const refresh = async () => {
    const seen = new Set<string>()
    for (const credential of await station.gate.all('modbus')) {
      const plan = planOf(credential)
      if (!plan) continue
      seen.add(credential.id)
      const key = JSON.stringify(plan)
      const known = polls.get(credential.id)
      if (known?.key === key) continue
      known?.stop()
      polls.set(credential.id, { key, stop: poll(station, credential, plan) })
    }
    for (const [id, { stop }] of polls) {
      if (seen.has(id)) continue
      stop()
      polls.delete(id)
    }
  }
  void refresh().catch(onError)
  const timer = setInterval(() => void refresh().catch(onError), refreshMs)
  timer.unref()
  return {
    stop() {
      clearInterval(timer)
      for (const { stop } of polls.values()) stop()
      polls.clear()
    },
  }
}

/** `host:port/unit` is the identity; `reads`, `rtu` and `everySeconds` stand in the variant. */
export function planOf({ identity, variant }: Pick<Credential, 'identity' | 'variant'>): PollPlan | undefined {
  const [, host, port, unit] = /^([\w.-]+):(\d{1,5})\/(\d{1,3})$/.exec(identity) ?? []
  const { reads, rtu, everySeconds = 60 } = variant as { reads?: unknown; rtu?: unknown; everySeconds?: unknown }
  if (!host || !Array.isArray(reads) || reads.length === 0 || typeof everySeconds !== 'number') return undefined
  const right = reads.every(
    (read) => [3, 4].includes(read?.function) && read.count >= 1 && read.count <= 125 && Array.isArray(read.values),
  )
  if (!right) return undefined
  const everyMs = Math.max(everySecondsMin, everySeconds) * 1000
  return { host, port: Number(port), unit: Number(unit), rtu: rtu === true, everyMs, reads }
}

function poll(station: Station, credential: Credential, plan: PollPlan): () => void {
  let stopped = false
  let gone: (() => void) | undefined
  let timer: NodeJS.Timeout
  const once = async () => {
    try {
      const values = await ask(plan, (bytes) => station.frame(credential, bytes, station.clock()))
      gone ??= station.online(credential, { send: () => false, close: () => {} })
      const at = station.clock()
      const checked = readValues(values)
      const { deviceId, ownerId } = credential
      if (typeof checked !== 'string')
        await station.batcher.add([{ deviceId, ownerId, at, receivedAt: at, values: checked }])
    } catch (error) {
      gone?.()
      gone = undefined
      const text = error instanceof Error ? error.message : String(error)
      const address = `${plan.host}:${plan.port}`
      station.refusals.add({
        protocol: 'modbus',
        bytes: Buffer.alloc(0),
        code: 'no-answer',
        text,
        credential,
        address,
        at: station.clock(),
      })
    }
    if (stopped) return
    timer = setTimeout(once, plan.everyMs)
    timer.unref()
  }
  void once()
  return () => {
    stopped = true
    clearTimeout(timer)
    gone?.()
  }
}

/** All reads of a plan over one connection. Throws with the reason in words. */
export async function ask(plan: PollPlan, note: (bytes: Buffer) => void): Promise<Record<string, number>> {
  const socket = connect({ host: plan.host, port: plan.port })
  socket.on('error', () => {})
  const values: Record<string, number> = {}
  try {
    for (const [index, read] of plan.reads.entries()) {
      const pdu = await exchange(socket, { unit: plan.unit, ...read }, plan.rtu, index + 1, note)
      if (pdu.exception !== undefined) throw new Error(`设备拒绝：${exceptions[pdu.exception] ?? pdu.exception}`)
      if (pdu.registers?.length !== read.count)
        throw new Error(`要 ${read.count} 个寄存器，应答 ${pdu.registers?.length ?? 0} 个`)
      Object.assign(values, valuesOf(pdu.registers, read.values))
    }
    return values
  } finally {
    socket.destroy()
  }
}

function exchange(
  socket: Socket,
  request: ReadRequest,
  rtu: boolean,
  transaction: number,
  note: (bytes: Buffer) => void,
): Promise<Pdu> {
  const { unit, function: code, address, count } = request
  const asked = { unit, function: code, address, count }
  return new Promise((done, failed) => {
    let held: Buffer = Buffer.alloc(0)
    const end = (finish: () => void) => {
      clearTimeout(timer)
      socket.off('data', take)
      socket.off('close', lost)
      finish()
    }
    const lost = () => end(() => failed(new Error('连不上设备，或设备断开了连接')))
    const timer = setTimeout(() => end(() => failed(new Error('设备没有应答'))), answerMsMax)
    const take = (chunk: Buffer) => {
      held = Buffer.concat([held, chunk])
      const length = rtu ? lengthOfRtu(held) : held.length >= 6 ? 6 + held.readUInt16BE(4) : undefined
      if (length === undefined || held.length < length) return
      const bytes = held.subarray(0, length)
      note(bytes)
      const read = rtu ? decodeModbusRtu(bytes) : decodeModbusTcp(bytes)
      if (!read.ok) return end(() => failed(new Error(read.problems[0]?.text)))
      const { value } = read
      // An answer to another question is not ours.
      if (value.unit !== unit || value.function !== code || (!rtu && value.transaction !== transaction))
        return end(() => failed(new Error('应答与询问不符')))
      end(() => done(value))
    }
    socket.on('data', take)
    socket.once('close', lost)
    socket.write(rtu ? encodeModbusRtu(asked) : encodeModbusTcp(asked, transaction))
  })
}

/** An RTU answer's length: five bytes of refusal, or address, code, count, data and CRC. */
function lengthOfRtu(held: Buffer): number | undefined {
  if (held.length < 3) return undefined
  return ((held[1] as number) & 0x80) !== 0 ? 5 : 3 + (held[2] as number) + 2
}
