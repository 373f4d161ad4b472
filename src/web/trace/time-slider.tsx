import { useEffect, useState } from 'react'
import { minuteOf } from '../shell/time.ts'

/** The moments at which something happened, one a minute. */
export function momentsOf(times: readonly string[]): string[] {
  const minutes = new Map(times.map((time) => [time.slice(0, 16), time]))
  return [...minutes.values()].sort()
}

type Props = { times: readonly string[]; asOf: string | undefined; set(asOf: string | undefined): void }

/** Turns the chain back to how it stood at a moment; each step is a moment at which something happened. */
export function TimeSlider({ times, asOf, set }: Props) {
  const last = times.length
  const place =
    asOf === undefined
      ? last
      : Math.max(
          0,
          times.findLastIndex((time) => time <= asOf),
        )
  const [at, setAt] = useState(place)
  useEffect(() => setAt(place), [place])
  useEffect(() => {
    if (at === place) return
    const timer = setTimeout(() => set(at >= last ? undefined : times[at]), 250)
    return () => clearTimeout(timer)
  }, [at, place, last, times, set])
  if (times.length < 2) return null
  const shown = at >= last ? undefined : times[at]
  return (
    <div className="timeslider noprint">
      <label htmlFor="asof">看到</label>
      <input
        id="asof"
        type="range"
        min={0}
        max={last}
        value={at}
        aria-valuetext={shown ? minuteOf(shown) : '现在'}
        onChange={(event) => setAt(Number(event.target.value))}
      />
      <output>{shown ? minuteOf(shown) : '现在'}</output>
      {asOf && (
        <button type="button" className="button plain small" onClick={() => set(undefined)}>
          回到现在
        </button>
      )}
    </div>
  )
}
