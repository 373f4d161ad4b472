import type { Sql } from 'postgres'
import { append, noteSkew, type Reading } from '../../telemetry/index.ts'

/** What stores readings; the promise is kept after commit and broken where they could not be stored. */
export type Batcher = {
  add(readings: readonly Reading[]): Promise<void>
  /** Readings that wait or are on their way. */
  open(): number
  stop(): Promise<void>
}

type Waiting = { readings: readonly Reading[]; done(): void; failed(error: unknown): void }

const batchMax = 4000
/** Three batches on their way keep both the database and this process busy (measured: a fourth adds nothing). */
const flyingMax = 3
/** Beyond this many the sender waits: memory is bounded, and no alarm waits behind more (0.8 s at 10,000 a second). */
const openMax = 8000
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
  let room: (() => void)[] = []
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
    for (const go of room.splice(0)) go()
    if (open === 0) for (const done of idle.splice(0)) done()
  }

  const fly = async (batch: Waiting[], before: Promise<void>, told: () => void) => {
    const readings = batch.flatMap((each) => each.readings)
    const done = () => {
      leave(readings)
      told()
    }
    try {
      const { tooFar } = await append(sql, readings)
      for (const each of batch) each.done()
      if (tooFar.length > 0) onTooFar(tooFar)
      const kept = tooFar.length > 0 ? readings.filter((reading) => !tooFar.includes(reading)) : readings
      void before.then(() => tell(kept)).finally(done)
    } catch (error) {
      onError(error)
      for (const each of batch) each.failed(error)
      void before.finally(done)
    }
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

  return {
    async add(readings) {
      if (readings.length === 0) return
      while (open > openMax) await new Promise<void>((go) => room.push(go))
      open += readings.length
      await new Promise<void>((done, failed) => {
        waiting.push({ readings, done, failed })
        // What arrives in the same turn of the loop travels together; while batches fly, more gathers by itself.
        if (asleep || flying >= flyingMax) return
        asleep = true
        setImmediate(launch)
      })
    },
    open: () => open,
    async stop() {
      if (open > 0) await new Promise<void>((done) => idle.push(done))
      room = []
    },
  }
}
