import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Camera, Span, Wall } from '../../areas/devices/operations/wire.ts'
import { dayAfter, dayOf, instantAt } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { watch } from './answer.ts'
import { Screen } from './screen.tsx'

const hourMs = 3_600_000
const two = (n: number) => String(n).padStart(2, '0')
const clockOf = (minute: number) => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`

/** What was recorded of a camera on a day: a bar of the day to choose from, and the picture. */
export function Playback({ camera, kinds }: { camera: Camera; kinds: Wall['kinds'] }) {
  const today = dayOf(Date.now())
  const [day, setDay] = useState(today)
  const [minute, setMinute] = useState<number>()
  const start = Date.parse(instantAt(day, '00:00'))
  const { data, error, refetch } = useQuery({
    queryKey: ['recorded', camera.id, day],
    queryFn: () =>
      watch({
        camera: camera.id,
        from: new Date(start).toISOString(),
        to: new Date(start + 24 * hourMs).toISOString(),
      }),
  })
  const spans = data?.spans ?? []
  const last = spans.at(-1)
  // Opened without a choice, it begins a little before the end of what there is.
  const chosen = minute ?? (last ? Math.max(0, Math.floor((Date.parse(last.to) - start) / 60_000) - 2) : undefined)
  const choose = (next: string) => {
    setDay(next)
    setMinute(undefined)
  }
  return (
    <section className="playback" aria-label="录像">
      <div className="dayrow noprint">
        <button type="button" className="button small" onClick={() => choose(dayAfter(day, -1))}>
          前一天
        </button>
        <input
          type="date"
          aria-label="哪一天"
          value={day}
          max={today}
          onChange={(event) => event.target.value && choose(event.target.value)}
        />
        <button type="button" className="button small" disabled={day >= today} onClick={() => choose(dayAfter(day, 1))}>
          后一天
        </button>
      </div>
      {error && <Trouble error={error} retry={refetch} />}
      {!data && !error && <Waiting lines={2} />}
      {data && (
        <>
          <TimeBar spans={spans} start={start} minute={chosen} choose={setMinute} />
          {chosen === undefined ? (
            <p className="quiet">这一天没有录像</p>
          ) : (
            <Screen
              key={`${day} ${chosen}`}
              camera={camera}
              kinds={kinds}
              from={new Date(start + chosen * 60_000).toISOString()}
              to={new Date(start + chosen * 60_000 + hourMs).toISOString()}
              big
            />
          )}
        </>
      )}
    </section>
  )
}

type BarProps = { spans: readonly Span[]; start: number; minute: number | undefined; choose(minute: number): void }

/** The day from left to right, with what was recorded drawn in; evidence stands out. */
function TimeBar({ spans, start, minute, choose }: BarProps) {
  const share = (at: string) =>
    `${(Math.min(1, Math.max(0, (Date.parse(at) - start) / (24 * hourMs))) * 100).toFixed(3)}%`
  return (
    <div className="timebar">
      <div className="spans">
        {spans.map(({ from, to, kept }) => (
          <i
            key={from}
            className={kept ? 'kept' : ''}
            style={{ left: share(from), width: `calc(${share(to)} - ${share(from)})` }}
          />
        ))}
      </div>
      <input
        type="range"
        min={0}
        max={1439}
        value={minute ?? 0}
        aria-label="从几点看起"
        aria-valuetext={minute === undefined ? '没有录像' : clockOf(minute)}
        onChange={(event) => choose(Number(event.target.value))}
      />
      <div className="hours" aria-hidden>
        {[0, 6, 12, 18, 24].map((hour) => (
          <span key={hour}>{two(hour)}:00</span>
        ))}
      </div>
      <p className="quiet">
        {minute === undefined ? '没有录像' : `从 ${clockOf(minute)} 起播放一小时`}
        {spans.some((each) => each.kept) && '；深色的一段已留作证据'}
      </p>
    </div>
  )
}
