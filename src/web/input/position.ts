import type { Shot } from './exif.ts'

/** A fix that is not there by then is done without: the work goes on. */
const patienceMs = 10_000
/** Photos of one minute share a fix. */
const freshMs = 60_000

let latest: { at: number; place: Promise<Shot['place']> } | undefined

/** Where this device is, asked of the user by the browser; undefined where that is refused or does not come. */
export function findPlace(now = Date.now()): Promise<Shot['place']> {
  if (!('geolocation' in navigator) || !isSecureContext) return Promise.resolve(undefined)
  if (latest && now - latest.at < freshMs) return latest.place
  const place = new Promise<Shot['place']>((resolve) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        resolve({
          lng: Number(coords.longitude.toFixed(6)),
          lat: Number(coords.latitude.toFixed(6)),
          accuracyM: Math.round(coords.accuracy),
        }),
      () => resolve(undefined),
      { enableHighAccuracy: true, timeout: patienceMs, maximumAge: freshMs },
    )
  })
  latest = { at: now, place }
  place.then((found) => {
    if (!found) latest = undefined
  })
  return place
}
