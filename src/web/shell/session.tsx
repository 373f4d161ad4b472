import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import type { Role } from '../../language/kind.ts'
import { SitePin } from '../access/site.tsx'
import { type Next, NextStep } from '../access/steps.tsx'
import { keptSession, lastAccount, rememberSession, wipe } from '../offline/account.ts'
import { flush } from '../outbox/send.ts'
import { call, isUnreached, onSessionLost, Refusal, read } from './api.ts'
import { forgetAll, keep, recall } from './keep.ts'
import { Login } from './login.tsx'
import { NoNetwork, Opening } from './no-network.tsx'
import { Trouble } from './trouble.tsx'

export type Actor = {
  /** The account's id: what this browser keeps is kept under it. */
  account: string
  name: string
  role: Role
  ownerId: string
  ownerTitle: string
  region: string
  regionTitle: string
  /** What the sign-in still asks for before it opens anything. */
  next?: Next | null
}

/** The three administrators run, secure and audit the platform and have no business of their own. */
export const isAdministrator = (role: Role): boolean => ['system', 'security', 'audit'].includes(role)

type Session = { actor: Actor; signOut(): Promise<void> }
const SessionContext = createContext<Session | undefined>(undefined)

/** Who is signed in. */
export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('outside of a session')
  return session
}

/** Signed out from elsewhere, this browser forgets what it kept to read; after a mere expiry it keeps it. */
async function forgetIfSignedOut(error: Refusal): Promise<boolean> {
  if (error.code !== 'signed-out') return false
  const account = await lastAccount()
  if (account) await wipe(account)
  keep(elsewhere, true)
  return true
}

/** What the sign-in says of it, until somebody signs in. */
const elsewhere = 'signed-out-elsewhere'

/** Signed out while there was no network: the session still has to end. */
const leaving = 'leaving'

async function whoAmI(): Promise<Actor | null> {
  try {
    if (recall(leaving)) {
      await call('DELETE', '/api/v1/session')
      keep(leaving, undefined)
    }
    const { actor } = await read<{ actor: Actor }>('/api/v1/session')
    await rememberSession(actor)
    return actor
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) {
      await forgetIfSignedOut(error)
      return null
    }
    const kept = isUnreached(error) ? await keptSession() : undefined
    if (kept) return kept.actor
    throw error
  }
}

/**
 * Shows the login at whatever address was asked for, so that signing in ends where the user wanted to be. When a
 * session expires, the login lies over the page: what was typed stays.
 */
export function SessionGate({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const [expired, setExpired] = useState(false)
  const {
    data: actor,
    error,
    refetch,
    isPending,
  } = useQuery({ queryKey: ['session'], queryFn: whoAmI, staleTime: Infinity, retry: 1, retryDelay: 500 })
  useEffect(
    () =>
      onSessionLost(() => {
        setExpired(true)
        // Why it ended decides what may stay here.
        call('GET', '/api/v1/session').catch(async (refused) => {
          if (!(refused instanceof Refusal) || !(await forgetIfSignedOut(refused))) return
          // What stood on the page goes too: only after a mere expiry it waits behind the sign-in.
          client.clear()
          client.setQueryData(['session'], null)
          setExpired(false)
        })
      }),
    [client],
  )

  if (error) return isUnreached(error) ? <NoNetwork retry={refetch} /> : <Trouble error={error} retry={refetch} />
  if (isPending) return <Opening />

  const signedIn = (next: Actor) => {
    const changed = !actor || actor.account !== next.account || actor.ownerId !== next.ownerId
    // Drafts of another account are not this one's to see.
    lastAccount().then((last) => last && last !== next.account && forgetAll())
    rememberSession(next).then(flush)
    setExpired(false)
    keep(elsewhere, undefined)
    client.setQueryData(['session'], next)
    if (changed) client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' })
    else client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'session' })
  }
  const signOut = async () => {
    if (actor) await wipe(actor.account)
    const left = await call('DELETE', '/api/v1/session').catch((error) => error)
    forgetAll()
    if (isUnreached(left)) keep(leaving, true)
    client.clear()
    location.assign('/')
  }
  const site = /^\/shared\/([\w-]+)$/.exec(location.pathname)?.[1]
  if (!actor) return site ? <SitePin code={site} onSignedIn={signedIn} /> : <Login onSignedIn={signedIn} />
  if (actor.next) return <NextStep actor={actor} next={actor.next} onDone={signedIn} onLeave={signOut} />
  return (
    <SessionContext value={{ actor, signOut }}>
      <div inert={expired} key={`${actor.account} ${actor.ownerId}`}>
        {children}
      </div>
      {expired && <Login onSignedIn={signedIn} expired />}
    </SessionContext>
  )
}
