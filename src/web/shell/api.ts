import type { Problem } from '../../language/problem.ts'

/** A refusal of the server, or no answer at all (status 0), in words for the user. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly problems: readonly Problem[]
  readonly requestId: string | undefined
  /** The whole problem document. */
  readonly body: Record<string, unknown>

  constructor(status: number, body: Record<string, unknown>) {
    super(String(body.detail ?? body.title ?? (status === 0 ? '网络不通，请检查网络后重试' : '服务器没有正常回答')))
    this.name = 'Refusal'
    this.status = status
    this.code = String(body.code ?? 'unknown')
    this.problems = Array.isArray(body.problems) ? (body.problems as Problem[]) : []
    this.requestId = typeof body.requestId === 'string' ? body.requestId : undefined
    this.body = body
  }
}

let lost: () => void = () => {}

/** Tells `listener` whenever an answer shows that the session has ended. */
export function onSessionLost(listener: () => void): void {
  lost = listener
}

type Options = { signal?: AbortSignal; keepalive?: boolean }

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, credentials: 'same-origin' })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Refusal(0, {})
  }
}

async function answer<T>(response: Response, path: string): Promise<T> {
  const isJson = response.headers.get('content-type')?.includes('json')
  const body: unknown = isJson ? await response.json().catch(() => ({})) : {}
  if (response.ok) return body as T
  if (response.status === 401 && path !== '/api/v1/session') lost()
  const problem = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  throw new Refusal(response.status, { requestId: response.headers.get('x-request-id') ?? undefined, ...problem })
}

/** The one door to the server: JSON in, JSON out, every refusal a `Refusal`. */
export async function call<T>(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  options: Options = {},
): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (method !== 'GET') headers['x-shisu'] = '1'
  if (body !== undefined) headers['content-type'] = 'application/json'
  const init = { method, headers, body: body === undefined ? undefined : JSON.stringify(body), ...options }
  return answer<T>(await send(path, init), path)
}

/** Reads `path` with the given query; empty values are left out. */
export function read<T>(
  path: string,
  query: Record<string, string | undefined> = {},
  signal?: AbortSignal,
): Promise<T> {
  const pairs = Object.entries(query).filter((pair): pair is [string, string] => !!pair[1])
  const search = pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : ''
  return call<T>('GET', path + search, undefined, { signal })
}

/** The address of a stored file. */
export function fileUrl(sha256: string): string {
  return `/api/v1/files/${sha256}`
}

/** Stores a file under its sha256; storing it twice is the same as once. */
export async function putFile(sha256: string, bytes: Blob): Promise<void> {
  const headers = { 'content-type': bytes.type, 'x-shisu': '1' }
  const path = fileUrl(sha256)
  await answer(await send(path, { method: 'PUT', headers, body: bytes }), path)
}
