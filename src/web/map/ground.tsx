import { placeOf, type Spot, type View, worldPixels } from './mercator.ts'

type Box = { width: number; height: number }

/** Pictures of the ground from an address of the operator's, e.g. `https://tiles.example.cn/{z}/{x}/{y}.png`. */
export function Tiles({ url, view, box }: { url: string; view: View; box: Box }) {
  const z = Math.round(view.zoom)
  const side = worldPixels(view.zoom) / 2 ** z
  const left = view.x * 2 ** z - box.width / 2 / side
  const top = view.y * 2 ** z - box.height / 2 / side
  const tiles: { x: number; y: number }[] = []
  for (let x = Math.floor(left); x < left + box.width / side; x++)
    for (let y = Math.floor(top); y < top + box.height / side; y++) if (y >= 0 && y < 2 ** z) tiles.push({ x, y })
  return (
    <g className="tiles">
      {tiles.map(({ x, y }) => (
        <image
          key={`${z} ${x} ${y}`}
          href={url
            .replace('{z}', String(z))
            .replace('{x}', String(((x % 2 ** z) + 2 ** z) % 2 ** z))
            .replace('{y}', String(y))}
          x={(x - left) * side}
          y={(y - top) * side}
          width={side + 0.5}
          height={side + 0.5}
        />
      ))}
    </g>
  )
}

/** Labels of lines stand so far apart, and so far from the corners where the other axis' stand. */
const apartPixels = 72
const cornerPixels = { x: 44, y: 24 }

const steps = [10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001]

/** Lines of longitude and latitude, so that a map without pictures still says where it is. */
export function Graticule({ view, box, onScreen }: { view: View; box: Box; onScreen(spot: Spot): Spot }) {
  const pixels = worldPixels(view.zoom)
  const northWest = placeOf({ x: view.x - box.width / 2 / pixels, y: view.y - box.height / 2 / pixels })
  const southEast = placeOf({ x: view.x + box.width / 2 / pixels, y: view.y + box.height / 2 / pixels })
  const wide = southEast.lng - northWest.lng
  const step = steps.findLast((each) => (each / wide) * box.width >= apartPixels) ?? 10
  const between = (from: number, to: number) => {
    const first = Math.ceil(from / step)
    return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, i) => (first + i) * step)
  }
  const places = step < 1 ? Math.ceil(-Math.log10(step)) : 0
  const xOf = (lng: number) => onScreen({ x: lng / 360 + 0.5, y: 0 }).x
  const yOf = (lat: number) => {
    const phi = (lat * Math.PI) / 180
    return onScreen({ x: 0, y: 0.5 - Math.log(Math.tan(Math.PI / 4 + phi / 2)) / (2 * Math.PI) }).y
  }
  return (
    <g className="graticule">
      {between(northWest.lng, southEast.lng).map((lng) => (
        <g key={`x${lng}`}>
          <path d={`M${xOf(lng)},0V${box.height}`} />
          {xOf(lng) < box.width - cornerPixels.x && (
            <text x={xOf(lng) + 4} y={box.height - 6}>
              {lng.toFixed(places)}°
            </text>
          )}
        </g>
      ))}
      {between(southEast.lat, northWest.lat).map((lat) => (
        <g key={`y${lat}`}>
          <path d={`M0,${yOf(lat)}H${box.width}`} />
          {yOf(lat) > cornerPixels.y && yOf(lat) < box.height - cornerPixels.y && (
            <text x={4} y={yOf(lat) - 4}>
              {lat.toFixed(places)}°
            </text>
          )}
        </g>
      ))}
    </g>
  )
}
