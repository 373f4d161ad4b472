import { randomUUID } from 'node:crypto'
import type { Sql } from 'postgres'
import type { Credential } from './gate.ts'

export type Refused = {
  protocol: string
  bytes: Uint8Array
  code: string
  text: string
  offset?: number
  credential?: Credential
  identity?: string
  address: string
  at: Date
}

const frameBytesMax = 4096
const perMinuteMax = 600
const waitingMax = 5000

/** Keeps what was refused with its reason: written in lots; one address fills it with no more than six hundred a minute. */
export function openRefusals(sql: Sql, onError: (error: unknown) => void) {
  const counts = new Map<string, number>()
  const waiting: Refused[] = []
  let minute = 0
  const flush = async () => {
    const rows = waiting.splice(0)
    for (let from = 0; from < rows.length; from += 500) await write(rows.slice(from, from + 500)).catch(onError)
  }
  const write = async (rows: readonly Refused[]) => {
    await sql`insert into frame_refused ${sql(
      rows.map(({ protocol, bytes, code, text, offset, credential, identity, address, at }) => ({
        id: randomUUID(),
        protocol,
        device_id: credential?.deviceId ?? null,
        owner_id: credential?.ownerId ?? null,
        identity: (credential?.identity ?? identity)?.slice(0, 200).replaceAll('\0', '') ?? null,
        address,
        code,
        reason: text.replaceAll('\0', ''),
        offset_bytes: offset ?? null,
        frame: Buffer.from(bytes.subarray(0, frameBytesMax)),
        frame_bytes: bytes.length,
        received_at: at,
      })),
    )}`
  }
  const timer = setInterval(() => void flush(), 500)
  timer.unref()
  return {
    add(refused: Refused): void {
      const now = Math.floor(refused.at.getTime() / 60_000)
      if (now !== minute) counts.clear()
      minute = now
      const key = refused.address
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      if (count <= perMinuteMax && waiting.length < waitingMax) waiting.push(refused)
    },
    async stop() {
      clearInterval(timer)
      await flush()
    },
  }
}

export type Refusals = ReturnType<typeof openRefusals>
