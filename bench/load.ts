import { connect, type Socket } from 'node:net'

export type Request = { method?: string; path: string; headers?: Record<string, string>; body?: string | Buffer }
export type Answered = {
  /** One per answer, from the moment at which the request was due. */
  latenciesMs: number[]
  /** Answers by status; 0 counts broken connections. */
  statuses: Record<number, number>
  seconds: number
  bytes: number
  /** Requests that were due but never got a connection before the end. */
  unsent: number
}

type Due = { index: number; at: number }
type Idle = { send(due: Due): void; close(): void }

const drainMsMax = 5000

/**
 * Loads an HTTP/1.1 server over kept-alive connections, one request at a time on each, on bare sockets (node:http costs
 * several times the processor time, which the server under test would miss).
 * With `rate` the loop is open: requests fall due at fixed times whatever the server does, and a latency counts from the
 * due time, so that a stall is not hidden. Without it each connection sends its next request at once.
 */
export async function load({
  url,
  request,
  seconds,
  rate,
  connections = 32,
}: {
  url: string
  request: (index: number) => Request
  seconds: number
  rate?: number
  connections?: number
}): Promise<Answered> {
  const { hostname, port, host } = new URL(url)
  const result: Answered = { latenciesMs: [], statuses: {}, seconds, bytes: 0, unsent: 0 }
  const due: Due[] = []
  const idle: Idle[] = []
  const all = new Set<Idle>()
  let open = 0
  let ended = false

  const settle = (lane: Idle, at: number, status: number, bytes: number) => {
    open--
    result.statuses[status] = (result.statuses[status] ?? 0) + 1
    result.bytes += bytes
    if (status !== 0) result.latenciesMs.push(performance.now() - at)
    const next = due.shift() ?? (rate === undefined && !ended ? { index: sent, at: performance.now() } : undefined)
    if (next) give(lane, next)
    else idle.push(lane)
  }
  let sent = 0
  const give = (lane: Idle, next: Due) => {
    sent++
    open++
    lane.send(next)
  }
  for (let n = 0; n < connections; n++) {
    const lane = await openLane({ hostname, port: Number(port), host, request, settle })
    all.add(lane)
    idle.push(lane)
  }

  const started = performance.now()
  const until = started + seconds * 1000
  if (rate === undefined) {
    for (const lane of idle.splice(0)) give(lane, { index: sent, at: performance.now() })
    await pause(seconds * 1000)
  } else {
    let index = 0
    const total = Math.round(rate * seconds)
    while (index < total) {
      const now = performance.now()
      for (; index < total && started + (index * 1000) / rate <= now; index++) {
        const next = { index, at: started + (index * 1000) / rate }
        const lane = idle.pop()
        if (lane) give(lane, next)
        else due.push(next)
      }
      await pause(1)
    }
  }
  ended = true
  const drained = performance.now() + drainMsMax
  while ((open > 0 || due.length > 0) && performance.now() < drained) await pause(5)
  result.unsent = due.length + open
  result.seconds = Math.max(performance.now(), until) / 1000 - started / 1000
  for (const lane of all) lane.close()
  return result
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms))
}

type LaneOptions = {
  hostname: string
  port: number
  host: string
  request: (index: number) => Request
  settle: (lane: Idle, at: number, status: number, bytes: number) => void
}

/** One connection; it is made anew when the server closes it. */
async function openLane({ hostname, port, host, request, settle }: LaneOptions): Promise<Idle> {
  let socket: Socket
  let current: Due | null = null
  let received: Buffer[] = []
  let closed = false

  const finish = (status: number, bytes: number) => {
    if (!current) return
    const { at } = current
    current = null
    received = []
    settle(lane, at, status, bytes)
  }
  const dial = () =>
    new Promise<void>((done, failed) => {
      socket = connect({ host: hostname, port, noDelay: true })
      socket.once('connect', done)
      socket.once('error', failed)
      socket.on('error', () => {})
      socket.on('data', (chunk) => {
        received.push(chunk)
        const whole = received.length === 1 ? chunk : Buffer.concat(received)
        const length = answerLength(whole)
        if (length === null || whole.length < length) return
        finish(Number(whole.toString('latin1', 9, 12)), length)
      })
      socket.on('close', () => {
        if (closed) return
        dial().then(
          () => finish(0, 0),
          () => finish(0, 0),
        )
      })
    })
  const lane: Idle = {
    send: (due) => {
      current = due
      const { method = 'GET', path, headers, body } = request(due.index)
      const length = body === undefined ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`
      const head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n${headers ? linesOf(headers) : ''}${length}\r\n`
      if (typeof body !== 'object') socket.write(head + (body ?? ''))
      else {
        socket.cork()
        socket.write(head)
        socket.write(body)
        socket.uncork()
      }
    },
    close: () => {
      closed = true
      socket.destroy()
    },
  }
  await dial()
  return lane
}

const known = new WeakMap<Record<string, string>, string>()

/** Headers as they are sent; whoever hands over the same object with each request has it written once. */
function linesOf(headers: Record<string, string>): string {
  const lines =
    known.get(headers) ??
    Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')
  known.set(headers, lines)
  return lines
}

const emptyLine = Buffer.from('\r\n\r\n')
const lengthLine = Buffer.from('\r\ncontent-length: ')

/** The length of a whole answer, or null while its end cannot be known yet. */
function answerLength(bytes: Buffer): number | null {
  const end = bytes.indexOf(emptyLine)
  if (end < 0) return null
  // As our server writes it: what the client uses of the processor the server under test misses.
  const at = bytes.indexOf(lengthLine)
  if (at >= 0 && at < end)
    return end + 4 + Number.parseInt(bytes.toString('latin1', at + lengthLine.length, at + 32), 10)
  const head = bytes.toString('latin1', 0, end).toLowerCase()
  const length = /\r\ncontent-length: *(\d+)/.exec(head)
  if (length) return end + 4 + Number(length[1])
  if (!/\r\ntransfer-encoding: *chunked/.test(head)) return end + 4
  return bytes.subarray(-5).toString('latin1') === '0\r\n\r\n' ? bytes.length : null
}
