import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until `look` finds something, and gives it; a test waits for the very thing it asserts, however slow the machine. */
export async function eventually<T>(
  look: () => Promise<T | undefined> | T | undefined,
  what = 'it',
  seconds = 60,
): Promise<T> {
  for (const end = Date.now() + seconds * 1000; ; await sleep(20)) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} seconds`)
  }
}
