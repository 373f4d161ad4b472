import { filesIn, letGo, letStraysGo } from '../offline/files.ts'
import { call, isUnreached, Refusal, sendFile, tellSessionLost } from '../shell/api.ts'
import type { Row } from '../shell/row.ts'
import { type Item, isUnderway, joined, nextOf, type Refused, requestOf, speaksOf, verdictOf } from './item.ts'
import { announce, dropItem, itemsOf, saveItem } from './items.ts'

/** One sender at a time, over all tabs and the service worker. */
const lockName = 'shisu-outbox'

export async function locked(act: () => Promise<void>): Promise<void> {
  // Without https there are no locks, and no service worker either; ids and versions still keep things from doubling.
  if (!navigator.locks) return act()
  await navigator.locks.request(lockName, act)
}

/** What was refused, as it is kept beside the item. */
export function refusedOf(error: Refusal): Refused {
  const { status, code, message, problems, body } = error
  return { status, code, detail: message, problems, current: body.current as Row | undefined }
}

/** Sends the files that an item speaks of, then the item. */
async function deliver(item: Item): Promise<Row> {
  const files = await filesIn(item.account, item.body)
  for (const { sha256, blob } of files) await sendFile(sha256, blob, item.account)
  const { method, path, body } = requestOf(item)
  return call<Row>(method, path, body, { account: item.account })
}

/** What was made on top of an item that has arrived now stands on the version that it became. */
async function settle(item: Item, row: Row | undefined): Promise<void> {
  await dropItem(item)
  const left = await itemsOf(item.account)
  for (const later of left)
    if (row && later.recordId === item.recordId && later.state === 'waiting') await saveItem({ ...later, base: row })
  await letGo(await filesIn(item.account, item.body), left)
}

/** Whether the round may go on with the next item. */
async function tryOne(item: Item): Promise<boolean> {
  try {
    await saveItem({ ...item, sendingAt: new Date().toISOString() })
    await settle(item, await deliver(item))
    announce({ arrived: item.kind })
    return true
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const refused = refusedOf(error)
    const verdict = verdictOf(item, refused)
    if (verdict === 'arrived') {
      await settle(item, refused.current)
      announce({ arrived: item.kind })
      return true
    }
    const state = verdict === 'conflict' || verdict === 'refused' ? verdict : 'waiting'
    await saveItem({
      ...item,
      state,
      tries: item.tries + 1,
      triedAt: new Date().toISOString(),
      sendingAt: undefined,
      refused,
    })
    return state !== 'waiting'
  }
}

async function signedIn(): Promise<string | undefined> {
  try {
    return (await call<{ actor: { account: string } }>('GET', '/api/v1/session')).actor.account
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    // It ended while there was no network: what waits needs the same person to sign in again.
    if (error.status === 401) tellSessionLost()
    return undefined
  }
}

/** Sends what waits, of the account that is signed in, in order. Ends early where the network or the session does. */
export async function flush(): Promise<void> {
  await locked(async () => {
    const account = await signedIn()
    if (!account) return
    const tried = new Set<string>()
    for (;;) {
      const item = nextOf(await itemsOf(account), tried)
      if (!item) break
      tried.add(item.id)
      if (!(await tryOne(item))) return
    }
    await letStraysGo(account, await itemsOf(account))
  })
}

/**
 * Puts an item into the outbox, joined with what waits for the same record where that is one act. Refuses, as the server
 * would, another content for a new record that waits already: the first would be gone.
 */
export async function keepItem(item: Item): Promise<void> {
  const last = (await itemsOf(item.account)).filter((each) => each.recordId === item.recordId).at(-1)
  if (last?.act === 'create' && item.act === 'create' && JSON.stringify(last.body) !== JSON.stringify(item.body))
    throw new Refusal(409, { code: 'id-taken', detail: '这条记录已在待送里' })
  await saveItem((last && !isUnderway(last) && joined(last, item)) || item)
}

/**
 * Sends at once where the network allows and nothing it follows or refers to waits; otherwise keeps it for later. The record as the
 * server answered it, or undefined where it was kept. What the server refuses is thrown, as from `call`.
 */
export async function sendOrKeep(item: Item): Promise<Row | undefined> {
  const unsent = new Set((await itemsOf(item.account).catch(() => [])).map((each) => each.recordId))
  const before = speaksOf(item, unsent)
  if (!before && navigator.onLine) {
    try {
      const row = await deliver(item)
      await letGo(await filesIn(item.account, item.body), await itemsOf(item.account)).catch(() => {})
      return row
    } catch (error) {
      if (!isUnreached(error)) throw error
    }
  }
  await keepItem(item)
  return undefined
}
