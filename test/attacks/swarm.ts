import { Agent, request } from 'node:http'
import type { Visitor } from '../access/visitor.ts'
import type { Person } from '../people.ts'

/** Requests under way at once: enough that the database is never waited for with idle hands. */
const atOnce = 16

/** Connections that stay open: fetch costs more than most answers here. */
const agent = new Agent({ keepAlive: true, maxSockets: atOnce })

export type Sent = { status: number; body: unknown }

type Credentials = Record<string, string>

/** What somebody sends along: a token, or a browser's cookie and header; nothing for a stranger. */
export const credentials = (who?: Person | Visitor): Credentials => {
  if (!who) return {}
  return 'token' in who ? { authorization: `Bearer ${who.token}` } : { cookie: who.cookie, 'x-shisu': '1' }
}

/** One request, as `call` makes it, over a connection that is kept. */
export function send(url: string, who: Credentials, method: string, path: string, body?: unknown): Promise<Sent> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers = {
    ...who,
    ...(text === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
  }
  // As fetch writes it: what an address may not hold is percent-encoded, dots are walked up.
  const { pathname, search } = new URL(path, url)
  return new Promise((done, failed) => {
    const asked = request(new URL(url), { agent, method, path: pathname + search, headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', failed)
      answer.on('end', () => {
        const said = Buffer.concat(chunks).toString('utf8')
        const isJson = answer.headers['content-type']?.includes('json')
        done({ status: answer.statusCode ?? 0, body: isJson && said ? JSON.parse(said) : { text: said } })
      })
    })
    asked.on('error', failed)
    asked.end(text)
  })
}

/** Does the work for every item, many at once; the first that fails fails all. */
export async function forAll<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = items.values()
  const worker = async () => {
    for (const item of queue) await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

export const closeSwarm = (): void => agent.destroy()
