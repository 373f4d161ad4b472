import type { Tone } from '../../language/fields/choice.ts'
import type { Cluster } from './clusters.ts'
import type { Place, Spot } from './mercator.ts'

/** Something that stands at a place. */
export type MapPoint = {
  id: string
  at: Place
  title: string
  /** More than its name, shown when it is pointed at. */
  note?: string
  tone?: Tone
  /** 1 is ordinary; a place that matters more is drawn larger, up to 3. */
  size?: number
}

export type Standing = MapPoint & { on: Spot }

/** The tone that asks for attention first stands for all of a cluster. */
const gravest: readonly Tone[] = ['bad', 'warn', 'info', 'good', 'unknown']

export const toneOf = (points: readonly MapPoint[]): Tone =>
  gravest.find((tone) => points.some((point) => (point.tone ?? 'info') === tone)) ?? 'info'

type Props = { cluster: Cluster<Standing>; isChosen: boolean; choose(): void }

export function PointView({ cluster, isChosen, choose }: Props) {
  const { items, x, y } = cluster
  const [only] = items as [Standing]
  const isMany = items.length > 1
  const title = isMany ? `${items.length} 处：${items.map((each) => each.title).join('、')}` : only.title
  const radius = isMany ? 11 + Math.min(9, Math.log2(items.length) * 2) : 6 * Math.min(3, only.size ?? 1)
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG has no button
    <g
      className={`spot ${toneOf(items)} ${isMany ? 'many' : ''} ${isChosen ? 'chosen' : ''}`}
      transform={`translate(${x},${y})`}
      role="button"
      tabIndex={0}
      aria-label={title}
      aria-pressed={isChosen}
      data-spot={isMany ? undefined : only.id}
      onClick={choose}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return
        event.preventDefault()
        choose()
      }}
    >
      <title>{!isMany && only.note ? `${only.title}\n${only.note}` : title}</title>
      <circle className="touch" r={Math.max(radius, 16)} />
      <circle r={radius} />
      {isMany && <text>{items.length}</text>}
    </g>
  )
}
