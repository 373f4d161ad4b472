import { setImmediate } from 'node:timers/promises'

/** Items between which nobody else is answered: some 10 ms of reading, checking and sealing. */
const atOnce = 50

/**
 * Makes something of each of many items, in order, and lets requests be answered in between: a file of many records must
 * not hold up whoever waits for a page.
 */
export async function inTurns<In, Out>(items: readonly In[], make: (item: In) => Out | Promise<Out>): Promise<Out[]> {
  const made: Out[] = []
  for (let at = 0; at < items.length; at += atOnce) {
    if (at > 0) await setImmediate()
    made.push(...(await Promise.all(items.slice(at, at + atOnce).map(make))))
  }
  return made
}
