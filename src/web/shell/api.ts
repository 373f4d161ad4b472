import { keyHere, signatureFor } from '../access/signing.ts'
import { keepFile } from '../offline/files.ts'
import { keptAnswer, remember } from '../offline/kept.ts'
import { bodyOf, Refusal } from './answer.ts'
import { nobodyIsThere } from './presence.ts'

export { Refusal }

let lost: () => void = () => {}

/** Tells `listener` whenever an answer shows that the session has ended. */
export function onSessionLost(listener: () => void): void {
  lost = listener
}

let offerKey: (() => Promise<boolean>) | undefined

/** Has `offer` asked where something must be signed and this browser has no key; true says that it has one now. */
export function onKeyWanted(offer: () => Promise<boolean>): void {
  offerKey = offer
}

/** Says that the session has ended, as an answer would. */
export function tellSessionLost(): void {
  lost()
}

type Options = {
  signal?: AbortSignal
  keepalive?: boolean
  /** Refused by the server where another account is signed in by now. */
  account?: string
}

/** Events are shown, and declared wrong, in the words they came in. */
const formOf = (path: string): Record<string, string> =>
  path.startsWith('/epcis/') ? { 'gs1-epc-format': 'Never_Translates' } : {}

/** A network that neither answers nor fails is none. */
const patienceMs = 25_000

async function send(path: string, init: RequestInit): Promise<Response> {
  const patience = AbortSignal.timeout(patienceMs)
  const signal = init.signal ? AbortSignal.any([init.signal, patience]) : patience
  const headers = nobodyIsThere() ? { ...init.headers, 'x-shisu-unasked': '1' } : init.headers
  try {
    return await fetch(path, { ...init, headers, signal, credentials: 'same-origin' })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Refusal(0, {})
  }
}

async function answer<T>(response: Response, path: string): Promise<T> {
  if (response.status === 401 && path !== '/api/v1/session') lost()
  return (await bodyOf(response)) as T
}

/** The one door to the server: JSON in, JSON out, every refusal a `Refusal`. */
export async function call<T>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  options: Options = {},
): Promise<T> {
  const { account, ...rest } = options
  const headers: Record<string, string> = { accept: 'application/json', ...formOf(path) }
  if (method !== 'GET') headers['x-shisu'] = '1'
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (account) headers['x-shisu-account'] = account
  const attempt = async () => {
    const signed = await signatureFor(method, path, body)
    if (signed) headers['x-shisu-signature'] = signed
    const init = { method, headers, body: body === undefined ? undefined : JSON.stringify(body), ...rest }
    return answer<T>(await send(path, init), path)
  }
  try {
    return await attempt()
  } catch (error) {
    // What waited in the outbox is sent unasked: nobody is there to be asked.
    const wanted = error instanceof Refusal && error.code === 'signature-required' && !keyHere() && !account
    if (!wanted || !(await offerKey?.())) throw error
    return attempt()
  }
}

/** Whether a refusal says that the server was not reached, so that trying later may do. */
export function isUnreached(error: unknown): boolean {
  return error instanceof Refusal && [0, 502, 503, 504].includes(error.status)
}

/** Reads `path` with the given query; empty values are left out. Without a network, what was taken along answers. */
export async function read<T>(
  path: string,
  query: Record<string, string | undefined> = {},
  signal?: AbortSignal,
): Promise<T> {
  const pairs = Object.entries(query).filter((pair): pair is [string, string] => !!pair[1])
  const search = pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : ''
  try {
    const body = await call<T>('GET', path + search, undefined, { signal })
    remember(path, query, body)
    return body
  } catch (error) {
    const kept = isUnreached(error) ? await keptAnswer(path, query) : undefined
    if (kept === undefined) throw error
    return kept as T
  }
}

/** A page of an answer that goes on: `next` is the address that the server's Link header names. */
export async function readPaged<T>(path: string, signal?: AbortSignal): Promise<{ body: T; next?: string }> {
  const response = await send(path, { method: 'GET', headers: { accept: 'application/json', ...formOf(path) }, signal })
  const body = await answer<T>(response, path)
  const link = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1]
  const url = link ? new URL(link, location.href) : undefined
  return { body, ...(url && { next: url.pathname + url.search }) }
}

/** An answer as text in another media type, with its headers. */
export async function readText(path: string, accept: string): Promise<{ text: string; headers: Headers }> {
  const response = await send(path, { method: 'GET', headers: { accept, ...formOf(path) } })
  if (!response.ok) await answer(response, path)
  return { text: await response.text(), headers: response.headers }
}

/** Sends a document of another media type than JSON's records; the answer is JSON. */
export async function sendText<T>(
  path: string,
  text: string,
  type: string,
  headers: Record<string, string> = {},
): Promise<T> {
  const init = { method: 'POST', headers: { 'content-type': type, 'x-shisu': '1', ...headers }, body: text }
  return answer<T>(await send(path, init), path)
}

/** The address of a stored file. */
export function fileUrl(sha256: string): string {
  return `/api/v1/files/${sha256}`
}

/** Sends a file to be stored under its sha256; sending it twice is the same as once. */
export async function sendFile(sha256: string, bytes: Blob, account?: string): Promise<void> {
  const headers: Record<string, string> = { 'content-type': bytes.type, 'x-shisu': '1' }
  if (account) headers['x-shisu-account'] = account
  const path = fileUrl(sha256)
  await answer(await send(path, { method: 'PUT', headers, body: bytes }), path)
}

/** Stores a file; without a network it is kept here and sent with the record that speaks of it. */
export async function putFile(sha256: string, bytes: Blob): Promise<void> {
  try {
    await sendFile(sha256, bytes)
  } catch (error) {
    if (!isUnreached(error) || !(await keepFile(sha256, bytes))) throw error
  }
}
