import type { Catalogue, OwnKind, Row } from '../shell/row.ts'
import { accountNow } from './account.ts'
import { all, drop, get, put } from './database.ts'
import { answerList, answerReferences, type KeptList } from './narrow.ts'

export type { KeptList } from './narrow.ts'

const catalogue = '/api/v1/catalogue'

/** Answers that are kept whenever the server gives them: forms cannot be shown without. */
const remembered = [catalogue, '/api/v1/home']

type Answer = { account: string; path: string; body: unknown; at: string }
type Query = Readonly<Record<string, string | undefined>>

const isReference = (path: string) => path.startsWith('/api/v1/references/')

/** Keeps an answer for the time without a network, where it is one of those that are needed then. */
export function remember(path: string, query: Query, body: unknown): void {
  const account = accountNow()
  if (!account || !(remembered.includes(path) || (isReference(path) && !query.q))) return
  put('answers', { account, path, body, at: new Date().toISOString() } satisfies Answer).catch(() => {})
}

/** The lists that this account keeps for the field. */
export function keptLists(): Promise<KeptList[]> {
  const account = accountNow()
  return account ? all<KeptList>('lists', account).catch(() => []) : Promise.resolve([])
}

export async function keepList(list: Omit<KeptList, 'account'>): Promise<void> {
  const account = accountNow()
  if (account) await put('lists', { ...list, account })
}

export async function dropList(kind: string, query: string): Promise<void> {
  const account = accountNow()
  if (account) await drop('lists', [account, kind, query])
}

async function kindNamed(account: string, name: string): Promise<OwnKind | undefined> {
  const answer = await get<Answer>('answers', [account, catalogue])
  return (answer?.body as Catalogue | undefined)?.kinds.find((kind) => kind.name === name)
}

async function recordsAnswer(account: string, path: string, query: Query): Promise<unknown> {
  const [name = '', id, more] = path.split('/').slice(4).map(decodeURIComponent)
  if (more) return undefined
  const lists = (await all<KeptList>('lists', account)).filter((list) => list.kind === name)
  if (!id) {
    const kind = await kindNamed(account, name)
    return kind && lists.length > 0 ? answerList(kind, lists, query) : undefined
  }
  for (const list of lists) {
    const row = list.rows.find((each) => each.id === id)
    if (row) return { ...row, titles: list.titles } satisfies Row
  }
  return undefined
}

async function referencesAnswer(account: string, path: string, query: Query): Promise<unknown> {
  const [name = '', id] = path.split('/').slice(4).map(decodeURIComponent)
  const answer = await get<Answer>('answers', [account, path])
  if (id) return answer?.body
  const kind = await kindNamed(account, name)
  const lists = (await all<KeptList>('lists', account)).filter((list) => list.kind === name)
  return answer || lists.length > 0 ? answerReferences(answer?.body, kind, lists, query.q ?? '') : undefined
}

/** What is known here of an answer that the network did not give; undefined where nothing is. */
export async function keptAnswer(path: string, query: Query): Promise<unknown> {
  const account = accountNow()
  if (!account) return undefined
  try {
    if (path.startsWith('/api/v1/records/')) return await recordsAnswer(account, path, query)
    if (isReference(path)) return await referencesAnswer(account, path, query)
    return (await get<Answer>('answers', [account, path]))?.body
  } catch {
    return undefined
  }
}
