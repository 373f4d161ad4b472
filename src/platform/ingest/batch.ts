import type { Sql } from 'postgres'
import { append, noteSkew, type Reading } from '../../telemetry/index.ts'

/** What stores readings; the promise is kept after commit and broken where they could not be stored. */
export type Batcher = {
  add(readings: readonly Reading[]): Promise<void>
  /** The same at once and without a promise, for whoever minds `isFull` itself: memory is bounded by who waits. */
  put(readings: readonly Reading[], done: (error?: unknown) => void): void
  isFull(): boolean
  /** Calls back when there is room, one after the other in their order. */
  wait(go: () => void): void
  /** Readings that wait or are on their way. */
  open(): number
  stop(): Promise<void>
}

type Waiting = { readings: readonly Reading[]; done(error?: unknown): void }

const batchMax = 2000
/** Three batches on their way keep both the database and this process busy (measured: a fourth adds nothing). */
const flyingMax = 3
/** Beyond this many the sender waits: memory is bounded, and no alarm waits behind more (0.4 s at 10,000 a second). */
const openMax = 4000
const skewEveryMs = 10_000

export function openBatcher(
  sql: Sql,
  {
    onReadings,
    onTooFar,
    onError,
  }: {
    onReadings: ((readings: readonly Reading[]) => unknown)[]
    /** Readings whose time cannot be true: they are not stored. */
    onTooFar(readings: readonly Reading[]): void
    onError(error: unknown): void
  },
): Batcher {
  let waiting: Waiting[] = []
  let open = 0
  let flying = 0
  let asleep = false
  let skewAt = 0
  const room: (() => void)[] = []
  const idle: (() => void)[] = []

  const tell = async (readings: readonly Reading[]) => {
    for (const listener of onReadings) {
      try {
        await listener(readings)
      } catch (error) {
        onError(error)
      }
    }
    if (Date.now() - skewAt < skewEveryMs) return
    skewAt = Date.now()
    await noteSkew(sql, readings).catch(onError)
  }

  // One batch after the other, in the order in which they left: a device's readings are heard in its order. Readings that
  // listeners have not heard of yet count as open, so that a slow one slows the senders and not the memory down.
  let told: Promise<void> = Promise.resolve()
  const leave = (readings: readonly Reading[]) => {
    open -= readings.length
    while (open <= openMax && room.length > 0) room.shift()?.()
    if (open === 0) for (const done of idle.splice(0)) done()
  }

  const fly = async (batch: Waiting[], before: Promise<void>, told: () => void) => {
    const readings = batch.flatMap((each) => each.readings)
    const done = () => {
      leave(readings)
      told()
    }
    let tooFar: Reading[] = []
    let lost: unknown
    try {
      tooFar = (await append(sql, readings)).tooFar
    } catch (error) {
      lost = error ?? new Error('not stored')
      onError(error)
    }
    for (const each of batch) each.done(lost)
    if (tooFar.length > 0) onTooFar(tooFar)
    const kept = tooFar.length > 0 ? readings.filter((reading) => !tooFar.includes(reading)) : readings
    void before.then(() => (lost ? undefined : tell(kept))).finally(done)
    flying--
    if (waiting.length > 0) launch()
  }

  const launch = () => {
    asleep = false
    while (flying < flyingMax && waiting.length > 0) {
      let count = 0
      let taken = 0
      while (taken < waiting.length && count < batchMax) count += waiting[taken++]?.readings.length ?? 0
      const batch = waiting.slice(0, taken)
      waiting = waiting.slice(taken)
      flying++
      const before = told
      let over = () => {}
      told = new Promise<void>((done) => {
        over = done
      })
      void fly(batch, before, over)
    }
  }

  const put: Batcher['put'] = (readings, done) => {
    if (readings.length === 0) return done()
    open += readings.length
    waiting.push({ readings, done })
    // What arrives in the same turn of the loop travels together; while batches fly, more gathers by itself.
    if (asleep || flying >= flyingMax) return
    asleep = true
    setImmediate(launch)
  }
  const isFull = () => open > openMax
  return {
    put,
    isFull,
    wait: (go) => void room.push(go),
    add: (readings) =>
      new Promise<void>((done, failed) => {
        const go = () => put(readings, (error) => (error ? failed(error) : done()))
        if (isFull()) room.push(go)
        else go()
      }),
    open: () => open,
    async stop() {
      if (open > 0) await new Promise<void>((done) => idle.push(done))
      room.length = 0
    },
  }
}
