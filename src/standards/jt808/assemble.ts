import type { Message } from './decode.ts'

type Waiting = { parts: (Buffer | undefined)[]; missing: number; since: number }

/** Two minutes and 64 parts: what a terminal sends in parts (pictures apart) comes at once. */
const waitMsMax = 120_000
const partsMax = 64
const waitingMax = 8

/** Puts the parts of a terminal's long messages together again, one assembler a connection. */
export function assembleJt808() {
  const waiting = new Map<string, Waiting>()
  return {
    /**
     * The whole message once its last part is there; `waiting` before, `too-long` for one of more parts than are kept. Parts
     * may come twice and in any order.
     */
    add(message: Message, now: number): Message | 'waiting' | 'too-long' {
      const { part } = message
      if (!part || part.total === 1) return message
      if (part.total > partsMax) return 'too-long'
      // Parts of one message have serials in a row.
      const first = (message.serial - (part.number - 1)) & 0xffff
      const key = `${message.id}/${first}/${part.total}`
      for (const [each, { since }] of waiting) if (now - since > waitMsMax) waiting.delete(each)
      const held = waiting.get(key) ?? { parts: Array(part.total).fill(undefined), missing: part.total, since: now }
      if (held.parts[part.number - 1] === undefined) held.missing--
      held.parts[part.number - 1] = Buffer.from(message.body)
      waiting.set(key, held)
      if (waiting.size > waitingMax) waiting.delete([...waiting.keys()][0] as string)
      if (held.missing > 0) return 'waiting'
      waiting.delete(key)
      const { part: _, ...whole } = message
      return { ...whole, serial: first, body: Buffer.concat(held.parts as Buffer[]) }
    },
  }
}
