import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { checkOutsideUrl } from '../protect/outside-url.ts'

/** How a provider of SMS or WeChat messages is called: nothing of any one provider is written in code. */
export type AdapterConfig = {
  url: string
  method: 'POST' | 'PUT' | 'GET'
  /** One `Name: value` a line. */
  headers: string
  /** Text in which {{to}}, {{title}}, {{detail}}, {{id}} and {{secret}} stand for what is sent, each as the form needs it. */
  body: string
  bodyForm: 'json' | 'form' | 'text'
  /** Found in a good answer, as a regular expression; without it any 2xx is good. */
  success?: string | null
}

export type Outgoing = { id: string; to: string; title: string; detail: string }

const timeoutMs = 10_000
const answerBytesMax = 64 * 1024

const forms: Readonly<Record<AdapterConfig['bodyForm'], { type: string; write(text: string): string }>> = {
  json: { type: 'application/json; charset=utf-8', write: (text) => JSON.stringify(text).slice(1, -1) },
  form: { type: 'application/x-www-form-urlencoded', write: encodeURIComponent },
  text: { type: 'text/plain; charset=utf-8', write: (text) => text },
}

/** Puts values into a template, each written so that it stays a value there. */
export function fill(template: string, values: Record<string, string>, write: (text: string) => string): string {
  return template.replace(/\{\{(\w+)\}\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? write(values[name] ?? '') : whole,
  )
}

/** Headers of a template, each value without line breaks. */
export function readHeaders(text: string, values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    text
      .split('\n')
      .map((line) => line.split(/:(.*)/s))
      .filter(([name, value]) => /^[A-Za-z0-9-]+$/.test(name?.trim() ?? '') && value)
      .map(([name = '', value = '']) => [
        name.trim().toLowerCase(),
        fill(value.trim(), values, (each) => each.replace(/[^\x20-\x7e]/g, '')),
      ]),
  )
}

/**
 * Calls the provider. The message's id goes along as Idempotency-Key, so that a provider that knows it never sends one
 * twice. Throws with a plain sentence where the provider does not take it.
 */
export async function callProvider(
  config: AdapterConfig,
  secret: string,
  message: Outgoing,
  allowed: ReadonlySet<string>,
): Promise<void> {
  const addresses = await checkOutsideUrl(config.url, allowed)
  const form = forms[config.bodyForm]
  const values = { ...message, secret }
  const url = new URL(fill(config.url, values, encodeURIComponent))
  const body = config.method === 'GET' ? '' : fill(config.body, values, form.write)
  const [address = ''] = addresses
  const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    const request = send(
      url,
      {
        method: config.method,
        headers: {
          ...(body ? { 'content-type': form.type, 'content-length': String(Buffer.byteLength(body)) } : {}),
          ...readHeaders(config.headers, values),
          'idempotency-key': message.id,
        },
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
        // To the very address that was checked: asking the name again could give another answer.
        ...(isIP(address)
          ? {
              lookup: (_host, options, callback) => {
                const family = isIP(address)
                if (options.all) callback(null, [{ address, family }] as never)
                else callback(null, address, family)
              },
            }
          : {}),
      },
      (response) => {
        const parts: Buffer[] = []
        let bytes = 0
        response.on('data', (part: Buffer) => {
          bytes += part.length
          if (bytes > answerBytesMax) response.destroy()
          else parts.push(part)
        })
        response.on('error', reject)
        response.on('close', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }),
        )
      },
    )
    request.on('error', (error) => {
      const isLate = error.name === 'TimeoutError' || error.name === 'AbortError'
      const { code = error.message } = error as NodeJS.ErrnoException
      reject(new Error(isLate ? '对方 10 秒内没有应答' : `连接不上对方：${code}`))
    })
    request.end(body)
  })
  if (answer.status < 200 || answer.status >= 300) throw new Error(`对方应答 ${answer.status}`)
  if (config.success && !new RegExp(config.success).test(answer.text))
    throw new Error(`对方没有受理：${answer.text.replace(/\s+/g, ' ').slice(0, 120)}`)
}
