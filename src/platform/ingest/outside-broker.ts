import mqtt, { type IPublishPacket, type MqttClient } from 'mqtt'
import { readMessage } from './message.ts'
import type { Station } from './station.ts'

const lanes = 8

/**
 * Takes telemetry from a broker of the operator's own (`SHISU_MQTT_URL`): several connections share one subscription, and
 * each message is acknowledged after commit. That broker signs devices in and keeps them to their topics; here a topic's
 * identity must be a registered device's. Two processes on one broker need names of their own (`SHISU_INGEST_NAME`).
 */
export function followBroker(
  station: Station,
  url: string,
  { group = 'shisu', name = 'shisu-ingest' }: { group?: string; name?: string } = {},
): { ready: Promise<void>; stop(): Promise<void> } {
  const clients: MqttClient[] = []
  const subscribed: Promise<void>[] = []
  for (let lane = 0; lane < lanes; lane++) {
    // The same name after a restart: what was taken and not acknowledged waits in the broker under it.
    const clientId = `${name}-${lane}`
    const client = mqtt.connect(url, {
      clientId,
      clean: false,
      protocolVersion: 5,
      properties: { sessionExpiryInterval: 3600, receiveMaximum: 500 },
      reconnectPeriod: 2000,
    })
    client.on('error', station.onError)
    subscribed.push(
      new Promise((done) => {
        client.on('connect', () => client.subscribe(`$share/${group}/devices/+/telemetry`, { qos: 1 }, () => done()))
      }),
    )
    client.handleMessage = (packet, done) => {
      take(station, packet as IPublishPacket)
        .then(() => done())
        .catch((error) => done(error as Error))
    }
    clients.push(client)
  }
  return {
    ready: Promise.all(subscribed).then(() => {}),
    stop: async () => void (await Promise.all(clients.map((client) => client.endAsync(true)))),
  }
}

async function take(station: Station, packet: IPublishPacket): Promise<void> {
  const at = station.clock()
  const bytes = Buffer.from(packet.payload)
  const [, identity = ''] = /^devices\/([^/]+)\/telemetry$/.exec(packet.topic) ?? []
  const credential = await station.gate.find(['mqtt', 'http'], identity)
  const refuse = (code: string, text: string) =>
    station.refusals.add({
      protocol: 'mqtt',
      bytes,
      code,
      text,
      identity,
      ...(credential && { credential }),
      address: 'broker',
      at,
    })
  if (!credential) return refuse('unknown-device', '没有登记这个设备')
  let message: unknown
  try {
    message = JSON.parse(bytes.toString())
  } catch {
    return refuse('not-json', '内容不是 JSON')
  }
  const readings = readMessage(message, credential, at)
  if (typeof readings === 'string') return refuse('bad-values', readings)
  station.frame(credential, bytes, at)
  await station.batcher.add(readings)
}
