import type { Sql } from 'postgres'
import { keepFramesOf, type Reading } from '../../telemetry/index.ts'
import { type Batcher, openBatcher } from './batch.ts'
import { type Credential, type Gate, openGate } from './gate.ts'
import { openRefusals, type Refusals } from './refused.ts'

export type DeviceEvent = {
  deviceId: string
  ownerId: string
  kind: 'online' | 'offline' | 'event' | 'command-ack' | 'nodes'
  at: Date
  receivedAt: Date
  body?: unknown
}

export type Command = { id: string; name: string; params?: unknown }

/** Who wants to hear of devices, in the process that receives them. */
export type Listeners = {
  onReadings: ((readings: readonly Reading[]) => unknown)[]
  onDevice: ((event: DeviceEvent) => unknown)[]
}

/** What every listener works with. */
export type Station = {
  gate: Gate
  batcher: Batcher
  refusals: Refusals
  clock: () => Date
  /** Notes a raw frame of a device. */
  frame(credential: Credential, bytes: Buffer, at: Date): void
  /** Kept when everybody who listens has kept what was said: only then it is acknowledged. */
  tell(credential: Credential, kind: DeviceEvent['kind'], body?: unknown, at?: Date): Promise<void>
  /** A device that can be spoken to from now on; returns how to say that it is gone. */
  online(credential: Credential, connection: Connection): () => void
  send(deviceId: string, command: Command): boolean
  onError(error: unknown): void
  stop(): Promise<void>
}

export type Connection = { send(command: Command): boolean; close(): void }

export function openStation(
  sql: Sql,
  { listeners, clock, onError }: { listeners: Listeners; clock: () => Date; onError(error: unknown): void },
): Station {
  const gate = openGate(sql)
  const connections = new Map<string, Map<Connection, Credential>>()
  const keeper = keepFramesOf(sql)
  const flushing = setInterval(() => void keeper.flush(clock()).catch(onError), 5000)
  flushing.unref()
  const tell: Station['tell'] = async ({ deviceId, ownerId }, kind, body, at) => {
    const receivedAt = clock()
    const event = { deviceId, ownerId, kind, at: at ?? receivedAt, receivedAt, ...(body !== undefined && { body }) }
    await Promise.all(listeners.onDevice.map((listener) => listener(event)))
  }
  // A changed or disabled credential ends the connections that came in with it: they prove themselves anew.
  const unwatch = gate.watch((credential) => {
    for (const [connection, own] of connections.get(credential.deviceId) ?? [])
      if (own.id === credential.id && (credential.disabled || own.secretHash !== credential.secretHash))
        connection.close()
  })
  const refusals = openRefusals(sql, onError)
  const onTooFar = (readings: readonly Reading[]) => {
    for (const { deviceId, at, receivedAt, values } of readings)
      refusals.add({
        protocol: 'reading',
        bytes: Buffer.from(JSON.stringify({ at, values })),
        code: 'implausible-time',
        text: `设备时间 ${at.toISOString()} 不可能：最多比现在早 400 天、晚 1 天，请校准设备时钟`,
        identity: deviceId,
        address: '',
        at: receivedAt,
      })
  }
  const batcher = openBatcher(sql, { onReadings: listeners.onReadings, onTooFar, onError })
  return {
    gate,
    batcher,
    refusals,
    clock,
    frame: (credential, bytes, at) => keeper.add(credential.deviceId, credential.protocol, bytes, at),
    tell,
    online(credential, connection) {
      const own = connections.get(credential.deviceId) ?? new Map<Connection, Credential>()
      own.set(connection, credential)
      connections.set(credential.deviceId, own)
      if (own.size === 1) void tell(credential, 'online').catch(onError)
      return () => {
        if (!own.delete(connection) || own.size > 0) return
        connections.delete(credential.deviceId)
        void tell(credential, 'offline').catch(onError)
      }
    },
    send(deviceId, command) {
      for (const connection of connections.get(deviceId)?.keys() ?? []) if (connection.send(command)) return true
      return false
    },
    onError,
    async stop() {
      unwatch()
      gate.stop()
      clearInterval(flushing)
      await batcher.stop()
      await refusals.stop()
      await keeper.stop()
    },
  }
}
