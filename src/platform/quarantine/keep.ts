import type { ISql } from 'postgres'
import { Failure } from '../../failure.ts'
import type { Kind } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { uuidv7 } from '../id.ts'
import type { Keyring } from '../protect/keyring.ts'
import { withoutSecrets } from '../protect/mask.ts'

/** Longest content that is kept of one refused record. */
const bytesMax = 256 * 1024

/** What is wrong, as it was told to whoever sent it. */
export type Reason = {
  status: number
  code: string
  text: string
  problems: { code: string; text: string; at: string }[]
}

/** As the database can hold it: a refusal may repeat half a character or a zero that it was sent. */
const storable = (text: string): string => text.toWellFormed().replaceAll('\u0000', '\ufffd')

export const reasonOf = (error: Failure): Reason => ({
  status: error.status,
  code: error.code,
  text: storable(error.text),
  problems: error.problems.map(({ code, text, at }) => ({ code, text: storable(text), at: storable(at) })),
})

/** Wrong content can be corrected; what was not allowed, or came at a bad time, cannot. */
export const isContent = (error: unknown): error is Failure =>
  error instanceof Failure && (error.status === 422 || (error.status === 409 && error.problems.length > 0))

/** Where refused things lie, and the keys that close them: they may speak of people. */
export type Place = { sql: ISql; keyring: Keyring }

const mark = 'sealed:'
const about = (id: string): string => `quarantine ${id}`

/** Text as it is stored: nobody reads it past the keys of this installation. */
export const closed = (keyring: Keyring, id: string, text: string): string =>
  mark + keyring.seal(text, about(id)).toString('base64')

export const opened = (keyring: Keyring, id: string, stored: string): string =>
  stored.startsWith(mark)
    ? keyring.open(Buffer.from(stored.slice(mark.length), 'base64'), about(id)).toString('utf8')
    : stored

export type Refused = { input: unknown; failure: Failure }

/** Keeps refused records, each content once. */
export async function keepRefused(
  { sql, keyring }: Place,
  actor: Actor,
  kind: Kind,
  from: { channel: 'api' | 'import'; via?: string },
  refused: readonly Refused[],
  now: Date,
): Promise<void> {
  for (const { input, failure } of refused) {
    const isObject = typeof input === 'object' && input !== null && !Array.isArray(input)
    const body = JSON.stringify(isObject ? withoutSecrets(kind, input as Record<string, unknown>) : input)
    if (!isObject || Buffer.byteLength(body) > bytesMax) continue
    const digest = keyring.digest('quarantine', `${kind.name} ${body}`).toString('hex').slice(0, 32)
    const id = uuidv7(now.getTime())
    await sql`
      insert into quarantine as q (owner_id, id, source, channel, kind, actor, actor_name, via, reason, body, received_at, digest)
      values (${actor.ownerId}, ${id}, ${from.channel}, ${from.channel}, ${kind.name}, ${actor.userId},
        ${actor.name}, ${from.via ?? null}, ${sql.json(reasonOf(failure))}, ${closed(keyring, id, body)}, ${now}, ${digest}::uuid)
      on conflict (owner_id, digest) where state = 'open' and digest is not null do update set times = q.times + 1`
  }
}
