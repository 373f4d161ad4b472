import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Splitter } from '../../standards/frame.ts'
import { type Credential, holdsCertificate } from './gate.ts'
import type { Connection, Station } from './station.ts'

/** With `ca`, only devices whose certificate that authority gave are listened to. */
export type Tls = { cert: Buffer; key: Buffer; ca?: Buffer }

export const tlsOptions = ({ cert, key, ca }: Tls) => ({
  ...{ cert, key, minVersion: 'TLSv1.2' as const },
  ...(ca && { ca, requestCert: true, rejectUnauthorized: true }),
})

/** One device's line: what came in is handled piece by piece, in its order. */
export type Line = {
  address: string
  write(bytes: Buffer): void
  close(): void
  /** Keeps a refused piece; a line that sends nothing but refused pieces is closed. */
  refuse(
    bytes: Uint8Array,
    reason: { code: string; text: string; offset?: number },
    who?: { credential?: Credential; identity?: string },
  ): void
  /** The device at the other end, from now on. */
  is(credential: Credential, connection: Omit<Connection, 'close'>): void
}

/** What a protocol does with the pieces of one line, and at its end with what it still waited for. */
export type Handler = { splitter: Splitter; take(bytes: Buffer): Promise<void>; end?(): void }

const connectionsMax = 12_000
const perAddressMax = 2000
const idleMsMax = 15 * 60_000
const strangerMsMax = 60_000
const refusedMax = 50
const piecesPerSecondMax = 2000
const queueMax = 500

/** Listens for devices of one protocol. Rejects where the port is taken. */
export async function listenTcp(
  station: Station,
  options: { protocol: string; port: number; tls?: Tls; open(line: Line): Handler },
): Promise<{ port: number; stop(): Promise<void> }> {
  const { protocol, port, tls, open } = options
  const sockets = new Set<Socket>()
  const perAddress = new Map<string, number>()
  const accept = (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const count = perAddress.get(address) ?? 0
    if (sockets.size >= connectionsMax || count >= perAddressMax || station.gate.isBarred(address))
      return void socket.destroy()
    sockets.add(socket)
    perAddress.set(address, count + 1)
    socket.once('close', () => {
      sockets.delete(socket)
      const left = (perAddress.get(address) ?? 1) - 1
      if (left > 0) perAddress.set(address, left)
      else perAddress.delete(address)
    })
    converse(station, protocol, socket, address, open)
  }
  const server = tls ? createTlsServer(tlsOptions(tls), accept) : createServer(accept)
  server.on('tlsClientError', () => {})
  await listening(server, port)
  const bound = server.address()
  return {
    port: typeof bound === 'object' && bound ? bound.port : port,
    stop: () =>
      new Promise((done) => {
        server.close(() => done())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

export function listening(server: Server, port: number): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', failed)
    server.listen({ port, backlog: 4096 }, () => {
      server.off('error', failed)
      server.on('error', () => {})
      done()
    })
  })
}

function converse(
  station: Station,
  protocol: string,
  socket: Socket,
  address: string,
  open: (line: Line) => Handler,
): void {
  let gone = () => {}
  let known = false
  let bad = 0
  let barred = false
  socket.setNoDelay(true)
  socket.setKeepAlive(true, 60_000)
  socket.setTimeout(strangerMsMax)
  socket.on('timeout', () => socket.destroy())
  socket.on('error', () => {})
  const line: Line = {
    address,
    write: (bytes) => void (socket.writable && socket.write(bytes)),
    // What was said last still goes out.
    close: () => void socket.destroySoon(),
    refuse(bytes, { code, text, offset }, who = {}) {
      const at = station.clock()
      station.refusals.add({
        protocol,
        bytes,
        code,
        text,
        ...(offset !== undefined && { offset }),
        ...who,
        address,
        at,
      })
      if (++bad >= refusedMax && !known) socket.end()
    },
    is(credential, connection) {
      if (!holdsCertificate(credential, socket)) {
        barred = true
        socket.destroy()
        // Nothing of what it said is taken.
        throw new Error(`${protocol} ${credential.identity}: without its certificate`)
      }
      gone()
      known = true
      socket.setTimeout(idleMsMax)
      gone = station.online(credential, { ...connection, close: () => socket.destroy() })
    },
  }
  const { splitter, take, end } = open(line)
  const queue: Buffer[] = []
  let working = false
  let second = 0
  let pieces = 0
  let over = false
  const work = async () => {
    working = true
    for (let next = queue.shift(); next; next = queue.shift()) {
      // A batch that could not be stored is not answered: the device sends it again.
      if (!barred) await take(next).catch(station.onError)
      if (queue.length < queueMax / 2) socket.resume()
    }
    working = false
    if (over) end?.()
  }
  socket.on('data', (chunk: Buffer) => {
    for (const piece of splitter.push(chunk)) {
      if (piece.refused) line.refuse(piece.bytes, piece.refused)
      else if (tooFast())
        line.refuse(piece.bytes, { code: 'too-fast', text: `每秒超过 ${piecesPerSecondMax} 帧，丢弃` })
      else queue.push(Buffer.from(piece.bytes))
    }
    if (queue.length >= queueMax) socket.pause()
    if (!working) void work()
  })
  const tooFast = () => {
    const now = Math.floor(Date.now() / 1000)
    if (now !== second) pieces = 0
    second = now
    return ++pieces > piecesPerSecondMax
  }
  socket.once('close', () => {
    for (const piece of splitter.end()) if (piece.refused) line.refuse(piece.bytes, piece.refused)
    over = true
    if (!working) end?.()
    gone()
  })
}
