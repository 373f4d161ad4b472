import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { read } from '../shell/api.ts'
import { minuteOf } from '../shell/time.ts'

type History = {
  points: { at: string; min: number | null; max: number | null; avg: number | null; last?: number | null }[]
}
type Property = { code: string; title: string; unitTitle?: string }

const spans = [
  { hours: 6, title: '6 小时' },
  { hours: 24, title: '24 小时' },
  { hours: 168, title: '7 天' },
]

/** What a probe measured, thinned to the screen; the least and the most of each moment shown as a band. */
export function Chart({ device, properties }: { device: string; properties: readonly Property[] }) {
  const [property, setProperty] = useState(properties[0]?.code ?? '')
  const [hours, setHours] = useState(24)
  const box = useRef<HTMLDivElement>(null)
  const { data, isPending } = useQuery({
    queryKey: ['history', device, property, hours],
    enabled: property !== '',
    refetchInterval: 30_000,
    queryFn: () => {
      const now = Date.now()
      return read<History>(`/api/v1/devices/${device}/history`, {
        property,
        from: new Date(now - hours * 3_600_000).toISOString(),
        to: new Date(now).toISOString(),
        points: '400',
      })
    },
  })
  const { title = '', unitTitle = '' } = properties.find((each) => each.code === property) ?? {}
  useEffect(() => {
    const target = box.current
    if (!target || !data) return
    let gone = false
    let done = () => {}
    import('./draw-chart.ts').then(({ drawChart }) => {
      if (!gone) done = drawChart(target, title, unitTitle, data.points, hours)
    })
    return () => {
      gone = true
      done()
    }
  }, [data, title, unitTitle, hours])
  if (properties.length === 0) return null
  const [lowest, highest] = [Math.min, Math.max].map((pick, n) =>
    pick(...(data?.points.flatMap((each) => (n === 0 ? each.min : each.max) ?? []) ?? [])),
  )
  return (
    <section className="devicechart">
      <div className="choices noprint">
        {properties.length === 1 && <b>{title}</b>}
        {properties.length > 1 &&
          properties.map((each) => (
            <button
              key={each.code}
              type="button"
              className="chip"
              aria-pressed={each.code === property}
              onClick={() => setProperty(each.code)}
            >
              {each.title}
            </button>
          ))}
        <span className="spans">
          {spans.map((each) => (
            <button
              key={each.hours}
              type="button"
              className="chip"
              aria-pressed={each.hours === hours}
              onClick={() => setHours(each.hours)}
            >
              {each.title}
            </button>
          ))}
        </span>
      </div>
      <div
        ref={box}
        className="drawing"
        role="img"
        aria-label={`${title}，最低 ${lowest} ${unitTitle}，最高 ${highest} ${unitTitle}`}
      />
      {!isPending && data?.points.length === 0 && <p className="quiet">这段时间没有读数</p>}
      {data?.points.at(-1) && <p className="quiet">最后一点 {minuteOf(data.points.at(-1)?.at ?? '')}</p>}
    </section>
  )
}
