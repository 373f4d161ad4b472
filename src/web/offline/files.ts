import { accountNow, keptSession } from './account.ts'
import { all, drop, get, put } from './database.ts'

/** A photo, signature or document that has not reached the server yet. */
export type KeptFile = { account: string; sha256: string; blob: Blob; at: string }

/** Days after which a kept file that no unsent item speaks of is let go. */
const strayDays = 30

/** Keeps a file until it can be sent; false where this browser cannot. */
export async function keepFile(sha256: string, blob: Blob): Promise<boolean> {
  const account = accountNow()
  if (!account) return false
  return put('files', { account, sha256, blob, at: new Date().toISOString() } satisfies KeptFile).then(
    () => true,
    () => false,
  )
}

/** The kept files that a record's content speaks of. */
export async function filesIn(account: string, content: unknown): Promise<KeptFile[]> {
  const text = JSON.stringify(content)
  return (await all<KeptFile>('files', account)).filter((file) => text.includes(file.sha256))
}

/** Lets go of files that have arrived, unless another unsent item still speaks of them. */
export async function letGo(files: readonly KeptFile[], stillNeeded: unknown): Promise<void> {
  const text = JSON.stringify(stillNeeded)
  for (const { account, sha256 } of files) if (!text.includes(sha256)) await drop('files', [account, sha256])
}

/** Lets go of files that nothing speaks of any more. */
export async function letStraysGo(account: string, stillNeeded: unknown, now = Date.now()): Promise<void> {
  const files = await all<KeptFile>('files', account)
  await letGo(
    files.filter((file) => now - new Date(file.at).getTime() > strayDays * 86_400_000),
    stillNeeded,
  )
}

/** A kept file of the account that is signed in here, for showing it. */
export async function keptFile(sha256: string): Promise<Blob | undefined> {
  const account = (await keptSession())?.actor.account
  return account ? (await get<KeptFile>('files', [account, sha256]))?.blob : undefined
}
