import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { Aedes, type AuthenticateError, type Client } from 'aedes'
import type { Reading } from '../../telemetry/index.ts'
import { takeFrame } from './declared.ts'
import { type Credential, holdsCertificate } from './gate.ts'
import { isEvent, noEvent, readMessage } from './message.ts'
import { type Front, openFront, type Quick } from './mqtt-front.ts'
import type { Command, Station } from './station.ts'
import { listening, type Tls, tlsOptions } from './tcp.ts'
import { readTime } from './values.ts'

type Device = Client & {
  credential?: Credential
  gone?: () => void
  address?: string
  socket?: Socket
  front?: Front
  /** What was refused and not told yet, by packet: a client of MQTT 5 reads why in its acknowledgement. */
  refused?: Map<number, number>
}

const payloadBytesMax = 256 * 1024
const connectionsMax = 20_000
const firstBytesMsMax = 10_000
/** A topic that nobody may listen to. */
const taken = '$taken'
/** What a device may say, below `devices/IDENTITY/`. */
const topics = ['telemetry', 'events', 'frame', 'commands/ack', 'state', 'nodes'] as const
const told = { events: 'event', 'commands/ack': 'command-ack', nodes: 'nodes' } as const

/**
 * The MQTT broker in process, for 3.1.1 and 5: a device signs in with its identity and secret, and speaks and listens below
 * its own topic alone. QoS 1 is acknowledged after commit.
 */
export async function startMqtt(
  station: Station,
  { port, tls, onError }: { port: number; tls?: Tls; onError(error: unknown): void },
) {
  const broker = await Aedes.createBroker({
    concurrency: 500,
    queueLimit: 1000,
    connectTimeout: firstBytesMsMax,
    maxClientsIdLength: 300,
    authenticate(client, username, password, done) {
      const device = client as Device
      signIn(station, device, username ?? '', password?.toString() ?? '')
        .then((ok) => done(ok ? null : refusal(), ok))
        .catch(() => done(refusal(3), false))
    },
    authorizePublish(client, packet, done) {
      const device = client as Device | null
      if (!device?.credential) return done(new Error('nobody'))
      take(station, device, packet.topic, packet.payload as Buffer, packet.retain)
        .then((code) => {
          const { messageId } = packet as { messageId?: number }
          if (code && messageId && device.refused && packet.qos > 0)
            device.refused.set(messageId, reasons[code] ?? 0x83)
          // Taken: it is forwarded to nobody, or a device could send commands to another.
          Object.assign(packet, { topic: taken, payload: Buffer.alloc(0), retain: false })
          done(null)
        })
        .catch((error) => {
          // Not stored: no acknowledgement, the device sends it again on its next connection.
          onError(error)
          device.close()
        })
    },
    authorizeSubscribe(client, subscription, done) {
      const { credential } = client as Device
      const own = credential && subscription.topic.startsWith(`devices/${credential.identity}/`)
      done(null, own && !/[+#].*[+#]/.test(subscription.topic) ? subscription : null)
    },
    authorizeForward(client, packet) {
      const { credential } = client as Device
      return credential && packet.topic.startsWith(`devices/${credential.identity}/commands`) ? packet : undefined
    },
  })
  broker.on('clientReady', (client) => {
    const device = client as Device
    if (!device.credential) return
    const { identity } = device.credential
    device.front?.quicken(quickOf(station, device, device.credential))
    device.gone = station.online(device.credential, {
      send: (command) => {
        publish(broker, identity, command)
        return true
      },
      close: () => device.close(),
    })
  })
  broker.on('clientDisconnect', (client) => (client as Device).gone?.())
  broker.on('clientError', () => {})
  broker.on('connectionError', () => {})
  const sockets = new Set<Socket>()
  const accept = (socket: Socket) => {
    if (sockets.size >= connectionsMax || station.gate.isBarred(socket.remoteAddress ?? ''))
      return void socket.destroy()
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.setNoDelay(true)
    socket.on('error', () => {})
    handOver(socket, (front, refused) => {
      const client = broker.handle(front.stream) as Device
      client.front = front
      client.refused = refused
      client.address = socket.remoteAddress ?? ''
      client.socket = socket
    })
  }
  const server = tls ? createTlsServer(tlsOptions(tls), accept) : createServer(accept)
  server.on('tlsClientError', () => {})
  // A storm of ten thousand reconnects waits in the queue and is not refused.
  server.maxConnections = connectionsMax
  await listening(server, port)
  const bound = server.address()
  return {
    port: typeof bound === 'object' && bound ? bound.port : port,
    stop: async () => {
      await new Promise<void>((done) => {
        server.close(() => done())
        for (const socket of sockets) socket.destroy()
      })
      await new Promise<void>((done) => broker.close(done))
    },
  }
}

function refusal(returnCode = 4): AuthenticateError {
  return Object.assign(new Error('not authorized'), { returnCode }) as AuthenticateError
}

/** Looks at the version in the first bytes. */
function handOver(socket: Socket, handle: (front: Front, refused: Map<number, number>) => void): void {
  const timer = setTimeout(() => socket.destroy(), firstBytesMsMax)
  let held: Buffer = Buffer.alloc(0)
  const look = (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    const version = versionOf(held)
    if (version === undefined && held.length < 32) return
    clearTimeout(timer)
    socket.off('data', look)
    socket.pause()
    // Three bytes of length or more: no device's CONNECT is that long, and none is waited for.
    if ((held[2] ?? 0) & 0x80 && (held[1] ?? 0) & 0x80) return void socket.destroy()
    const refused = new Map<number, number>()
    const front = openFront(socket, version === 5 ? 5 : 4, refused)
    handle(front, refused)
    socket.emit('data', held)
  }
  socket.on('data', look)
  socket.once('close', () => clearTimeout(timer))
}

/** CONNECT: type, remaining length (1 to 4 bytes), length and name of the protocol, level. */
function versionOf(bytes: Buffer): number | undefined {
  if (bytes[0] !== 0x10) return bytes.length > 0 ? 0 : undefined
  let at = 1
  while (at < 5 && (bytes[at] ?? 0) & 0x80) at++
  const nameLength = bytes.length >= at + 3 ? bytes.readUInt16BE(at + 1) : undefined
  return nameLength === undefined ? undefined : bytes[at + 3 + nameLength]
}

async function signIn(station: Station, device: Device, identity: string, secret: string): Promise<boolean> {
  const address = device.address ?? ''
  const credential = identity ? await station.gate.find(['mqtt', 'http', 'frame'], identity) : undefined
  if (!credential) station.gate.blame(address)
  const isHeld = !credential || (device.socket !== undefined && holdsCertificate(credential, device.socket))
  if (!credential || !isHeld || !(await station.gate.admits(credential, secret, address))) {
    const text = !credential ? '没有登记这个用户名' : isHeld ? '密码不对' : '没有出示这台设备的证书'
    const code = !credential ? 'unknown-device' : isHeld ? 'wrong-secret' : 'no-certificate'
    station.refusals.add({
      protocol: 'mqtt',
      bytes: Buffer.from(device.id ?? ''),
      code,
      text,
      identity,
      address,
      at: station.clock(),
    })
    return false
  }
  device.credential = credential
  // Two devices may choose the same client id: neither may throw the other out.
  device.id = `${credential.identity}|${device.id}`
  return true
}

/** A device's own telemetry past the broker; the broker's own way below does the same, message by message. */
function quickOf(station: Station, device: Device, credential: Credential): Quick {
  const address = device.address ?? ''
  return {
    topic: Buffer.from(`devices/${credential.identity}/telemetry`),
    isFull: () => station.batcher.isFull(),
    wait: (go) => station.batcher.wait(go),
    take(payload, done) {
      const at = station.clock()
      station.frame(credential, payload, at)
      const read = telemetryOf(payload, credential, at)
      if (Array.isArray(read)) return station.batcher.put(read, (error) => done(error ? 'lost' : 0))
      station.refusals.add({ protocol: 'mqtt', bytes: payload, ...read, credential, address, at })
      done(reasons[read.code] ?? 0x83)
    },
  }
}

function telemetryOf(bytes: Buffer, credential: Credential, at: Date): Reading[] | { code: string; text: string } {
  let message: unknown
  try {
    message = JSON.parse(bytes.toString())
  } catch {
    return { code: 'not-json', text: '内容不是 JSON' }
  }
  const readings = readMessage(message, credential, at)
  return typeof readings === 'string' ? { code: 'bad-values', text: readings } : readings
}

/** Reason codes of MQTT 5 for what is acknowledged and not taken. */
const reasons: Readonly<Record<string, number>> = {
  'bad-topic': 0x90,
  'other-device': 0x87,
  'too-long': 0x95,
  'not-json': 0x99,
  'bad-values': 0x99,
  'bad-event': 0x99,
}

/**
 * What a device published; what is wrong with it goes to quarantine and is acknowledged: sent again it would be as wrong.
 * Answers the code of the refusal, where there is one.
 */
async function take(
  station: Station,
  device: Device,
  topic: string,
  payload: Buffer | string,
  retain: boolean,
): Promise<string | undefined> {
  const own = device.credential as Credential
  const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(payload)
  const at = station.clock()
  const refuse = (code: string, text: string, credential = own) => {
    station.refusals.add({ protocol: 'mqtt', bytes, code, text, credential, address: device.address ?? '', at })
    return code
  }
  const [, identity = '', rest = ''] = /^devices\/([^/]+)\/(.+)$/.exec(topic) ?? []
  const kind = topics.find((each) => each === rest)
  if (!kind || retain)
    return refuse('bad-topic', `不能发布到主题 ${topic.slice(0, 100)}${retain ? '（保留消息）' : ''}`)
  const credential = await speaksFor(station, own, identity)
  if (!credential) return refuse('other-device', `不能代替设备 ${identity.slice(0, 60)} 发言`)
  if (bytes.length > payloadBytesMax) return refuse('too-long', `内容最多 ${payloadBytesMax} 字节`)
  station.frame(credential, bytes, at)
  if (kind === 'frame') {
    let wrong: string | undefined
    await takeFrame(station, credential, bytes, (code, text) => {
      wrong = refuse(code, text)
    })
    return wrong
  }
  if (kind === 'telemetry') {
    const readings = telemetryOf(bytes, credential, at)
    if (!Array.isArray(readings)) return refuse(readings.code, readings.text)
    await station.batcher.add(readings)
    return undefined
  }
  let message: unknown
  try {
    message = JSON.parse(bytes.toString())
  } catch {
    return refuse('not-json', '内容不是 JSON')
  }
  if (kind === 'events' && !isEvent(message)) return refuse('bad-event', noEvent)
  const when = readTime((message as { at?: unknown } | null)?.at)
  if (kind !== 'state') await station.tell(credential, told[kind], message, when)
  return undefined
}

/** A device speaks for itself; a gateway for those whose credential names it. */
async function speaksFor(station: Station, own: Credential, identity: string): Promise<Credential | undefined> {
  if (identity === own.identity) return own
  const other = await station.gate.find(['mqtt', 'http', 'frame'], identity)
  return other && other.variant.gateway === own.identity && other.ownerId === own.ownerId ? other : undefined
}

function publish(broker: Aedes, identity: string, command: Command): void {
  const topic = `devices/${identity}/commands`
  broker.publish(
    { cmd: 'publish', topic, payload: Buffer.from(JSON.stringify(command)), qos: 1, retain: false, dup: false },
    () => {},
  )
}
