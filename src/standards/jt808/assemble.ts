import type { Message } from './decode.ts'

type Waiting = { id: number; first: number; parts: (Buffer | undefined)[]; since: number; asked: boolean }

/** Parts that did not come: the serial of the message's first part and the numbers of those that lack. */
export type Lacking = { first: number; missing: readonly number[] }

/** What was given up before all its parts were there. */
export type GivenUp = { id: number; bytes: Buffer; text: string }

/** Two minutes and 64 parts: what a terminal sends in parts (pictures apart) comes at once. */
const waitMsMax = 120_000
const partsMax = 64
const waitingMax = 8

/** Puts the parts of a terminal's long messages together again, one assembler a connection; `givenUp` hears of the rest. */
export function assembleJt808(givenUp: (message: GivenUp) => void) {
  const waiting = new Map<string, Waiting>()
  // Of what was whole: a part that comes once more belongs to nothing that waits.
  const complete = new Map<string, number>()
  const drop = (key: string) => {
    const held = waiting.get(key)
    if (!held) return
    waiting.delete(key)
    const there = held.parts.filter((part) => part !== undefined)
    const text = `分包不全：共 ${held.parts.length} 包，只收到 ${there.length} 包`
    givenUp({ id: held.id, bytes: Buffer.concat(there), text })
  }
  return {
    /**
     * The whole message once its last part is there; `waiting` before, what lacks when the last in number came and others did
     * not (told once, to be asked for by 0x8003), `too-long` for one of more parts than are kept. Parts may come twice and in
     * any order.
     */
    add(message: Message, now: number): Message | Lacking | 'waiting' | 'too-long' {
      const { part } = message
      if (!part || part.total === 1) return message
      if (part.total > partsMax) return 'too-long'
      // Parts of one message have serials in a row.
      const first = (message.serial - (part.number - 1)) & 0xffff
      const key = `${message.id}/${first}/${part.total}`
      for (const [each, { since }] of waiting) if (now - since > waitMsMax) drop(each)
      for (const [each, since] of complete) if (now - since > waitMsMax) complete.delete(each)
      if (complete.has(key)) return 'waiting'
      const parts = (): undefined[] => Array(part.total).fill(undefined)
      const held = waiting.get(key) ?? { id: message.id, first, parts: parts(), since: now, asked: false }
      held.parts[part.number - 1] = Buffer.from(message.body)
      waiting.set(key, held)
      if (waiting.size > waitingMax) drop([...waiting.keys()][0] as string)
      const missing = held.parts.flatMap((each, index) => (each ? [] : [index + 1]))
      if (missing.length === 0) {
        waiting.delete(key)
        complete.set(key, now)
        const { part: _, ...whole } = message
        return { ...whole, serial: first, body: Buffer.concat(held.parts as Buffer[]) }
      }
      if (part.number < part.total || held.asked) return 'waiting'
      held.asked = true
      return { first, missing }
    },
    /** The connection is gone: nothing more comes of what waits. */
    end(): void {
      for (const key of [...waiting.keys()]) drop(key)
    },
  }
}
