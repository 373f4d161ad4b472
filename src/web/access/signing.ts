import { canonical, type Json } from '../../standards/jcs/index.ts'

/** The key of one person in this browser; the private half cannot be taken out of it, by this page or any other. */
type Kept = { account: string; id: string; privateKey: CryptoKey }

const store = 'signing-keys'

function database(): Promise<IDBDatabase> {
  return new Promise((done, failed) => {
    const opening = indexedDB.open('shisu-signing', 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore(store, { keyPath: 'account' })
    opening.onsuccess = () => done(opening.result)
    opening.onerror = () => failed(opening.error)
  })
}

async function within<T>(mode: IDBTransactionMode, act: (keys: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await database()
  try {
    return await new Promise<T>((done, failed) => {
      const asked = act(db.transaction(store, mode).objectStore(store))
      asked.onsuccess = () => done(asked.result)
      asked.onerror = () => failed(asked.error)
    })
  } finally {
    db.close()
  }
}

const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))
const base64url = (bytes: Uint8Array): string =>
  base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
const utf8 = (text: string) => new TextEncoder().encode(text)

let signer: Kept | undefined

/** Takes the key of whoever is signed in, where this browser holds one. */
export async function takeKeyOf(account: string): Promise<void> {
  signer = await within<Kept | undefined>('readonly', (keys) => keys.get(account)).catch(() => undefined)
}

/** The key that this browser signs with, for whoever is signed in. */
export const keyHere = (): string | undefined => signer?.id

/** Makes a key pair here; `register` sends the public half and its proof and gives the key's id back. */
export async function makeKey(
  account: string,
  register: (publicKey: string, proof: string) => Promise<string>,
): Promise<void> {
  const pair = (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair
  const publicKey = base64(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)))
  const text = utf8(`shisu-key-v1\n${account}\n${publicKey}\n`)
  const proof = base64(new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, text)))
  const kept = { account, id: await register(publicKey, proof), privateKey: pair.privateKey }
  await within('readwrite', (keys) => keys.put(kept))
  signer = kept
}

/** Forgets the key of this browser. */
export async function dropKey(account: string): Promise<void> {
  await within('readwrite', (keys) => keys.delete(account))
  signer = undefined
}

const signable =
  /^\/api\/v1\/(records\/[a-z0-9-]+(\/[0-9a-f-]{36}(\/(void|merge|steps\/[a-z0-9-]+))?)?|operations\/[a-z0-9-]+)$/

/** The header that signs a submission, where this browser holds a key. See docs/decisions/0061-signatures.md. */
export async function signatureFor(method: string, path: string, body: unknown): Promise<string | undefined> {
  if (!signer || method === 'GET' || !signable.test(path)) return undefined
  const salt = base64url(crypto.getRandomValues(new Uint8Array(16)))
  // As the server will read it: what is undefined is not sent.
  const content = JSON.parse(JSON.stringify(body ?? {})) as Json
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(`${salt}\n${canonical(content)}`)))
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const text = utf8(`shisu-signature-v1\n${method} ${path}\n${hex}\n`)
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', signer.privateKey, text))
  return `v1 key=${signer.id},salt=${salt},sig=${base64url(signature)}`
}
