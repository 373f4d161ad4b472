import type { Sign } from './signer.ts'

/** Calls the platform's own API as one token's actor: the demonstration comes in through the doors that users use. */
export type Api = {
  send<Body = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Body>
  upload(bytes: Uint8Array, mediaType: string, sha256: string): Promise<void>
}

/** Orders are signed by whoever gives them. */
const order = /^\/api\/v1\/(records\/recall-order(\/|$)|operations\/start-recall$)/

export function apiFor(url: string, token: string, sign?: Sign): Api {
  const request = async (
    method: string,
    path: string,
    body?: string | Blob,
    { contentType = 'application/json', signed = '' } = {},
  ) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': contentType }),
        ...(signed && { 'x-shisu-signature': signed }),
      },
      body,
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`示例数据：${method} ${path} 得到 ${response.status} ${text.slice(0, 600)}`)
    return text
  }
  return {
    send: async (method, path, body) => {
      const signed = sign && method !== 'GET' && order.test(path) ? sign(method, path, body) : ''
      const text = await request(method, path, body === undefined ? undefined : JSON.stringify(body), { signed })
      return text ? JSON.parse(text) : undefined
    },
    upload: async (bytes, mediaType, sha256) => {
      await request('PUT', `/api/v1/files/${sha256}`, new Blob([bytes as Uint8Array<ArrayBuffer>]), {
        contentType: mediaType,
      })
    },
  }
}
