import { createHmac } from 'node:crypto'
import { existsSync } from 'node:fs'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { join } from 'node:path'
import { liesIn } from '../../policy/network.ts'
import { checkOutsideUrl, isInside, plainForm } from '../../protect/outside-url.ts'

const timeoutMs = 10_000
const answerBytesMax = 64 * 1024

/** Inner networks that may be told all the same, e.g. `10.20.0.0/16`. A demonstration may tell its own machine. */
export function allowedNetworks(dataDir: string): string {
  const configured = process.env.SHISU_HOOK_NETWORKS
  if (configured !== undefined) return configured
  return existsSync(join(dataDir, 'demo.json')) ? '127.0.0.0/8 ::1/128' : ''
}

/** Who subscribes must not reach through us into the installation's own networks, but for those the operator names. */
const isBarred = (address: string, allowed: string): boolean =>
  isInside(address) && !(isIP(address) !== 0 && allowed !== '' && liesIn(plainForm(address), allowed))

/** What is wrong with an address to be told; undefined where nothing is. Names are looked up when something is sent. */
export function destProblem(dest: unknown, allowed: string): string | undefined {
  const url = typeof dest === 'string' && dest.length <= 2000 ? URL.parse(dest) : null
  if (!url || !['http:', 'https:'].includes(url.protocol)) return '接收地址（dest）应为 http 或 https 网址'
  if (url.username !== '' || url.password !== '') return '接收地址（dest）中不能带用户名和密码'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isLocal = /^localhost\.?$|\.localhost\.?$/.test(host)
  const isInner = isLocal ? isBarred('127.0.0.1', allowed) : isIP(host) !== 0 && isBarred(host, allowed)
  return isInner ? '接收地址（dest）不能是内部网络或本机的地址' : undefined
}

/** Connects to the address that was judged, so that a name cannot mean another one a moment later. */
function judgedLookup(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_host, { all }, callback) => {
    const [first] = found
    if (!first) callback(new Error('接收地址无法解析'), '')
    else if (all) callback(null, found)
    else callback(null, first.address, first.family)
  }
}

/** `sha256=` and the HMAC-SHA256 of the body under the secret that the subscriber gave, in hexadecimal digits. */
export function signatureOf(secret: Buffer, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}

/**
 * Sends a document to a subscriber, once and without following redirections. Throws an Error with a sentence for its
 * owner where it was not accepted (any answer but 2xx) within ten seconds.
 */
export async function postHook(
  dest: string,
  body: string,
  options: { secret: Buffer | null; headers: Readonly<Record<string, string>>; allowed: string },
): Promise<void> {
  const problem = destProblem(dest, options.allowed)
  if (problem) throw new Error(problem)
  const url = new URL(dest)
  const addresses = await checkOutsideUrl(dest, new Set(), options.allowed)
  const headers = {
    ...options.headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    ...(options.secret && { 'GS1-Signature': signatureOf(options.secret, body) }),
  }
  await new Promise<void>((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    const request = send(
      url,
      {
        method: 'POST',
        headers,
        lookup: judgedLookup(addresses),
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        let bytes = 0
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes > answerBytesMax) response.destroy()
        })
        response.on('error', reject)
        response.on('close', () => {
          const status = response.statusCode ?? 0
          if (status >= 200 && status < 300) resolve()
          else reject(new Error(`对方应答 ${status}`))
        })
      },
    )
    request.on('error', (error) => {
      const isLate = error.name === 'TimeoutError' || error.name === 'AbortError'
      const { code = error.message } = error as NodeJS.ErrnoException
      reject(new Error(isLate ? '对方 10 秒内没有应答' : `连接不上对方：${code}`))
    })
    request.end(body)
  })
}
