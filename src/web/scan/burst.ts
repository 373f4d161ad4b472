/** Longest time between two keys of a scanner that types, and the fewest keys of a code. */
const gapMs = 45
const keysMin = 6
/** A machine that is busy hands keys over late: now and then, and soon made up for. */
const stallMs = 250
const stallsMax = 2

export type Key = { key: string; at: number }
type Typed = { text: string; gap: number }

/** What of the keys before an Enter a scanner typed: all, where a stall or two part what was fast as a whole; else the end of it. */
function scanned(typed: readonly Typed[], gapOfEnter: number): string | undefined {
  const gaps = [...typed.slice(1).map(({ gap }) => gap), gapOfEnter]
  const isWhole =
    gapOfEnter <= stallMs &&
    gaps.filter((gap) => gap > gapMs).length <= stallsMax &&
    gaps.reduce((sum, gap) => sum + gap, 0) <= gapMs * gaps.length
  const from = isWhole ? 0 : typed.findLastIndex(({ gap }) => gap > gapMs)
  const burst = typed.slice(Math.max(0, from))
  if (burst.length < keysMin || (!isWhole && gapOfEnter > gapMs)) return undefined
  return burst.map(({ text }) => text).join('')
}

/**
 * Recognises a scanner that is attached as a keyboard: keys faster than any hand, ended by Enter. Give it every key; it
 * answers the code when one is complete.
 */
export function burstReader(): (key: Key) => string | undefined {
  let typed: Typed[] = []
  let last = Number.NEGATIVE_INFINITY
  return ({ key, at }) => {
    const gap = at - last
    last = at
    if (key === 'Enter') {
      const text = scanned(typed, gap)
      typed = []
      return text
    }
    if (/^(Shift|Control|Alt|Meta|CapsLock)$/.test(key)) {
      // The time up to here is part of the next key's.
      last -= gap
      return undefined
    }
    if (gap > stallMs) typed = []
    // FNC1 comes as the control character GS, which keyboards type as Ctrl and ].
    if (key.length === 1) typed.push({ text: key, gap })
    else if (key === 'GS') typed.push({ text: '\x1d', gap })
    else typed = []
    return undefined
  }
}
