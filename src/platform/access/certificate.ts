import { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { invalid } from '../../failure.ts'

const plain = (fingerprint: string) => fingerprint.replaceAll(':', '').toLowerCase()

/** The sha256 of the certificate that the other end proved in the handshake; undefined where it showed none that is trusted. */
export function certificateOf(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined
  const { fingerprint256 } = socket.getPeerCertificate()
  return fingerprint256 ? plain(fingerprint256) : undefined
}

/** What a certificate says of itself, from PEM. Refuses what is none, and one whose time is over. */
export function readCertificate(pem: unknown, now: Date): { sha256: string; subject: string; notAfter: Date } {
  const wrong = (text: string) => invalid([{ code: 'wrong-format', text, at: '/pem' }])
  if (typeof pem !== 'string' || pem.length > 20_000 || !pem.includes('-----BEGIN CERTIFICATE-----'))
    throw wrong('请粘贴 PEM 格式的证书（以 -----BEGIN CERTIFICATE----- 开头），不要粘贴私钥')
  if (/PRIVATE KEY/.test(pem)) throw wrong('这里面有私钥：私钥不能交给别人，请只粘贴证书，并换一把私钥')
  try {
    const certificate = new X509Certificate(pem)
    const notAfter = new Date(certificate.validTo)
    if (notAfter <= now) throw wrong('这张证书已经过期')
    const subject = certificate.subject.replaceAll('\n', ', ').slice(0, 200)
    return { sha256: plain(certificate.fingerprint256), subject, notAfter }
  } catch (error) {
    throw error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_')
      ? wrong('证书读不出来')
      : error
  }
}
