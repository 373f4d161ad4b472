import { useMemo, useState } from 'react'
import { clustersOf, freeLabels, widthOf } from './clusters.ts'
import { Graticule, Tiles } from './ground.tsx'
import { LineView, type MapLine } from './lines.tsx'
import './map.css'
import { metresAPixel, type Spot, spotOf, worldPixels } from './mercator.ts'
import { type MapPoint, PointView, type Standing } from './points.tsx'
import { useView } from './use-view.ts'

export type { MapLine } from './lines.tsx'
export type { Place } from './mercator.ts'
export type { MapPoint } from './points.tsx'

/** Nearer than this (pixels) points are one. */
const near = 26

function Scale({ metres }: { metres: number }) {
  const wanted = metres * 96
  const power = 10 ** Math.floor(Math.log10(wanted))
  const round = power * ([5, 2, 1].find((each) => each * power <= wanted) ?? 1)
  return (
    <span className="scale" style={{ width: round / metres }}>
      {round >= 1000 ? `${round / 1000} 公里` : `${Math.round(round)} 米`}
    </span>
  )
}

type Props = {
  points: readonly MapPoint[]
  lines?: readonly MapLine[]
  /** What is shown marked, a point's or a line's id. */
  chosen?: string
  choose?(id: string | undefined): void
  /** What the map is of, for who hears it. */
  title: string
  /** CSS height; on a phone never more than two thirds of the screen. */
  height?: number
  /** Where pictures of the ground come from, where the operator names an address; none is asked otherwise. */
  tiles?: string
  /** Fits anew what is shown when this changes; without it when the points do. */
  fitKey?: string
}

/** A map of our own: points, ways and tracks on Mercator's projection. It asks nobody outside for anything. */
export function PlaceMap({ points, lines = [], chosen, choose, title, height = 420, tiles, fitKey }: Props) {
  const spots = useMemo(
    () => [...points.map((point) => spotOf(point.at)), ...lines.flatMap((line) => line.path.map(spotOf))],
    [points, lines],
  )
  const { ref, box, view, zoom, wasMoved, fit, look, handlers } = useView(
    spots,
    fitKey ?? points.map((point) => point.id).join(' '),
  )
  // Points of one place cannot be told apart by zooming: they are listed.
  const [listed, setListed] = useState<readonly Standing[]>()
  const onScreen = ({ x, y }: Spot): Spot => {
    const pixels = worldPixels(view.zoom)
    return { x: (x - view.x) * pixels + box.width / 2, y: (y - view.y) * pixels + box.height / 2 }
  }
  const standing = points.map((point) => ({ ...point, on: onScreen(spotOf(point.at)) }))
  const clusters = clustersOf(standing, near, chosen)
  const labels = freeLabels(
    clusters.flatMap(({ items, x, y }) => {
      const [only] = items
      if (!only || (items.length > 1 && items.some((each) => each.title !== only.title))) return []
      const text = only.title
      // At the right edge it stands before its point.
      const left = x + 12 + widthOf(text) > box.width ? Math.max(4, x - 8 - widthOf(text)) : x + 12
      return [{ id: only.id, text, x: left, y, first: only.id === chosen }]
    }),
  )
  const chooseCluster = (items: readonly Standing[]) => {
    if (wasMoved()) return
    const [only] = items
    if (items.length === 1) return choose?.(only?.id === chosen ? undefined : only?.id)
    const isOnePlace = items.every(({ on }) => Math.hypot(on.x - (only?.on.x ?? 0), on.y - (only?.on.y ?? 0)) < 0.5)
    if (isOnePlace || view.zoom >= 16) setListed(items)
    else look(items.map((each) => spotOf(each.at)))
  }
  return (
    <section className="map" aria-label={title} style={{ height }}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: arrows move the map, plus and minus zoom it */}
      <div className="ground" ref={ref} tabIndex={0} {...handlers}>
        <svg width={box.width} height={box.height} aria-label={`${title}，方向键移动，加减号缩放`}>
          {tiles && <Tiles url={tiles} view={view} box={box} />}
          <Graticule view={view} box={box} onScreen={onScreen} />
          {lines.map((line) => (
            <LineView
              key={line.id}
              line={line}
              at={line.path.map((place) => onScreen(spotOf(place)))}
              isChosen={line.id === chosen}
              choose={choose && (() => wasMoved() || choose(line.id === chosen ? undefined : line.id))}
            />
          ))}
          {clusters.map((cluster) => (
            <PointView
              key={cluster.items[0]?.id}
              cluster={cluster}
              isChosen={cluster.items.length === 1 && cluster.items[0]?.id === chosen}
              choose={() => chooseCluster(cluster.items)}
            />
          ))}
          {labels.map(({ id, text, x, y }) => (
            <text key={id} className="label" x={x} y={y + 4}>
              {text}
            </text>
          ))}
        </svg>
      </div>
      <div className="tools noprint">
        <button type="button" aria-label="放大地图" onClick={() => zoom(1)}>
          ＋
        </button>
        <button type="button" aria-label="缩小地图" onClick={() => zoom(-1)}>
          −
        </button>
        <button type="button" onClick={fit}>
          全部
        </button>
      </div>
      <Scale metres={metresAPixel(view)} />
      {listed && (
        <div className="listed">
          <button type="button" className="button plain small" onClick={() => setListed(undefined)}>
            关闭
          </button>
          {listed.map((point) => (
            <button
              type="button"
              key={point.id}
              className="one"
              onClick={() => {
                setListed(undefined)
                choose?.(point.id)
              }}
            >
              {point.title}
              {point.note && <small>{point.note}</small>}
            </button>
          ))}
        </div>
      )}
      {points.length === 0 && lines.length === 0 && <p className="nothing">没有可以标在地图上的地点</p>}
    </section>
  )
}
