import { fromBase64, utf8 } from '../tlog/bytes.ts'
import type { LeafPart, Point } from './index.ts'

type Payload<Image> = { id: string; version: number; at: string; image: Image }
type SignatureImage = {
  recordId: string
  version: number
  keyId: string
  act: string
  digest: string
  signature: string
  at: string
}
type KeyImage = { suite: string; publicKey: string; createdAt: string; revokedAt: string | null }

/** Reads a leaf's content; the leaf itself has been proven before. */
function contentOf<Image>(part: LeafPart | undefined): Payload<Image> | undefined {
  return part?.payload === undefined ? undefined : (JSON.parse(part.payload) as Payload<Image>)
}

/**
 * What a signature proves whose leaf, and whose key's leaves, have been proven to be in the log: by which key, over what,
 * and whether the key was still valid then. The text is the one that the signer's own machine signed.
 */
export async function signaturePointsOf(
  parts: { signature: LeafPart; key: LeafPart; revoked?: LeafPart },
  record: string | undefined,
): Promise<Point[]> {
  const signed = contentOf<SignatureImage>(parts.signature)
  const key = contentOf<KeyImage>(parts.key)
  const revoked = contentOf<KeyImage>(parts.revoked)
  const about = record === undefined ? undefined : (JSON.parse(record) as { id: string; version: number })
  if (!signed || !key || key.id !== signed.image.keyId || (revoked && revoked.id !== key.id))
    return [{ held: false, text: '签名与它的密钥对不上。' }]
  if (!about || about.id !== signed.image.recordId || about.version !== signed.image.version)
    return [{ held: false, text: '文件里的签名不是签在这一版记录上的。' }]
  const end = revoked?.image.revokedAt
  if (end && end <= signed.image.at)
    return [{ held: false, text: `签名晚于密钥的吊销（${end.slice(0, 16).replace('T', ' ')} UTC），不能算数。` }]
  const validity: Point = end
    ? { held: true, text: `签名时密钥有效；密钥后来在 ${end.slice(0, 16).replace('T', ' ')} UTC 吊销。` }
    : { held: null, text: '文件里没有这把密钥的吊销记录；文件下载之后是否吊销，从这份文件看不出来。' }
  return [await signedBy(key.image, signed.image), validity]
}

async function signedBy(key: KeyImage, { act, digest, signature }: SignatureImage): Promise<Point> {
  if (key.suite !== 'ed25519')
    return { held: null, text: '提交人用国密 SM2 签了名并已存证；浏览器不会核对 SM2，请用国密工具核对。' }
  const bytes = fromBase64(signature)
  const publicKey = fromBase64(key.publicKey)
  const text = utf8(`shisu-signature-v1\n${act}\n${digest}\n`)
  let holds = false
  try {
    const imported = await crypto.subtle.importKey('raw', publicKey ?? utf8(''), 'Ed25519', false, ['verify'])
    holds = await crypto.subtle.verify('Ed25519', imported, bytes ?? utf8(''), text)
  } catch {
    holds = false
  }
  return holds
    ? { held: true, text: `提交人用自己的密钥签了名，签名正确（密钥登记于 ${key.createdAt.slice(0, 10)}）。` }
    : { held: false, text: '提交人的签名不正确。' }
}
