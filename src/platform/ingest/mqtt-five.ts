import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import mqtt, { type IConnectPacket, type Packet } from 'mqtt-packet'

/** Reason codes of MQTT 5 for the return codes of 3.1.1. */
const reasons: Readonly<Record<number, number>> = { 0: 0, 1: 0x84, 2: 0x85, 3: 0x88, 4: 0x86, 5: 0x87 }

/**
 * The broker in process speaks MQTT 3.1.1. A client of MQTT 5 is answered in its own version by turning packets round on
 * the way: connect, publish, subscribe and their answers say the same in both; properties that the broker has no use for
 * are dropped, topic aliases are not offered and so may not come. What was refused, by packet and reason code, is told in
 * the acknowledgement.
 */
export function speakingFive(socket: Socket, first: Buffer, refused: Map<number, number>): Duplex {
  const fromDevice = mqtt.parser()
  const fromBroker = mqtt.parser({ protocolVersion: 4 })
  const inner = new Duplex({
    read: () => socket.resume(),
    write(chunk: Buffer, _encoding, done) {
      fromBroker.parse(chunk)
      done()
    },
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy()
      done(error)
    },
  })
  fromDevice.on('packet', (packet: Packet) => {
    const turned = toFour(packet)
    if (!turned) inner.destroy()
    else if (!inner.push(mqtt.generate(turned, { protocolVersion: 4 }))) socket.pause()
  })
  fromDevice.on('error', (error: Error) => inner.destroy(error))
  fromBroker.on('packet', (packet: Packet) => {
    if (socket.writable) socket.write(mqtt.generate(toFive(packet, refused), { protocolVersion: 5 }))
  })
  socket.on('data', (chunk: Buffer) => void fromDevice.parse(chunk))
  socket.on('end', () => inner.push(null))
  socket.on('close', () => inner.destroy())
  socket.on('error', () => inner.destroy())
  fromDevice.parse(first)
  return inner
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

function toFive(packet: Packet, refused: Map<number, number>): Packet {
  if (packet.cmd === 'connack') {
    const reasonCode = reasons[packet.returnCode ?? 0] ?? 0x80
    return {
      ...packet,
      reasonCode,
      ...(reasonCode === 0 && { properties: { topicAliasMaximum: 0, sharedSubscriptionAvailable: false } }),
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
