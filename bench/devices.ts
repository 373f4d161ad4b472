import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Sql } from 'postgres'
import { processFlags } from '../tools/process-flags.mjs'

const checkout = fileURLToPath(new URL('..', import.meta.url))

export type BenchDevice = { deviceId: string; identity: string; secret: string }

/** Devices of one owner with made secrets, written at once. */
export async function benchDevices(sql: Sql, count: number): Promise<BenchDevice[]> {
  const ownerId = randomUUID()
  await sql`insert into owner (id, title, region) values (${ownerId}, '示例', '450203')`
  const devices = Array.from({ length: count }, (_, n) => ({
    deviceId: randomUUID(),
    identity: `bench-${n}`,
    secret: randomUUID().replaceAll('-', ''),
  }))
  for (let from = 0; from < count; from += 5000) {
    const rows = devices.slice(from, from + 5000).map(({ deviceId, identity, secret }) => ({
      id: randomUUID(),
      device_id: deviceId,
      owner_id: ownerId,
      protocol: 'mqtt',
      identity,
      secret_hash: `sha256$00$${createHash('sha256').update(Buffer.from('00', 'hex')).update(secret).digest('hex')}`,
      created_at: new Date(),
      changed_at: new Date(),
    }))
    await sql`insert into device_credential ${sql(rows)}`
  }
  return devices
}

export type IngestProcess = {
  pid: number | undefined
  port: number
  rssMb(): number
  kill(): Promise<void>
  stop(): Promise<void>
}

/** The ingest role as a process of its own, on a fixed port so that it can come back. */
export async function startIngestProcess(databaseUrl: string, port: number): Promise<IngestProcess> {
  const env = {
    ...process.env,
    DATABASE_URL: databaseUrl,
    PORT: '0',
    SHISU_DATA: mkdtempSync(join(tmpdir(), 'shisu-bench-ingest-')),
    SHISU_MQTT_PORT: String(port),
    SHISU_HJ212_PORT: '0',
    SHISU_JT808_PORT: '0',
    SHISU_GB26875_PORT: '0',
  }
  const child = spawn(
    process.execPath,
    [...processFlags('ingest'), join(checkout, 'src/main.ts'), '--role=ingest', '--empty'],
    {
      cwd: checkout,
      env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  )
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  await Promise.race([
    new Promise<void>((done) => child.once('message', () => done())),
    exited.then(() => Promise.reject(new Error('接入进程没有启动'))),
  ])
  let peak = 0
  const look = () => {
    const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
    peak = Math.max(peak, Number(kb ?? 0) / 1024)
  }
  const timer = setInterval(() => {
    try {
      look()
    } catch {
      // It has just ended.
    }
  }, 500)
  const end = (signal: 'SIGKILL' | 'SIGTERM') => {
    clearInterval(timer)
    child.kill(signal)
    return exited
  }
  return { pid: child.pid, port, rssMb: () => peak, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') }
}

const text = (value: string) => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes])
}

function packet(head: number, body: Buffer): Buffer {
  const length: number[] = []
  for (let rest = body.length; ; ) {
    const byte = rest & 0x7f
    rest >>= 7
    length.push(rest > 0 ? byte | 0x80 : byte)
    if (rest === 0) break
  }
  return Buffer.concat([Buffer.of(head, ...length), body])
}

/** CONNECT of MQTT 3.1.1 with user and password, clean, kept alive for ten minutes. */
export function connectPacket({ identity, secret }: BenchDevice): Buffer {
  return packet(
    0x10,
    Buffer.concat([text('MQTT'), Buffer.of(4, 0xc2, 2, 88), text(identity), text(identity), text(secret)]),
  )
}

export function publishPacket(topic: Buffer, id: number, payload: string): Buffer {
  return packet(0x32, Buffer.concat([topic, Buffer.of(id >> 8, id & 0xff), Buffer.from(payload)]))
}

export const topicOf = ({ identity }: BenchDevice) => text(`devices/${identity}/telemetry`)

/** A bare MQTT client: the packages' own costs several times the processor time, which the server under test would miss. */
export function bareClient(
  port: number,
  device: BenchDevice,
  on: { connected(): void; acked(id: number): void; closed(): void },
): Socket {
  const socket = connect(port, '127.0.0.1', () => socket.write(connectPacket(device)))
  let held: Buffer = Buffer.alloc(0)
  socket.setNoDelay(true)
  socket.on('data', (chunk: Buffer) => {
    held = held.length > 0 ? Buffer.concat([held, chunk]) : chunk
    let at = 0
    // CONNACK and PUBACK are four bytes each; nothing else is asked for.
    for (; held.length - at >= 4; at += 4) {
      if (held[at] === 0x20) {
        if (held[at + 3] === 0) on.connected()
        else socket.destroy()
      } else if (held[at] === 0x40) on.acked(held.readUInt16BE(at + 2))
    }
    held = held.subarray(at)
  })
  socket.on('error', () => {})
  socket.on('close', on.closed)
  return socket
}
