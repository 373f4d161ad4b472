import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import type { Signer } from './transaction.ts'

/** The order of P-256's base point (SEC 2, 2.4.2). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const bytesOf = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
const half = bytesOf(order >> 1n)

const privateKey = (secret: bigint): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([
      Buffer.from('30310201010420', 'hex'),
      bytesOf(secret),
      Buffer.from('a00a06082a8648ce3d030107', 'hex'),
    ]),
    format: 'der',
    type: 'sec1',
  })

/**
 * A signer by ECDSA on P-256 from 32 bytes of seed. Its key is known by the x of its point, whose y is even (as BIP 340 does):
 * so it is 32 bytes long like any other signer's.
 */
export function p256SignerOf(seed: Uint8Array): Signer {
  const secret = (BigInt(`0x${Buffer.from(seed).toString('hex')}`) % (order - 1n)) + 1n
  const point = createPublicKey(privateKey(secret)).export({ format: 'der', type: 'spki' }).subarray(-64)
  const isEven = ((point[63] ?? 0) & 1) === 0
  return {
    suite: 'p256',
    publicKey: Buffer.from(point.subarray(0, 32)),
    key: isEven ? privateKey(secret) : privateKey(order - secret),
  }
}

/** The point of an x with its even y; null where no point of the curve has it. */
export function p256Key(x: Buffer): KeyObject | null {
  const spki = Buffer.from('3039301306072a8648ce3d020106082a8648ce3d03010703220002', 'hex')
  try {
    return createPublicKey({ key: Buffer.concat([spki, x]), format: 'der', type: 'spki' })
  } catch {
    return null
  }
}

/** r and s, 32 bytes each, s in the lower half: of the two signatures that hold, one is allowed, or a transaction had two ids. */
export function signP256(message: Buffer, key: KeyObject): Buffer {
  const signature = sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' })
  const s = signature.subarray(32)
  if (Buffer.compare(s, half) > 0) bytesOf(order - BigInt(`0x${s.toString('hex')}`)).copy(s)
  return signature
}

export function verifyP256(message: Buffer, signature: Buffer, key: KeyObject): boolean {
  if (Buffer.compare(signature.subarray(32), half) > 0) return false
  return verify('sha256', message, key, derOf(signature))
}

/** ASN.1 of r and s: OpenSSL's own form, without the way around that Node takes for the other. */
function derOf(signature: Buffer): Buffer {
  const parts = [signature.subarray(0, 32), signature.subarray(32)].map((value) => {
    let from = 0
    while (from < 31 && value[from] === 0) from++
    const isHigh = (value[from] ?? 0) > 127
    return Buffer.concat([Buffer.of(2, 32 - from + (isHigh ? 1 : 0), ...(isHigh ? [0] : [])), value.subarray(from)])
  })
  return Buffer.concat([
    Buffer.of(
      0x30,
      parts.reduce((sum, part) => sum + part.length, 0),
    ),
    ...parts,
  ])
}
