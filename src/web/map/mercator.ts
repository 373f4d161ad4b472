/** A place on the earth in degrees. */
export type Place = { lng: number; lat: number }

/** A place in the world's square: 0 to 1 from its north-west corner (Web Mercator, EPSG:3857). */
export type Spot = { x: number; y: number }

/** What a map shows: the spot in its middle, and how far it is drawn out (a world is 256 · 2^zoom pixels wide). */
export type View = Spot & { zoom: number }

export const zoomMin = 3
export const zoomMax = 18

/** Beyond this the projection runs to infinity. */
const latMax = 85.0511

export const clamp = (value: number, min: number, max: number) => Math.min(max, Math.max(min, value))

export function spotOf({ lng, lat }: Place): Spot {
  const phi = (clamp(lat, -latMax, latMax) * Math.PI) / 180
  return { x: lng / 360 + 0.5, y: 0.5 - Math.log(Math.tan(Math.PI / 4 + phi / 2)) / (2 * Math.PI) }
}

export function placeOf({ x, y }: Spot): Place {
  return { lng: (x - 0.5) * 360, lat: (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180) / Math.PI }
}

export const worldPixels = (zoom: number) => 256 * 2 ** zoom

/** The view in which all spots stand within a box of pixels, with room around them; one spot alone is seen in its town. */
export function viewOf(spots: readonly Spot[], width: number, height: number, room = 44): View {
  if (spots.length === 0) return { ...spotOf({ lng: 109.4, lat: 24.3 }), zoom: 7 }
  const xs = spots.map((spot) => spot.x)
  const ys = spots.map((spot) => spot.y)
  const [west, east, north, south] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  const fits = (span: number, pixels: number) => Math.log2(Math.max(pixels - room * 2, 40) / (span || 1e-9) / 256)
  const zoom = clamp(Math.min(fits(east - west, width), fits(south - north, height)), zoomMin, 13)
  return { x: (west + east) / 2, y: (north + south) / 2, zoom }
}

/** How many metres a pixel is in the middle of a view. */
export function metresAPixel(view: View): number {
  const { lat } = placeOf(view)
  return (40_075_017 * Math.cos((lat * Math.PI) / 180)) / worldPixels(view.zoom)
}

/** Zooms by steps about a pixel, which stays where it is. */
export function zoomed(view: View, steps: number, at: Spot, width: number, height: number): View {
  const zoom = clamp(view.zoom + steps, zoomMin, zoomMax)
  const shift = 1 / worldPixels(view.zoom) - 1 / worldPixels(zoom)
  return { x: view.x + (at.x - width / 2) * shift, y: view.y + (at.y - height / 2) * shift, zoom }
}
