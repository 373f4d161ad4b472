import { createHmac, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { keyBytes, openWith, type Suite, sealWith } from './suite.ts'

/** What holds the master keys: a file, or a key service that unwraps what the file holds. */
export type KeyWrapper = {
  /** Where it is, as the page of keys shows it; it stands in the key file too. */
  name: string
  wrap(key: Buffer): Promise<Buffer>
  unwrap(wrapped: Buffer): Promise<Buffer>
}

type KeyFile = {
  current: string
  /** A new key that seals from a moment on: by then every process has read it. */
  next?: { name: string; from: string }
  keys: Record<string, { suite: Suite; madeAt: string; key: string }>
  /** For blind indexes and PIN digests: never rotated, or nothing would be found again. */
  index: string
  /** The key service that wrapped them; absent where they lie in the file as they are. */
  wrappedBy?: string
}

export type KeyFacts = { name: string; suite: Suite; madeAt: string; isCurrent: boolean; sealsFrom: string | null }

/** This installation's keys. Values name the key that sealed them, so that a rotated key still opens them. */
export type Keyring = {
  /** The key that seals now. */
  readonly current: string
  /** The suite of the key that seals now: persons who become known get a key for the same one. */
  readonly suite: Suite
  readonly names: readonly string[]
  /** Who wraps the keys in their file; undefined where nobody does. */
  readonly wrappedBy: string | undefined
  /** What may be shown of the keys: nothing of themselves. */
  facts(): KeyFacts[]
  seal(plain: Buffer | string, about: string): Buffer
  open(sealed: Buffer, about: string): Buffer
  /** The key that sealed a value. */
  keyOf(sealed: Buffer): string
  /** A keyed digest (HMAC-SHA256) for one purpose: equal texts are found, nothing is learnt from it. */
  digest(purpose: string, text: string): Buffer
  /** Adds a key, which seals after `waitMs`; older values stay readable. Wraps all keys anew. Returns its name. */
  rotate(suite: Suite, now: Date, waitMs: number): Promise<string>
  /** Reads keys that another process has made, and begins to seal with one whose time has come. */
  refresh(now: Date): Promise<void>
}

const inTheOpen: KeyWrapper = { name: '', wrap: async (key) => key, unwrap: async (wrapped) => wrapped }

/** Written beside its place, then renamed: a cut-off write never leaves half a key file. */
function writeKeys(path: string, file: KeyFile): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(`${path}.new`, JSON.stringify(file, null, 2), { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

const readKeys = (path: string): KeyFile => JSON.parse(readFileSync(path, 'utf8'))

const mapValues = async <In, Out>(of: Record<string, In>, make: (value: In) => Promise<Out>) =>
  Object.fromEntries(
    await Promise.all(Object.entries(of).map(async ([name, value]) => [name, await make(value)] as const)),
  )

/** A key file's content under another wrapper. */
async function wrappedAnew(file: KeyFile, from: KeyWrapper, to: KeyWrapper): Promise<KeyFile> {
  const again = async (text: string) =>
    (await to.wrap(await from.unwrap(Buffer.from(text, 'base64')))).toString('base64')
  const keys = await mapValues(file.keys, async (each) => ({ ...each, key: await again(each.key) }))
  return { ...file, keys, index: await again(file.index), ...(to.name ? { wrappedBy: to.name } : {}) }
}

async function newKey(suite: Suite, wrapper: KeyWrapper, now: Date) {
  const key = (await wrapper.wrap(randomBytes(keyBytes[suite]))).toString('base64')
  return { suite, madeAt: now.toISOString(), key }
}

/** Makes the key file where there is none, and wraps one that was begun without a key service. */
async function prepare(path: string, now: Date, wrapper: KeyWrapper): Promise<void> {
  if (!existsSync(path)) {
    const index = (await wrapper.wrap(randomBytes(32))).toString('base64')
    const wrappedBy = wrapper.name || undefined
    writeKeys(path, { current: 'k1', keys: { k1: await newKey('aes-256-gcm', wrapper, now) }, index, wrappedBy })
    return
  }
  const { wrappedBy } = readKeys(path)
  if (wrappedBy && !wrapper.name) throw new Error(`密钥文件由密钥服务 ${wrappedBy} 加密，请设置 SHISU_KMS`)
  if (!wrappedBy && wrapper.name) writeKeys(path, await wrappedAnew(readKeys(path), inTheOpen, wrapper))
}

type Known = Map<string, { suite: Suite; madeAt: string; key: Buffer }>

/** The key that seals at a moment. */
const currentAt = ({ current, next }: KeyFile, now: Date): string =>
  next && new Date(next.from) <= now ? next.name : current

/** Adds a key to the file; see `Keyring.rotate`. */
async function addKey(path: string, suite: Suite, now: Date, waitMs: number, wrapper: KeyWrapper): Promise<string> {
  const file = readKeys(path)
  const name = `k${Object.keys(file.keys).length + 1}`
  const anew = wrapper.name ? await wrappedAnew(file, wrapper, wrapper) : file
  const from = new Date(now.getTime() + waitMs).toISOString()
  const keys = { ...anew.keys, [name]: await newKey(suite, wrapper, now) }
  writeKeys(path, { ...anew, current: currentAt(file, now), next: { name, from }, keys })
  return name
}

/**
 * Opens the key file, made on first use (mode 600). It belongs into the operator's backup, apart from the database's.
 * With a `wrapper` the file holds what only the key service can open.
 */
export async function openKeyring(path: string, now: Date, wrapper = inTheOpen): Promise<Keyring> {
  await prepare(path, now, wrapper)
  const keys: Known = new Map()
  let file = readKeys(path)
  let current = ''
  const unwrap = (text: string) => wrapper.unwrap(Buffer.from(text, 'base64'))
  const refresh = async (at: Date): Promise<void> => {
    file = readKeys(path)
    for (const [name, { suite, madeAt, key }] of Object.entries(file.keys))
      if (!keys.has(name)) keys.set(name, { suite, madeAt, key: await unwrap(key) })
    current = currentAt(file, at)
  }
  await refresh(now)
  const digest = digester(await unwrap(file.index))
  const keyNamed = (name: string) => {
    const found = keys.get(name)
    if (!found) throw new Error(`no key ${name}`)
    return found
  }
  return {
    get current() {
      return current
    },
    get suite() {
      return keyNamed(current).suite
    },
    get names() {
      return [...keys.keys()]
    },
    wrappedBy: wrapper.name || undefined,
    facts: () =>
      [...keys].map(([name, { suite, madeAt }]) => {
        const sealsFrom = file.next?.name === name && name !== current ? file.next.from : null
        return { name, suite, madeAt, isCurrent: name === current, sealsFrom }
      }),
    seal: (plain, about) => sealUnder(current, keyNamed(current), plain, about),
    open(sealed, about) {
      const [name, body] = split(sealed)
      const { suite, key } = keyNamed(name)
      return openWith(suite, key, body, Buffer.from(about, 'utf8'))
    },
    keyOf: (sealed) => split(sealed)[0],
    digest,
    async rotate(suite, at, waitMs) {
      const name = await addKey(path, suite, at, waitMs, wrapper)
      await refresh(at)
      return name
    },
    refresh,
  }
}

function split(sealed: Buffer): [string, Buffer] {
  const length = sealed[0] ?? 0
  return [sealed.subarray(1, 1 + length).toString('latin1'), sealed.subarray(1 + length)]
}

function sealUnder(named: string, by: { suite: Suite; key: Buffer }, plain: Buffer | string, about: string): Buffer {
  const name = Buffer.from(named, 'latin1')
  const bytes = Buffer.isBuffer(plain) ? plain : Buffer.from(plain, 'utf8')
  return Buffer.concat([
    Buffer.from([name.length]),
    name,
    sealWith(by.suite, by.key, bytes, Buffer.from(about, 'utf8')),
  ])
}

/** Digests under keys of their own for each purpose, derived once: a record with eight sealed fields asks nine times. */
function digester(index: Buffer): Keyring['digest'] {
  const derived = new Map<string, KeyObject>()
  return (purpose, text) => {
    const known = derived.get(purpose)
    const own = known ?? createSecretKey(Buffer.from(hkdfSync('sha256', index, Buffer.alloc(0), purpose, 32)))
    if (!known) derived.set(purpose, own)
    return createHmac('sha256', own).update(text.normalize('NFKC')).digest()
  }
}
