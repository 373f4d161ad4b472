import { all, drop, put } from '../offline/database.ts'
import type { Item } from './item.ts'

/** `arrived` names the kind of a record that has just been taken by the server. */
export type News = { arrived?: string }

const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('shisu-outbox') : undefined
const watchers = new Set<(news: News) => void>()
if (channel) channel.onmessage = ({ data }) => tell(data as News)

function tell(news: News): void {
  for (const watcher of watchers) watcher(news)
}

/** Tells every tab that the outbox is not as it was. */
export function announce(news: News = {}): void {
  tell(news)
  channel?.postMessage(news)
}

export function watchItems(watcher: (news: News) => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

/** What an account has not sent yet, oldest first. */
export async function itemsOf(account: string): Promise<Item[]> {
  const items = await all<Item>('items', account)
  return items.sort((a, b) => (a.at < b.at ? -1 : 1))
}

/** How many items other accounts have left unsent in this browser. */
export async function countOfOthers(account: string | undefined): Promise<number> {
  return (await all<Item>('items')).filter((item) => item.account !== account).length
}

export async function saveItem(item: Item): Promise<void> {
  await put('items', item)
  announce()
}

export async function dropItem(item: Pick<Item, 'account' | 'id'>): Promise<void> {
  await drop('items', [item.account, item.id])
  announce()
}
