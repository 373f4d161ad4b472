import { generateKeyPairSync, sign, verify } from 'node:crypto'

/** A reference core checks so many signatures a second (Ed25519, node:crypto, one core of a Xeon at 2.5 GHz). */
const checksPerSecond = 15_000

/** Seconds of processor that one Ed25519 signature takes to check here and now. */
function secondsOfCheck(): number {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const text = Buffer.alloc(128, 1)
  const signature = sign(null, text, privateKey)
  const count = 400
  for (let n = 0; n < count; n++) verify(null, text, publicKey, signature)
  const before = process.cpuUsage()
  for (let n = 0; n < count; n++) verify(null, text, publicKey, signature)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6 / count
}

/**
 * How many a second a reference core could do of what took so much processor here. Told by what a signature takes to check at the same
 * time, so that it is the same on a slow machine and on a busy one.
 */
export const perSecondOfCore = (seconds: number, count: number): number =>
  (checksPerSecond * secondsOfCheck() * count) / seconds
