import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import mqtt, { type IConnectPacket, type Packet } from 'mqtt-packet'

/** Reason codes of MQTT 5 for the return codes of 3.1.1. */
const reasons: Readonly<Record<number, number>> = { 0: 0, 1: 0x84, 2: 0x85, 3: 0x88, 4: 0x86, 5: 0x87 }

/** The two ways of a line: what the device says, in pieces, and what the broker says. */
export type Turned = { fromDevice(bytes: Buffer): void; fromBroker(bytes: Buffer): void }

/**
 * The broker in process speaks MQTT 3.1.1. A client of MQTT 5 is answered in its own version by turning packets round on
 * the way: connect, publish, subscribe and their answers say the same in both; properties that the broker has no use for
 * are dropped, topic aliases are not offered and so may not come. What was refused, by packet and reason code, is told in
 * the acknowledgement.
 */
export function turnedRound(
  version: 4 | 5,
  socket: Socket,
  stream: Duplex,
  toBroker: (bytes: Buffer) => void,
  refused: Map<number, number>,
): Turned {
  const say = (bytes: Buffer) => void (socket.writable && socket.write(bytes))
  if (version === 4) return { fromDevice: toBroker, fromBroker: say }
  const fromDevice = mqtt.parser()
  const fromBroker = mqtt.parser({ protocolVersion: 4 })
  fromDevice.on('packet', (packet: Packet) => {
    const turned = toFour(packet)
    if (turned) toBroker(mqtt.generate(turned, { protocolVersion: 4 }))
    else stream.destroy()
  })
  fromDevice.on('error', (error: Error) => stream.destroy(error))
  fromBroker.on('packet', (packet: Packet) => say(mqtt.generate(toFive(packet, refused), { protocolVersion: 5 })))
  return { fromDevice: (bytes) => void fromDevice.parse(bytes), fromBroker: (bytes) => void fromBroker.parse(bytes) }
}

function toFour(packet: Packet): Packet | undefined {
  if (packet.cmd === 'connect') {
    const { properties: _, will, ...connect } = packet
    const { properties: __, ...plainWill } = will ?? {}
    return { ...connect, protocolVersion: 4, ...(will && { will: plainWill as IConnectPacket['will'] }) } as Packet
  }
  // An alias was not offered; whoever sends one breaks the protocol.
  if (packet.cmd === 'auth' || (packet.cmd === 'publish' && packet.topic === '')) return undefined
  if (packet.cmd === 'subscribe')
    return {
      ...packet,
      properties: undefined,
      subscriptions: packet.subscriptions.map(({ topic, qos }) => ({ topic, qos })),
    } as Packet
  const { properties: _, ...plain } = packet as Packet & { properties?: unknown; reasonCode?: number }
  delete plain.reasonCode
  return plain as Packet
}

/** What the broker does not have is said at once (MQTT 5, 3.2.2.3). */
const offered = {
  topicAliasMaximum: 0,
  retainAvailable: false,
  subscriptionIdentifiersAvailable: false,
  sharedSubscriptionAvailable: false,
}

function toFive(packet: Packet, refused: Map<number, number>): Packet {
  if (packet.cmd === 'connack') {
    const reasonCode = reasons[packet.returnCode ?? 0] ?? 0x80
    return {
      ...packet,
      reasonCode,
      ...(reasonCode === 0 && { properties: offered }),
    }
  }
  if (packet.cmd === 'puback' || packet.cmd === 'pubrec') {
    const reasonCode = refused.get(packet.messageId ?? 0)
    refused.delete(packet.messageId ?? 0)
    return reasonCode === undefined ? packet : { ...packet, reasonCode }
  }
  // 128 says no more than no: it is not this device's topic.
  if (packet.cmd === 'suback')
    return { ...packet, granted: packet.granted.map((each) => (each === 0x80 ? 0x87 : each)) }
  if (packet.cmd === 'unsuback') return { ...packet, granted: packet.granted ?? [0] } as Packet
  return packet
}
