import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { Sql } from 'postgres'
import { possessionText, registerKey } from '../src/platform/access/signing-keys.ts'
import { contentDigest, signedText } from '../src/platform/protect/signing.ts'
import type { Json } from '../src/standards/jcs/index.ts'

/** The header that signs one submission. */
export type Sign = (method: string, path: string, body: unknown) => string

/** A key of one account, as a browser of its own would make it: its author's orders are signed by it. */
export async function signerFor(sql: Sql, account: { userId: string; ownerId: string }, now: Date): Promise<Sign> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')
  const proof = sign(null, Buffer.from(possessionText(account.userId, raw)), privateKey).toString('base64')
  const input = { title: '示例办公电脑', suite: 'ed25519', publicKey: raw, proof }
  const key = await registerKey(sql, account, input, now)
  return (method, path, body) => {
    const salt = randomBytes(16).toString('base64url')
    // As the server will read it: what is undefined is not sent.
    const content = JSON.parse(JSON.stringify(body ?? {})) as Json
    const text = signedText(`${method} ${path}`, contentDigest({ salt, content }))
    return `v1 key=${key},salt=${salt},sig=${sign(null, Buffer.from(text), privateKey).toString('base64url')}`
  }
}
