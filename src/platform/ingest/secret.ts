import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(scrypt) as (secret: string, salt: Buffer, length: number, options: object) => Promise<Buffer>

/** What we made ourselves has 160 random bits: guessing is hopeless, so one hash is enough and a reconnect storm is cheap. */
const madeBytes = 20
/** scrypt for secrets that people chose (six digits of an HJ 212 device): 16 MiB, some 40 ms; then remembered. */
const cost = { N: 16_384, r: 8, p: 1 }

/** A secret for a device, to be shown once. */
export function makeSecret(): string {
  return randomBytes(madeBytes).toString('base64url')
}

/** How a secret is stored: quickly checked where we made it, slowly where somebody chose it. */
export async function hashSecret(secret: string, made: boolean): Promise<string> {
  const salt = randomBytes(16)
  if (made) return `sha256$${salt.toString('hex')}$${quick(secret, salt).toString('hex')}`
  return `scrypt$${salt.toString('hex')}$${(await derive(secret, salt, 32, cost)).toString('hex')}`
}

/** Whether a secret is the stored one, in a time that does not depend on where they differ. */
export async function isSecret(secret: string, stored: string): Promise<boolean> {
  const [kind, salt = '', hash = ''] = stored.split('$')
  const bytes = Buffer.from(salt, 'hex')
  const found = kind === 'sha256' ? quick(secret, bytes) : await derive(secret, bytes, 32, cost)
  const wanted = Buffer.from(hash, 'hex')
  return wanted.length === found.length && timingSafeEqual(wanted, found)
}

function quick(secret: string, salt: Buffer): Buffer {
  return createHash('sha256').update(salt).update(secret).digest()
}
