import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { NoteKey } from '../standards/tlog/index.ts'
import type { Signer } from './log.ts'

/** The signer whose Ed25519 key lies in a PEM file (PKCS 8, mode 600), made on first use. */
export function openSigner(path: string, name: string, type: NoteKey['type']): Signer {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const { privateKey } = generateKeyPairSync('ed25519')
    // wx: of two processes that start together one makes the key, the other reads it.
    try {
      writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  const privateKey = createPrivateKey(readFileSync(path))
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  return {
    name,
    type,
    publicKey: new Uint8Array(spki.subarray(-32)),
    sign: (message) => sign(null, message, privateKey),
  }
}

/** Where the key lies that signs the log's heads. */
export const ledgerKeyPath = (env: NodeJS.ProcessEnv, dataDir: string): string =>
  env.SHISU_LEDGER_KEY ?? join(dataDir, 'keys/ledger.pem')

/** Where the key before it lies, while both sign. */
export const previousKeyPath = (env: NodeJS.ProcessEnv, dataDir: string): string =>
  `${ledgerKeyPath(env, dataDir).replace(/\.pem$/, '')}-previous.pem`
