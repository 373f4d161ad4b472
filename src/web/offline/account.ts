import type { Actor } from '../shell/session.tsx'
import { forget, get, put } from './database.ts'

/** Who was signed in when the server last said so. */
export type KeptSession = { actor: Actor; seenAt: string }

/** How long what is kept may be read without the server having said that the session still stands. */
const keptHours = 72

const place = ['', 'session']
let current: KeptSession | undefined

/** The account that this page works for; nothing is kept or read without one. */
export function accountNow(): string | undefined {
  return current?.actor.account
}

type State = { account: ''; name: 'session'; session?: KeptSession; last: string }

const readState = () => get<State>('state', place).catch(() => undefined)
const writeState = (state: Omit<State, 'account' | 'name'>) =>
  put('state', { ...state, account: '', name: 'session' } satisfies State).catch(() => {})

/** Remembers who is signed in, for the time without a network. */
export async function rememberSession(actor: Actor): Promise<void> {
  current = { actor, seenAt: new Date().toISOString() }
  await writeState({ session: current, last: actor.account })
}

/** Who was signed in, while that may still be believed. */
export async function keptSession(now = Date.now()): Promise<KeptSession | undefined> {
  const session = (await readState())?.session
  if (!session || now - new Date(session.seenAt).getTime() > keptHours * 3_600_000) return undefined
  current = session
  return session
}

/**
 * Takes away what can be read of the account: kept lists and answers, and who was signed in. Unsent items and drafts
 * stay, unseen, until the same account signs in again: they are the only copy of somebody's work.
 */
export async function wipe(account: string): Promise<void> {
  current = undefined
  await Promise.all([forget('lists', account), forget('answers', account), writeState({ last: account })]).catch(
    () => {},
  )
}

/** The account that was last signed in here, whether or not it still is. */
export async function lastAccount(): Promise<string | undefined> {
  return (await readState())?.last
}
