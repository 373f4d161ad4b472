import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import type { Piece, Splitter } from '../../src/standards/frame.ts'
import { eventually } from '../eventually.ts'

export const anyPorts = { mqtt: 0, hj212: 0, jt808: 0, gb26875: 0 }

/** A device's end of a line: sends bytes, waits for frames. */
export class Line {
  readonly #socket: Socket
  readonly #pieces: Piece[] = []
  readonly #splitter: Splitter
  closed = false

  private constructor(socket: Socket, splitter: Splitter) {
    this.#socket = socket
    this.#splitter = splitter
    socket.on('data', (chunk: Buffer) => this.#pieces.push(...this.#splitter.push(chunk)))
    socket.on('close', () => {
      this.closed = true
    })
    socket.on('error', () => {})
  }

  static open(port: number | undefined, splitter: Splitter): Promise<Line> {
    return new Promise((done, failed) => {
      const socket = connect(port ?? 0, '127.0.0.1', () => done(new Line(socket, splitter)))
      socket.once('error', failed)
    })
  }

  send(...frames: Uint8Array[]): void {
    for (const frame of frames) this.#socket.write(frame)
  }

  /** The next frame of the other side; undefined where none comes. */
  async next(msMax = 30_000): Promise<Buffer | undefined> {
    for (const until = Date.now() + msMax; Date.now() < until; await sleep(5)) {
      const piece = this.#pieces.shift()
      if (piece) return piece.bytes
      if (this.closed) return undefined
    }
    return undefined
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** The reason why the last frame of an identity or address was refused. */
export function refusal(sql: Sql, protocol: string, code: string): Promise<{ reason: string; frame: Buffer }> {
  return eventually(async () => {
    const [row] = await sql<{ reason: string; frame: Buffer }[]>`
      select reason, frame from frame_refused where protocol = ${protocol} and code = ${code} order by received_at desc limit 1`
    return row
  })
}
