import { createHmac, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { keyBytes, openWith, type Suite, sealWith } from './suite.ts'

/** What holds the master keys: a file, or a key service that unwraps what the file holds. */
export type KeyWrapper = {
  wrap(key: Buffer): Promise<Buffer>
  unwrap(wrapped: Buffer): Promise<Buffer>
}

type KeyFile = {
  current: string
  keys: Record<string, { suite: Suite; madeAt: string; key: string }>
  /** For blind indexes and PIN digests: never rotated, or nothing would be found again. */
  index: string
}

/** This installation's keys. Values name the key that sealed them, so that a rotated key still opens them. */
export type Keyring = {
  /** The key that seals now. */
  readonly current: string
  /** The suite of the key that seals now: persons who become known get a key for the same one. */
  readonly suite: Suite
  readonly names: readonly string[]
  seal(plain: Buffer | string, about: string): Buffer
  open(sealed: Buffer, about: string): Buffer
  /** The key that sealed a value. */
  keyOf(sealed: Buffer): string
  /** A keyed digest (HMAC-SHA256) for one purpose: equal texts are found, nothing is learnt from it. */
  digest(purpose: string, text: string): Buffer
}

const plainWrapper: KeyWrapper = { wrap: async (key) => key, unwrap: async (wrapped) => wrapped }

/** Written beside its place, then renamed: a cut-off write never leaves half a key file. */
function writeKeys(path: string, file: KeyFile): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(`${path}.new`, JSON.stringify(file, null, 2), { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

async function newKey(suite: Suite, wrapper: KeyWrapper, now: Date) {
  const key = (await wrapper.wrap(randomBytes(keyBytes[suite]))).toString('base64')
  return { suite, madeAt: now.toISOString(), key }
}

const readKeys = (path: string): KeyFile => JSON.parse(readFileSync(path, 'utf8'))

/** Adds a key and seals with it from now on; older values stay readable. Returns its name. */
export async function rotateKey(path: string, suite: Suite, now: Date, wrapper = plainWrapper): Promise<string> {
  const file = readKeys(path)
  const name = `k${Object.keys(file.keys).length + 1}`
  writeKeys(path, { ...file, current: name, keys: { ...file.keys, [name]: await newKey(suite, wrapper, now) } })
  return name
}

/** Opens the key file, made on first use (mode 600). It belongs into the operator's backup, apart from the database's. */
export async function openKeyring(path: string, now: Date, wrapper = plainWrapper): Promise<Keyring> {
  if (!existsSync(path)) {
    const index = (await wrapper.wrap(randomBytes(32))).toString('base64')
    writeKeys(path, { current: 'k1', keys: { k1: await newKey('aes-256-gcm', wrapper, now) }, index })
  }
  const file = readKeys(path)
  const unwrap = (text: string) => wrapper.unwrap(Buffer.from(text, 'base64'))
  const keys = new Map<string, { suite: Suite; key: Buffer }>()
  for (const [name, { suite, key }] of Object.entries(file.keys)) keys.set(name, { suite, key: await unwrap(key) })
  const index = await unwrap(file.index)
  const split = (sealed: Buffer): [string, Buffer] => {
    const length = sealed[0] ?? 0
    return [sealed.subarray(1, 1 + length).toString('latin1'), sealed.subarray(1 + length)]
  }
  const keyNamed = (name: string) => {
    const found = keys.get(name)
    if (!found) throw new Error(`no key ${name}`)
    return found
  }
  const derived = new Map<string, KeyObject>()
  return {
    current: file.current,
    suite: keyNamed(file.current).suite,
    names: [...keys.keys()],
    seal(plain, about) {
      const { suite, key } = keyNamed(file.current)
      const name = Buffer.from(file.current, 'latin1')
      return Buffer.concat([
        Buffer.from([name.length]),
        name,
        sealWith(suite, key, Buffer.isBuffer(plain) ? plain : Buffer.from(plain, 'utf8'), Buffer.from(about, 'utf8')),
      ])
    },
    open(sealed, about) {
      const [name, body] = split(sealed)
      const { suite, key } = keyNamed(name)
      return openWith(suite, key, body, Buffer.from(about, 'utf8'))
    },
    keyOf: (sealed) => split(sealed)[0],
    digest(purpose, text) {
      // Derived once a purpose: a record with eight sealed fields asks nine times.
      const known = derived.get(purpose)
      const own = known ?? createSecretKey(Buffer.from(hkdfSync('sha256', index, Buffer.alloc(0), purpose, 32)))
      if (!known) derived.set(purpose, own)
      return createHmac('sha256', own).update(text.normalize('NFKC')).digest()
    },
  }
}
