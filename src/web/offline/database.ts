/** What is kept in this browser, always under the account it belongs to. */
export type Store = 'items' | 'files' | 'lists' | 'answers' | 'state'

const keyPaths: Readonly<Record<Store, string[]>> = {
  items: ['account', 'id'],
  files: ['account', 'sha256'],
  lists: ['account', 'kind', 'query'],
  answers: ['account', 'path'],
  state: ['account', 'name'],
}

let opened: Promise<IDBDatabase> | undefined

function open(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('shisu', 1)
    request.onupgradeneeded = () => {
      for (const [store, keyPath] of Object.entries(keyPaths)) request.result.createObjectStore(store, { keyPath })
    }
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close()
      resolve(request.result)
    }
    request.onerror = () => reject(request.error)
  })
  opened.catch(() => {
    opened = undefined
  })
  return opened
}

/** Runs one transaction; resolved once it is on disk. */
async function within<T>(
  store: Store,
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await open()
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode, { durability: 'strict' })
    const request = act(transaction.objectStore(store))
    transaction.oncomplete = () => resolve(request.result)
    transaction.onabort = () => reject(transaction.error)
    transaction.onerror = () => reject(transaction.error)
  })
}

const own = (account: string) => IDBKeyRange.bound([account], [account, []])

export function get<T>(store: Store, key: string[]): Promise<T | undefined> {
  return within(store, 'readonly', (at) => at.get(key)) as Promise<T | undefined>
}

export async function put(store: Store, value: object): Promise<void> {
  await within(store, 'readwrite', (at) => at.put(value))
}

export async function drop(store: Store, key: string[]): Promise<void> {
  await within(store, 'readwrite', (at) => at.delete(key))
}

/** Everything of an account in a store, or of all accounts. */
export function all<T>(store: Store, account?: string): Promise<T[]> {
  return within(store, 'readonly', (at) => at.getAll(account === undefined ? undefined : own(account))) as Promise<T[]>
}

/** Forgets everything of an account in a store. */
export async function forget(store: Store, account: string): Promise<void> {
  await within(store, 'readwrite', (at) => at.delete(own(account)))
}
