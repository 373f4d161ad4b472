import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react'
import type { Role } from '../../language/kind.ts'
import { SitePin } from '../access/site.tsx'
import { type Next, NextStep } from '../access/steps.tsx'
import { call, onSessionLost, Refusal, read } from './api.ts'
import { forgetAll } from './keep.ts'
import { Login } from './login.tsx'
import { Trouble } from './trouble.tsx'

export type Actor = {
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

async function whoAmI(): Promise<Actor | null> {
  try {
    return (await read<{ actor: Actor }>('/api/v1/session')).actor
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) return null
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
  } = useQuery({ queryKey: ['session'], queryFn: whoAmI, staleTime: Infinity })
  useEffect(() => onSessionLost(() => setExpired(true)), [])

  if (error) return <Trouble error={error} retry={refetch} />
  if (isPending) return null

  const signedIn = (next: Actor) => {
    const changed = !actor || actor.ownerId !== next.ownerId || actor.name !== next.name
    setExpired(false)
    client.setQueryData(['session'], next)
    if (changed) client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' })
    else client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'session' })
  }
  const signOut = async () => {
    await call('DELETE', '/api/v1/session').catch(() => {})
    forgetAll()
    client.clear()
    location.assign('/')
  }
  const site = /^\/site\/([\w-]+)$/.exec(location.pathname)?.[1]
  if (!actor) return site ? <SitePin code={site} onSignedIn={signedIn} /> : <Login onSignedIn={signedIn} />
  if (actor.next) return <NextStep actor={actor} next={actor.next} onDone={signedIn} onLeave={signOut} />
  return (
    <SessionContext value={{ actor, signOut }}>
      <div inert={expired} key={`${actor.ownerId} ${actor.name}`}>
        {children}
      </div>
      {expired && <Login onSignedIn={signedIn} expired />}
    </SessionContext>
  )
}
