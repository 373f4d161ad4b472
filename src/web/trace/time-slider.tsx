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
  // Where the thumb was dragged, until the chain follows: nothing but a hand moves it away from `place`.
  const [dragged, setDragged] = useState<number>()
  useEffect(() => {
    if (dragged === undefined) return
    const timer = setTimeout(() => {
      set(dragged >= last ? undefined : times[dragged])
      setDragged(undefined)
    }, 250)
    return () => clearTimeout(timer)
  }, [dragged, last, times, set])
  if (times.length < 2) return null
  const at = dragged ?? place
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
        onChange={(event) => setDragged(Number(event.target.value))}
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
