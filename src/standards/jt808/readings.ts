import type { Location } from './location.ts'

/** What a position measured, by property. */
export function measuredJt808(location: Location): Record<string, number | boolean> {
  const values: Record<string, number | boolean> = {
    acc: location.acc,
    located: location.located,
    alarmBits: location.alarms,
    statusBits: location.status,
  }
  // A position without a fix is none: it would draw the vehicle to where it was, or to the Gulf of Guinea.
  if (location.located)
    Object.assign(values, {
      lat: location.lat,
      lon: location.lon,
      speed: location.speed,
      direction: location.direction,
      altitude: location.altitude,
    })
  location.doors.forEach((open, index) => {
    if (index < 4) values[`door${index + 1}`] = open
  })
  for (const { values: measured } of location.extra)
    for (const [property, value] of Object.entries(measured)) if (value !== null) values[property] = value
  return values
}
