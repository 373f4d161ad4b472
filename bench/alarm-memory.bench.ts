import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { freshTrack, type Rule, settle, type Track } from '../src/telemetry/alarm/index.ts'
import { figure } from './frame.ts'

/**
 * What the alarm engine keeps of devices in memory: a thousand of them, four rules each, after a week of a reading every ten
 * minutes; every tenth device is too warm for an hour each day.
 */
const devices = Number(process.env.SHISU_BENCH_DEVICES ?? 1000)
const rulesOfDevice = 4
const step = 600_000
const week = 7 * 144
const begin = Date.UTC(2026, 6, 1)

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const used = () => {
  collect()
  return process.memoryUsage().heapUsed
}

const rules = Array.from(
  { length: rulesOfDevice },
  (_, n): Rule => ({
    id: `rule-${n}`,
    version: 1,
    intervalMs: step,
    groups: [
      [{ property: 'temperature', test: 'above', limit: 8 + n, hysteresis: 0.5 }],
      [{ property: 'temperature', test: 'silent' }],
    ],
    forMs: step,
    suppressBy: ['door'],
    suppressMaxMs: 30 * 60_000,
    escalateAfterMs: 30 * 60_000,
  }),
)

const before = used()
const tracks: Track[] = []
for (let device = 0; device < devices; device++)
  for (const rule of rules) {
    let track = freshTrack(rule)
    for (let day = 0; day < 7; day++) {
      const entries = Array.from({ length: week / 7 }, (_, n) => {
        const warm = device % 10 === 0 && n >= 30 && n < 36
        return {
          at: begin + (day * 144 + n) * step,
          values: { temperature: warm ? 13 : 4 + (n % 5) / 10, door: false },
        }
      })
      const settled = await settle(
        rule,
        () => undefined,
        track,
        entries,
        entries.at(-1)?.at ?? 0,
        async () => [],
      )
      track = settled.track
    }
    tracks.push(track)
  }
const bytes = (used() - before) / devices
figure('alarm.marksPerRule', tracks[0]?.marks.length ?? 0, 'marks')
figure('alarm.bytesPerDevice', bytes, 'bytes')
figure('alarm.mbAt10000', (bytes * 10_000) / 2 ** 20, 'MB')
