/** Random changes to documents, for the tests that nothing makes a codec throw. */

/** A small generator with a seed, so that a failure comes back (mulberry32). */
export function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const oddities: unknown[] = [
  null,
  true,
  0,
  -0,
  1e308,
  Number.NaN,
  '',
  ' ',
  'x',
  '\0',
  '\ud800',
  '😀',
  '%',
  'urn:epc:id:sgtin:',
  'urn:epc:id:sgtin:0614141.812345.%',
  'https://',
  'https://x/01/%E0%A4%A',
  '/01/',
  'a:b',
  ':',
  'constructor',
  '__proto__',
  [],
  {},
  [[]],
  { id: {} },
  { __proto__x: 1 },
  JSON.parse('{"__proto__": {"type": "ObjectEvent"}}'),
  [null, [null, {}]],
]

type Place = { holder: Record<string, unknown>; name: string }

function placesOf(value: unknown, places: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return places
  const holder = value as Record<string, unknown>
  for (const name of Object.keys(holder)) {
    places.push({ holder, name })
    placesOf(holder[name], places)
  }
  return places
}

export function mutate(json: unknown, random: (below: number) => number): void {
  const places = placesOf(json)
  const place = places[random(places.length)]
  const other = places[random(places.length)]
  if (!place || !other) return
  const { holder, name } = place
  const value = holder[name]
  switch (random(6)) {
    case 0:
      delete holder[name]
      break
    case 1:
      holder[`${name}${['', ':', '~/', 'x:y', '\0'][random(5)]}`] = value
      break
    case 2:
      holder[name] = structuredClone(other.holder[other.name])
      break
    case 3:
      holder[name] = [value, value]
      break
    case 4:
      if (typeof value === 'string') {
        const at = random(value.length + 1)
        holder[name] = value.slice(0, at) + String.fromCharCode(random(0x300)) + value.slice(at + random(3))
      }
      break
    default:
      holder[name] = oddities[random(oddities.length)]
  }
}

/** Milliseconds of processor time that work takes: unlike the clock, it does not grow when the machine is busy. */
export function processorMs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
