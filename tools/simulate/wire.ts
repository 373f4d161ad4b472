import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectMqtt, type MqttClient } from 'mqtt'
import { encodeHj212 } from '../../src/standards/hj212/index.ts'
import { encodeJt808 } from '../../src/standards/jt808/index.ts'
import type { Simulated, Values } from './fleet.ts'

/** A device's connection: says a reading of a moment, hangs up and calls again. */
export type Wire = { say(at: number, values: Values): void; drop(): void; again(): void; end(): void }

export type Ports = { host: string; mqtt: number; hj212: number; jt808: number }

const two = (value: number) => String(value).padStart(2, '0')
/** Local time (GMT+8) as both protocols write it, `YYYYMMDDhhmmss`. */
function stamp(at: number): string {
  const t = new Date(at + 8 * 3_600_000)
  return `${t.getUTCFullYear()}${two(t.getUTCMonth() + 1)}${two(t.getUTCDate())}${two(t.getUTCHours())}${two(t.getUTCMinutes())}${two(t.getUTCSeconds())}`
}

function mqttWire(device: Simulated, { host, mqtt }: Ports, answered: () => void): Wire {
  const open = (): MqttClient => {
    const client = connectMqtt({
      host,
      port: mqtt,
      protocol: 'mqtt',
      username: device.identity,
      password: device.secret,
      clientId: device.identity,
      reconnectPeriod: 2000,
    })
    client.on('error', () => {})
    client.on('connect', () => client.subscribe(`devices/${device.identity}/commands`))
    client.on('message', (_, payload) => {
      const { id } = JSON.parse(payload.toString()) as { id: string }
      client.publish(
        `devices/${device.identity}/commands/ack`,
        JSON.stringify({ id, ok: true, text: '示例设备已执行' }),
      )
    })
    return client
  }
  let client = open()
  return {
    say: (at, values) =>
      client.publish(
        `devices/${device.identity}/telemetry`,
        JSON.stringify({ at, values }),
        { qos: 1 },
        (error) => error || answered(),
      ),
    drop: () => client.end(true),
    again: () => {
      client = open()
    },
    end: () => client.end(),
  }
}

function tcpWire(
  port: number,
  host: string,
  frame: (at: number, values: Values) => Buffer,
  hello: (socket: Socket) => void,
  answered: () => void,
): Wire {
  const open = () => {
    const socket = connectTcp({ host, port })
    socket.on('error', () => {})
    socket.on('data', answered)
    socket.once('connect', () => hello(socket))
    return socket
  }
  let socket = open()
  return {
    say: (at, values) => void (socket.writable && socket.write(frame(at, values))),
    drop: () => void socket.destroy(),
    again: () => {
      socket = open()
    },
    end: () => void socket.end(),
  }
}

const hj212Frame = (device: Simulated) => (at: number, values: Values) =>
  encodeHj212(
    `QN=${stamp(at)}000;ST=31;CN=2011;PW=${device.secret ?? '123456'};MN=${device.identity};Flag=5;CP=&&DataTime=${stamp(at)};a34041-Rtd=${values.fume},a34041-Flag=N&&`,
  )

/** Location (0x0200) with no alarm, located, and the position; the van's serial numbers count on. */
function jt808Frame(device: Simulated) {
  let serial = 0
  return (at: number, values: Values) => {
    const body = Buffer.alloc(28)
    body.writeUInt32BE(3, 4)
    body.writeUInt32BE(Math.round(Number(values.lat) * 1e6), 8)
    body.writeUInt32BE(Math.round(Number(values.lon) * 1e6), 12)
    body.writeUInt16BE(Math.round(Number(values.speed) * 10), 18)
    Buffer.from(stamp(at).slice(2), 'hex').copy(body, 22)
    return encodeJt808({ id: 0x0200, phone: device.identity, serial: serial++ & 0xffff, body })
  }
}

/** Opens the connection that the device's protocol asks for. `answered` counts what the platform acknowledged. */
export function wireOf(device: Simulated, ports: Ports, answered: () => void): Wire {
  if (device.protocol === 'mqtt') return mqttWire(device, ports, answered)
  if (device.protocol === 'hj212') return tcpWire(ports.hj212, ports.host, hj212Frame(device), () => {}, answered)
  const signIn = (socket: Socket) =>
    socket.write(
      encodeJt808({ id: 0x0102, phone: device.identity, serial: 0, body: Buffer.from(device.secret ?? '', 'utf8') }),
    )
  return tcpWire(ports.jt808, ports.host, jt808Frame(device), signIn, answered)
}
