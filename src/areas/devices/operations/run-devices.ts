import type { Sql } from 'postgres'
import type { OpenDoor } from '../../../platform/store/store.ts'
import { commandAnswered, commandSent, commandsToSend, expireCommands } from '../../../telemetry/command/index.ts'
import { append, type Reading, type Value } from '../../../telemetry/index.ts'
import { type AlarmEngine, openAlarms } from './alarm-engine.ts'
import { fileNodes } from './file-nodes.ts'

/** What a device's connection says beside readings. */
export type DeviceSays = {
  deviceId: string
  ownerId: string
  kind: 'online' | 'offline' | 'event' | 'command-ack' | 'nodes'
  at: Date
  receivedAt: Date
  body?: unknown
}

/** Writes what a reading says into somebody's book: an area's business. */
export type Filler = (sql: Sql, open: OpenDoor, readings: readonly Reading[], now: Date) => Promise<unknown>

export type DevicesOptions = {
  sql: Sql
  open: OpenDoor
  clock: () => Date
  onError: (error: unknown) => void
  fillers?: readonly Filler[]
  /** Hands a command to a connected device of this process; false where it is not connected here. */
  send?: (deviceId: string, command: { id: string; name: string; params: Readonly<Record<string, unknown>> }) => boolean
}

export type Devices = {
  onReadings(readings: readonly Reading[]): Promise<void>
  onDevice(says: DeviceSays): Promise<void>
  /** Once for tests; otherwise every second by itself. */
  tick(): Promise<void>
  stop(): Promise<void>
}

/** What follows stored readings and connections: alarms, records that devices fill, commands on their way. */
export function runDevices(options: DevicesOptions): Devices {
  const { sql, open, clock, onError, fillers = [], send } = options
  const engine: AlarmEngine = openAlarms(options)
  let filling: Promise<unknown> = Promise.resolve()

  async function deliver(connected?: string): Promise<void> {
    if (!send) return
    for (const command of await commandsToSend(sql, clock(), connected)) {
      const { id, deviceId, name, parameters } = command
      if (send(deviceId, { id, name, params: parameters })) await commandSent(sql, id, clock())
    }
  }

  const tick = async () => {
    await engine.tick()
    await expireCommands(sql, clock())
    await deliver()
  }
  let ticking: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    ticking = ticking.then(tick).catch(onError)
  }, 1000)
  timer.unref()
  return {
    async onReadings(readings) {
      filling = filling.then(async () => {
        for (const fill of fillers) await fill(sql, open, readings, clock()).catch(onError)
      })
      await Promise.all([engine.onReadings(readings), filling])
    },
    async onDevice(says) {
      const { deviceId, kind, body } = says
      if (kind === 'online') await deliver(deviceId).catch(onError)
      if (kind === 'nodes') await fileNodes(sql, open, deviceId, body, clock())
      const seen = kind === 'event' ? seenBy(says) : undefined
      if (seen) {
        // Not stored is not acknowledged: whoever waits for this says no to the device, which sends it again.
        await append(sql, [seen])
        void engine.onReadings([seen]).catch(onError)
      }
      if (kind !== 'command-ack') return
      const { id, ok, text } = (body ?? {}) as { id?: unknown; ok?: unknown; text?: unknown }
      if (typeof id !== 'string' || !/^[\w-]{1,64}$/.test(id)) return
      const said = typeof text === 'string' ? { text: text.replaceAll('\0', '') } : {}
      await commandAnswered(sql, { id, deviceId, ok: ok !== false, ...said }, clock())
    },
    tick,
    async stop() {
      clearInterval(timer)
      await ticking
      await filling
      await engine.stop()
    },
  }
}

const told = ['event', 'confidence', 'picture', 'track', 'person'] as const

/** What a camera or gate pushed, as a reading of the properties that its thing model has. */
function seenBy({ deviceId, ownerId, at, receivedAt, body }: DeviceSays): Reading | undefined {
  const said = (body ?? {}) as Record<string, unknown>
  const values: Record<string, Value> = {}
  for (const name of told) {
    const value = said[name]
    if (typeof value === 'string' && value.length <= 200) values[name] = value.replaceAll('\0', '')
    if (typeof value === 'number' && Number.isFinite(value)) values[name] = value
  }
  if (values.event === undefined && typeof said.eventType === 'string')
    values.event = said.eventType.slice(0, 200).replaceAll('\0', '')
  return values.event === undefined ? undefined : { deviceId, ownerId, at, receivedAt, values }
}
