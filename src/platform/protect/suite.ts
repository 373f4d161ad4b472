import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
import { takeRandom } from '../id.ts'

/** How bytes are sealed; the number stands in front of every sealed value, so that both can be read for ever. */
export type Suite = 'aes-256-gcm' | 'sm4-ctr-sm3'

const numbers: Readonly<Record<Suite, number>> = { 'aes-256-gcm': 1, 'sm4-ctr-sm3': 2 }

/** Length of a key: SM4 has 128 bits for the cipher and a second key for the MAC. */
export const keyBytes: Readonly<Record<Suite, number>> = { 'aes-256-gcm': 32, 'sm4-ctr-sm3': 48 }

/** Keys go to the runtime as key objects: handed over as bytes, each use costs three times as much (32 instead of 10 µs). */
const keyFrom = (bytes: Buffer): KeyObject => createSecretKey(bytes)

/** The runtime's OpenSSL has SM4 in counter mode only; an HMAC with SM3 over all of it makes it authentic. */
function sm3(key: Buffer, about: Buffer, iv: Buffer, body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(about.length)
  return createHmac('sm3', keyFrom(key)).update(length).update(about).update(iv).update(body).digest()
}

/** Seals bytes under a key. `about` is bound to the value: moved to another row or column it does not open. */
export function sealWith(suite: Suite, key: Buffer, plain: Buffer, about: Buffer): Buffer {
  const head = Buffer.from([numbers[suite]])
  if (suite === 'aes-256-gcm') {
    const iv = takeRandom(12)
    const cipher = createCipheriv('aes-256-gcm', keyFrom(key), iv)
    cipher.setAAD(about)
    const body = cipher.update(plain)
    // A cipher of a stream holds nothing back.
    cipher.final()
    return Buffer.concat([head, iv, cipher.getAuthTag(), body])
  }
  const iv = takeRandom(16)
  const cipher = createCipheriv('sm4-ctr', keyFrom(key.subarray(0, 16)), iv)
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([head, iv, sm3(key.subarray(16), about, iv, body), body])
}

/** Opens what `sealWith` sealed; throws when key, value or `about` is another. */
export function openWith(suite: Suite, key: Buffer, sealed: Buffer, about: Buffer): Buffer {
  if (sealed[0] !== numbers[suite]) throw new Error('sealed with another suite')
  if (suite === 'aes-256-gcm') {
    const decipher = createDecipheriv('aes-256-gcm', keyFrom(key), sealed.subarray(1, 13), { authTagLength: 16 })
    decipher.setAAD(about)
    decipher.setAuthTag(sealed.subarray(13, 29))
    return Buffer.concat([decipher.update(sealed.subarray(29)), decipher.final()])
  }
  const iv = sealed.subarray(1, 17)
  const body = sealed.subarray(49)
  if (!timingSafeEqual(sm3(key.subarray(16), about, iv, body), sealed.subarray(17, 49)))
    throw new Error('the seal does not hold')
  const decipher = createDecipheriv('sm4-ctr', keyFrom(key.subarray(0, 16)), iv)
  return Buffer.concat([decipher.update(body), decipher.final()])
}

/** The suite that a key is made for: their lengths differ. */
export function suiteOfKey(key: Buffer): Suite {
  return key.length === keyBytes['sm4-ctr-sm3'] ? 'sm4-ctr-sm3' : 'aes-256-gcm'
}

/** Opens a value with the suite that its key is made for. */
export const openAny = (key: Buffer, sealed: Buffer, about: Buffer): Buffer =>
  openWith(suiteOfKey(key), key, sealed, about)
