import { readFileSync } from 'node:fs'
import type { Sql } from 'postgres'
import { speakGb26875 } from './gb26875.ts'
import { speakHj212 } from './hj212.ts'
import { speakJt808 } from './jt808.ts'
import { startOpcUa } from './opc-ua.ts'
import { startModbus } from './poll.ts'
import type { Station } from './station.ts'
import { listenTcp, type Tls } from './tcp.ts'

export { type Command, type DeviceEvent, type Listeners, openStation, type Station } from './station.ts'

const listeners = ['mqtt', 'hj212', 'jt808', 'gb26875'] as const
export type Listener = (typeof listeners)[number]
const titles: Readonly<Record<Listener, string>> = {
  mqtt: 'MQTT',
  hj212: 'HJ 212',
  jt808: 'JT/T 808',
  gb26875: 'GB/T 26875.3',
}
const defaults: Readonly<Record<Listener, number>> = { mqtt: 1883, hj212: 9212, jt808: 9808, gb26875: 9875 }
const tlsDefaults: Readonly<Record<Listener, number>> = { mqtt: 8883, hj212: 19_212, jt808: 19_808, gb26875: 19_875 }

export type IngestOptions = {
  /** 0 takes any free port. */
  ports: Readonly<Record<Listener, number>>
  tls?: Tls & { ports: Readonly<Record<Listener, number>> }
  /** A broker of the operator's own, beside the one in process. */
  broker?: string
  /** Under which that broker keeps what this process did not acknowledge. */
  name?: string
}

export type Ingest = {
  ports: Record<Listener, number>
  tlsPorts: Partial<Record<Listener, number>>
  stop(): Promise<void>
}

/** Ports and certificate as the operator sets them: SHISU_MQTT_PORT … and, with SHISU_TLS_CERT and SHISU_TLS_KEY, SHISU_MQTT_TLS_PORT …. */
export function ingestFromEnvironment(env: NodeJS.ProcessEnv): IngestOptions {
  const portsOf = (suffix: string, given: Readonly<Record<Listener, number>>) =>
    Object.fromEntries(
      listeners.map((name) => [name, Number(env[`SHISU_${name.toUpperCase()}${suffix}`] ?? given[name])]),
    ) as Record<Listener, number>
  const { SHISU_TLS_CERT: cert, SHISU_TLS_KEY: key, SHISU_DEVICE_CA: ca, SHISU_MQTT_URL: broker } = env
  return {
    ports: portsOf('_PORT', defaults),
    ...(cert &&
      key && {
        tls: {
          ...{ cert: readFileSync(cert), key: readFileSync(key), ports: portsOf('_TLS_PORT', tlsDefaults) },
          ...(ca && { ca: readFileSync(ca) }),
        },
      }),
    ...(broker && { broker }),
    ...(env.SHISU_INGEST_NAME && { name: env.SHISU_INGEST_NAME }),
  }
}

/**
 * Starts everything that devices speak to. A port that is taken is told and left out: the rest goes on.
 */
export async function startIngest(
  sql: Sql,
  station: Station,
  options: IngestOptions,
  say: (text: string) => void,
): Promise<Ingest> {
  const stops: (() => Promise<void> | void)[] = []
  const open = async (ports: Readonly<Record<Listener, number>>, tls?: Tls) => {
    const bound: Partial<Record<Listener, number>> = {}
    for (const name of listeners) {
      try {
        const server = await listen(name, sql, station, ports[name], tls)
        bound[name] = server.port
        stops.unshift(server.stop)
      } catch (error) {
        const { code } = error as { code?: string }
        const why = code === 'EADDRINUSE' ? '已被占用' : code === 'EACCES' ? '没有权限' : String(error)
        say(
          `${titles[name]} 的端口 ${ports[name]} ${why}，没有监听；可用环境变量 SHISU_${name.toUpperCase()}_PORT 更换`,
        )
      }
    }
    return bound
  }
  const ports = (await open(options.ports)) as Record<Listener, number>
  const tlsPorts = options.tls ? await open(options.tls.ports, options.tls) : {}
  const modbus = startModbus(station, station)
  const opcUa = startOpcUa(station, station)
  stops.unshift(modbus.stop, opcUa.stop)
  if (options.broker) {
    const { followBroker } = await import('./outside-broker.ts')
    stops.unshift(followBroker(station, options.broker, options.name ? { name: options.name } : {}).stop)
  }
  return {
    ports,
    tlsPorts,
    stop: async () => {
      await Promise.all(stops.map((stop) => stop()))
    },
  }
}

async function listen(name: Listener, sql: Sql, station: Station, port: number, tls?: Tls) {
  const secure = tls ? { tls } : {}
  if (name === 'mqtt') {
    // A broker is half of what devices need to be loaded, and most processes have none.
    const { startMqtt } = await import('./mqtt.ts')
    return startMqtt(station, { port, onError: station.onError, ...secure })
  }
  if (name === 'hj212')
    return listenTcp(station, { protocol: name, port, open: (line) => speakHj212(station, line), ...secure })
  if (name === 'jt808')
    return listenTcp(station, { protocol: name, port, open: (line) => speakJt808(station, sql, line), ...secure })
  return listenTcp(station, { protocol: name, port, open: (line) => speakGb26875(station, line), ...secure })
}
