import { createHash, createPublicKey, verify } from 'node:crypto'
import { sm2 } from 'sm-crypto-v2'
import { canonical, type Json } from '../../standards/jcs/index.ts'

/** How people and enterprises sign: Ed25519 (RFC 8032), or SM2 with SM3 (GM/T 0003, GM/T 0009's default identity). */
export const signingSuites = ['ed25519', 'sm2'] as const
export type SigningSuite = (typeof signingSuites)[number]

/** What is signed beside the content: which act it was meant for. Nothing signed for one route holds on another. */
export type Signed = { act: string; salt: string; content: Json }

/** DER's head of a raw Ed25519 public key (RFC 8410). */
const spki = Buffer.from('302a300506032b6570032100', 'hex')

/** Whether some bytes are a public key of the suite: 32 bytes, or an uncompressed point on SM2's curve. */
export function isPublicKey(suite: SigningSuite, key: Buffer): boolean {
  if (suite === 'ed25519') return key.length === 32
  if (key.length !== 65 || key[0] !== 4) return false
  try {
    return sm2.verifyPublicKey(key.toString('hex'))
  } catch {
    return false
  }
}

/** The digest of salted content. The salt keeps a short content from being guessed after what it stood in is erased. */
export function contentDigest({ salt, content }: Pick<Signed, 'salt' | 'content'>): string {
  return createHash('sha256')
    .update(`${salt}\n${canonical(content)}`)
    .digest('hex')
}

/** The very text that is signed: version, act, digest of the content's canonical JSON (RFC 8785). */
export const signedText = (act: string, digest: string): string => `shisu-signature-v1\n${act}\n${digest}\n`

/** Whether a signature (64 bytes: Ed25519, or SM2's r and s) holds for a text under a public key. Never throws. */
export function holds(suite: SigningSuite, publicKey: Buffer, text: string, signature: Buffer): boolean {
  if (signature.length !== 64 || !isPublicKey(suite, publicKey)) return false
  try {
    if (suite === 'sm2')
      return sm2.doVerifySignature(
        new Uint8Array(Buffer.from(text, 'utf8')),
        signature.toString('hex'),
        publicKey.toString('hex'),
        {
          hash: true,
        },
      )
    const key = createPublicKey({ key: Buffer.concat([spki, publicKey]), format: 'der', type: 'spki' })
    return verify(null, Buffer.from(text, 'utf8'), key, signature)
  } catch {
    return false
  }
}
