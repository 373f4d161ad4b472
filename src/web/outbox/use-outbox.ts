import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useSyncExternalStore } from 'react'
import { useSession } from '../shell/session.tsx'
import type { Item } from './item.ts'
import { itemsOf, watchItems } from './items.ts'
import { flush } from './send.ts'

const none: readonly Item[] = []
/** The outbox of the account as this tab last read it; one copy for all who show it. */
let shown: { account: string; items: readonly Item[] } = { account: '', items: none }

function follow(account: string, changed: () => void): () => void {
  let isOver = false
  const readAgain = async () => {
    const items = await itemsOf(account).catch(() => [])
    if (isOver) return
    shown = { account, items: items.length === 0 ? none : items }
    changed()
  }
  readAgain()
  const stop = watchItems(readAgain)
  return () => {
    isOver = true
    stop()
  }
}

/** What this account has not sent yet, oldest first. */
export function useOutbox(): readonly Item[] {
  const { account } = useSession().actor
  // One function for one account: with a new one each time React would follow, read and draw again without end.
  const subscribe = useCallback((changed: () => void) => follow(account, changed), [account])
  return useSyncExternalStore(subscribe, () => (shown.account === account ? shown.items : none))
}

/** How often waiting items are tried while the page is open; a network often comes back without saying so. */
const tryAgainMs = 30_000

type WithSync = ServiceWorkerRegistration & { sync?: { register(tag: string): Promise<void> } }

/** Asks the browser to send what waits even after the page is closed, where it can. */
async function askForSync(): Promise<void> {
  const registration = (await navigator.serviceWorker?.getRegistration()) as WithSync | undefined
  await registration?.sync?.register('outbox')
}

/** Sends what waits: now, when the network or the user comes back, and every half minute. Lists follow what arrives. */
export function useSending(): void {
  const client = useQueryClient()
  const waits = useOutbox().some((item) => item.state === 'waiting')
  useEffect(
    () =>
      watchItems(({ arrived }) => {
        if (arrived)
          client.invalidateQueries({ predicate: ({ queryKey }) => [queryKey[0], queryKey[1]].includes(arrived) })
        if (arrived) client.invalidateQueries({ queryKey: ['home'] })
      }),
    [client],
  )
  useEffect(() => {
    if (!waits) return
    const now = () => void flush().catch(() => {})
    const seen = () => document.visibilityState === 'visible' && now()
    now()
    askForSync().catch(() => {})
    window.addEventListener('online', now)
    document.addEventListener('visibilitychange', seen)
    const timer = setInterval(now, tryAgainMs)
    return () => {
      window.removeEventListener('online', now)
      document.removeEventListener('visibilitychange', seen)
      clearInterval(timer)
    }
  }, [waits])
}
