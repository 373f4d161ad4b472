import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { type Turned, turnedRound } from './mqtt-five.ts'

/** What became of a message: 0 taken, a reason code of MQTT 5 where it was refused, `lost` where it could not be stored. */
export type Outcome = number | 'lost'

/** A device's own telemetry, which is most of what is ever said, taken off its line before the broker. */
export type Quick = {
  topic: Buffer
  take(payload: Buffer, done: (outcome: Outcome) => void): void
  isFull(): boolean
  wait(go: () => void): void
}

/** The broker's end of a line; `quicken` once it is known who speaks. */
export type Front = { stream: Duplex; quicken(quick: Quick): void }

const empty = Buffer.alloc(0)
/** Longer messages are the broker's. */
const quickBytesMax = 64 * 1024
const pendingMax = 1000
/** So many messages of one device, then another's turn, where devices wait: an alarm must not stand behind a flood. */
const turnMax = 64
/** The broker sees nothing of what is taken here and would think the device gone: so often it is told that it is not. */
const pingEveryMs = 2000
const ping = Buffer.of(0xc0, 0)

/**
 * Stands between a device and the broker in process. Each message of QoS 0 or 1 on the device's own telemetry topic goes
 * to `quick` and is acknowledged in its order; everything else is the broker's. Measured: a third of the processor time of
 * the broker's own way.
 */
export function openFront(socket: Socket, version: 4 | 5, refused: Map<number, number>): Front {
  let quick: Quick | undefined
  let held: Buffer = empty
  let passing = 0
  let isBlocked = false
  let isFull = false
  let pings = 0
  let pingedAt = 0
  const acks = openAcks(socket, version, () => {
    if (isBlocked && acks.open() < pendingMax / 2) go()
  })
  const flow = () => void (isBlocked || isFull ? socket.pause() : socket.resume())
  const stream = new Duplex({
    read() {
      isFull = false
      flow()
    },
    write(chunk: Buffer, _encoding, done) {
      // The answer to our own ping.
      if (pings > 0 && chunk.length === 2 && chunk[0] === 0xd0) pings--
      else turned.fromBroker(chunk)
      if (socket.writableNeedDrain) socket.once('drain', () => done())
      else done()
    },
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy()
      done(error)
    },
  })
  const toBroker = (bytes: Buffer) => {
    if (!stream.push(bytes)) isFull = true
  }
  const turned: Turned = turnedRound(version, socket, stream, toBroker, refused)

  const go = () => {
    isBlocked = false
    if (!socket.destroyed) work()
    flow()
  }
  /** Whether the message may be taken now; if not, the line waits its turn. */
  const mayTake = (own: Quick, taken: number) => {
    const isLate = taken >= turnMax && own.isFull()
    if (acks.open() < pendingMax && !isLate && !own.isFull()) return true
    isBlocked = true
    if (acks.open() < pendingMax) own.wait(go)
    return false
  }
  const takeQuick = (own: Quick, head: number, from: number, end: number) => {
    const needsAck = (head & 0x06) !== 0
    const idAt = from + 2 + own.topic.length
    const id = needsAck ? held.readUInt16BE(idAt) : 0
    const at = bodyAt(held, idAt + (needsAck ? 2 : 0), version)
    const done = needsAck ? acks.expect(id) : lostOnly(socket)
    own.take(held.subarray(at, end), done)
    const now = Date.now()
    if (now - pingedAt < pingEveryMs) return
    pingedAt = now
    pings++
    toBroker(ping)
  }
  const work = () => {
    let at = 0
    for (let taken = 0; at < held.length; ) {
      if (passing > 0) {
        const part = held.subarray(at, at + passing)
        passing -= part.length
        at += part.length
        turned.fromDevice(part)
        continue
      }
      const size = sizeAt(held, at + 1)
      if (!size) break
      const head = held[at] as number
      const end = size.at + size.length
      const mayBe = quick && (head & 0xf5) === 0x30 && size.length <= quickBytesMax
      if (mayBe && end > held.length) break
      if (!quick || !mayBe || !isOwn(held, size.at, end, head, quick.topic)) {
        passing = end - at
        continue
      }
      if (!mayTake(quick, taken++)) break
      takeQuick(quick, head, size.at, end)
      at = end
    }
    held = at === held.length ? empty : held.subarray(at)
  }
  socket.on('data', (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    if (!isBlocked) work()
    flow()
  })
  socket.on('end', () => stream.push(null))
  socket.on('close', () => stream.destroy())
  socket.on('error', () => stream.destroy())
  return {
    stream,
    quicken(own) {
      quick = own
    },
  }
}

/** The remaining length (1 to 4 bytes) and where the packet goes on; undefined where it has not all come. */
function sizeAt(bytes: Buffer, at: number): { length: number; at: number } | undefined {
  let length = 0
  for (let n = 0; n < 4; n++) {
    const byte = bytes[at + n]
    if (byte === undefined) return undefined
    length |= (byte & 0x7f) << (7 * n)
    if ((byte & 0x80) === 0) return { length, at: at + n + 1 }
  }
  // A fifth byte is none: the broker says so.
  return { length, at: at + 4 }
}

/** Whether a PUBLISH is to this topic, and long enough to be one. */
function isOwn(bytes: Buffer, at: number, end: number, head: number, topic: Buffer): boolean {
  const idBytes = (head & 0x06) !== 0 ? 2 : 0
  return (
    end - at >= 2 + topic.length + idBytes + 1 &&
    bytes.readUInt16BE(at) === topic.length &&
    bytes.compare(topic, 0, topic.length, at + 2, at + 2 + topic.length) === 0
  )
}

/** Where the payload begins: MQTT 5 has properties before it, of which the platform uses none. */
function bodyAt(bytes: Buffer, at: number, version: 4 | 5): number {
  if (version === 4) return at
  const properties = sizeAt(bytes, at)
  return properties ? properties.at + properties.length : at
}

const lostOnly = (socket: Socket) => (outcome: Outcome) => {
  if (outcome === 'lost') socket.destroy()
}

type Ack = { id: number; outcome?: Outcome }

/** Acknowledges in the order in which messages came, all that is known at one time in one write. */
function openAcks(socket: Socket, version: 4 | 5, flushed: () => void) {
  let pending: Ack[] = []
  let isDue = false
  const flush = () => {
    isDue = false
    let known = 0
    while (known < pending.length && pending[known]?.outcome !== undefined) known++
    const over = pending.slice(0, known)
    pending = pending.slice(known)
    // What could not be stored is not acknowledged: the device sends it again on its next connection.
    const lost = over.findIndex(({ outcome }) => outcome === 'lost')
    const told = lost < 0 ? over : over.slice(0, lost)
    if (told.length > 0 && socket.writable) socket.write(packetsOf(told, version))
    if (lost >= 0) socket.destroySoon()
    flushed()
  }
  return {
    open: () => pending.length,
    expect(id: number): (outcome: Outcome) => void {
      const ack: Ack = { id }
      pending.push(ack)
      return (outcome) => {
        ack.outcome = outcome
        if (isDue) return
        isDue = true
        queueMicrotask(flush)
      }
    },
  }
}

/** PUBACK: four bytes, and a fifth with the reason where something was refused and the device reads reasons. */
function packetsOf(acks: readonly Ack[], version: 4 | 5): Buffer {
  const bytes: number[] = []
  for (const { id, outcome } of acks) {
    const hasReason = version === 5 && typeof outcome === 'number' && outcome > 0
    bytes.push(0x40, hasReason ? 3 : 2, id >> 8, id & 0xff)
    if (hasReason) bytes.push(outcome)
  }
  return Buffer.from(bytes)
}
