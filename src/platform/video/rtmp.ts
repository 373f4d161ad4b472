import { createServer, type Socket } from 'node:net'
import logger from 'node-media-server/src/core/logger.js'
import Rtmp from 'node-media-server/src/protocol/rtmp.js'

export type Publisher = {
  address: string
  stream: string
  key: string
  /** What is called with sound and picture once the publisher was let in. */
  media?: (type: 'audio' | 'video', ms: number, body: Buffer) => void
  gone?: () => void
  close(): void
}

const connectionsMax = 2000
const idleMsMax = 30_000
/** A stranger says little: its bytes are read in small pieces, so that announced lengths cannot fill the memory. */
const strangerBytesMax = 16 * 1024
const strangerPieceBytes = 16
const strangerChunkBytesMax = 256 * 1024
/** Of all unfinished messages of one publisher. */
const chunkBytesMax = 48 * 1024 * 1024

logger.level = 'error'

/** Listens for cameras that publish by RTMP; `admit` says whether one may. Nothing is played over RTMP. */
export async function listenRtmp(
  port: number,
  on: { admit(publisher: Publisher): Promise<boolean>; onError(error: unknown): void },
): Promise<{ port: number; stop(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    if (sockets.size >= connectionsMax) return void socket.destroy()
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    converse(socket, on)
  })
  await new Promise<void>((done, failed) => {
    server.once('error', failed)
    server.listen(port, () => {
      server.off('error', failed)
      server.on('error', on.onError)
      done()
    })
  })
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

function converse(
  socket: Socket,
  on: { admit(publisher: Publisher): Promise<boolean>; onError(error: unknown): void },
): void {
  const rtmp = new Rtmp()
  let publisher: Publisher | undefined
  let admitted = false
  let strangerBytes = 0
  /** What came in one go with the wish to publish, until it is decided. */
  let waiting: Buffer[] = []
  let stream = ''
  let key = ''
  socket.setTimeout(idleMsMax)
  socket.on('timeout', () => socket.destroy())
  socket.on('error', () => {})
  rtmp.onOutputCallback = (bytes) => void (socket.writable && socket.write(bytes))
  rtmp.onConnectCallback = ({ name, query }) => {
    stream = String(name ?? '')
    key = [query?.key].flat()[0] ?? ''
  }
  rtmp.onPlayCallback = () => socket.destroy()
  rtmp.onPushCallback = () => {
    if (publisher) return void socket.destroy()
    publisher = { address: socket.remoteAddress ?? '', stream, key, close: () => socket.destroy() }
    socket.pause()
    on.admit(publisher)
      .then((ok) => {
        admitted = ok
        if (!ok) return void socket.destroy()
        hear(Buffer.concat(waiting))
        waiting = []
        socket.resume()
      })
      .catch((error) => {
        on.onError(error)
        socket.destroy()
      })
  }
  rtmp.onPacketCallback = ({ codec_type: type, dts, size, data }) => {
    if (type !== 8 && type !== 9) return
    publisher?.media?.(type === 8 ? 'audio' : 'video', dts, data.subarray(0, size))
  }
  const hear = (bytes: Buffer) => {
    // What is no RTMP, or too much of it, ends the line; a defect in the parser too.
    if (rtmp.parserData(bytes) !== null) return socket.destroy()
    const held = [...rtmp.inPackets.values()].reduce((sum, each) => sum + each.capacity, 0)
    if (held > (admitted ? chunkBytesMax : strangerChunkBytesMax)) socket.destroy()
    return undefined
  }
  socket.on('data', (chunk: Buffer) => {
    try {
      if (admitted) return void hear(chunk)
      strangerBytes += chunk.length
      if (strangerBytes > strangerBytesMax) return void socket.destroy()
      for (let at = 0; at < chunk.length && !socket.destroyed; at += strangerPieceBytes) {
        const piece = chunk.subarray(at, at + strangerPieceBytes)
        if (publisher) waiting.push(piece)
        else hear(piece)
      }
    } catch {
      socket.destroy()
    }
  })
  socket.once('close', () => publisher?.gone?.())
}
