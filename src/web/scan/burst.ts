/** Longest time between two keys of a scanner that types, and the fewest keys of a code. */
const gapMs = 45
const keysMin = 6

export type Key = { key: string; at: number }

/**
 * Recognises a scanner that is attached as a keyboard: keys faster than any hand, ended by Enter. Give it every key; it
 * answers the code when one is complete.
 */
export function burstReader(): (key: Key) => string | undefined {
  let typed: string[] = []
  let last = 0
  return ({ key, at }) => {
    const isFast = at - last <= gapMs
    last = at
    if (key === 'Enter') {
      const text = isFast && typed.length >= keysMin ? typed.join('') : undefined
      typed = []
      return text
    }
    if (/^(Shift|Control|Alt|Meta|CapsLock)$/.test(key)) return undefined
    if (!isFast) typed = []
    // FNC1 comes as the control character GS, which keyboards type as Ctrl and ].
    if (key.length === 1) typed.push(key)
    else if (key === 'GS') typed.push('\x1d')
    else typed = []
    return undefined
  }
}
