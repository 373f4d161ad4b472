import type { Tone } from '../../language/fields/choice.ts'
import type { Place, Spot } from './mercator.ts'

/** A way over the map: a flow between two places, or a track through many. */
export type MapLine = {
  id: string
  path: readonly Place[]
  title: string
  tone?: Tone
  /** 0 to 1: how thick. */
  weight?: number
  /** Arrows show which way. */
  directed?: boolean
}

/** Between two places a line bows to its right, so that there and back are two; a track goes as it went. */
function shapeOf(at: readonly Spot[]): { d: string; arrows: { at: Spot; turn: number }[] } {
  const [a, b] = at
  if (!a || !b) return { d: '', arrows: [] }
  const turn = (from: Spot, to: Spot) => (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI
  if (at.length === 2) {
    const bow = { x: (a.x + b.x) / 2 - (b.y - a.y) * 0.16, y: (a.y + b.y) / 2 + (b.x - a.x) * 0.16 }
    const middle = { x: (a.x + 2 * bow.x + b.x) / 4, y: (a.y + 2 * bow.y + b.y) / 4 }
    return {
      d: `M${a.x},${a.y}Q${bow.x},${bow.y} ${b.x},${b.y}`,
      arrows: Math.hypot(b.x - a.x, b.y - a.y) > 24 ? [{ at: middle, turn: turn(a, b) }] : [],
    }
  }
  const arrows: { at: Spot; turn: number }[] = []
  let since = 60
  for (let i = 1; i < at.length; i++) {
    const [from, to] = [at[i - 1] as Spot, at[i] as Spot]
    const long = Math.hypot(to.x - from.x, to.y - from.y)
    since += long
    if (since < 120 || long < 2) continue
    arrows.push({ at: { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 }, turn: turn(from, to) })
    since = 0
  }
  return { d: `M${at.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join('L')}`, arrows }
}

type Props = { line: MapLine; at: readonly Spot[]; isChosen: boolean; choose?: () => void }

export function LineView({ line, at, isChosen, choose }: Props) {
  const { d, arrows } = shapeOf(at)
  const { tone = 'info', weight = 0.2, directed, title } = line
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: what a line says stands in the table beside the map as well
    <g className={`way ${tone} ${isChosen ? 'chosen' : ''}`} onClick={choose}>
      <path d={d} style={{ strokeWidth: 1.5 + weight * 5 }} />
      <path d={d} className="touch">
        <title>{title}</title>
      </path>
      {directed &&
        arrows.map(({ at: { x, y }, turn }) => (
          <path
            key={`${x} ${y}`}
            className="arrow"
            d="M-5,-5L6,0L-5,5z"
            transform={`translate(${x},${y}) rotate(${turn}) scale(${1 + weight * 0.6})`}
          />
        ))}
    </g>
  )
}
