import type { Sql } from 'postgres'
import { type Sign, signerFor } from '../demo/signer.ts'
import { createAccount, createAuthority, createToken } from '../src/platform/access/accounts.ts'
import { startServer, type TestServer } from './server.ts'

export type Answer<Body = Record<string, unknown>> = { status: number; body: Body; headers: Headers }

/** Somebody with a token, who calls the API. */
export type Person = {
  ownerId: string
  token: string
  call<Body = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<Body>>
}

type Role = 'city' | 'county' | 'enterprise'

/** Calls the API as whoever the token names; nobody without one. */
export async function call<Body = Record<string, unknown>>(
  url: string,
  token: string | undefined,
  method: string,
  path: string,
  body?: unknown,
  more: Record<string, string> = {},
): Promise<Answer<Body>> {
  const response = await fetch(new URL(path, url), {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...more,
    },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json')
  return { status: response.status, body: (isJson ? JSON.parse(text) : { text }) as Body, headers: response.headers }
}

/** Orders, which their author signs: people of the tests have a key, made when they need it. */
const order =
  /^\/api\/v1\/(records\/recall-order(\/[0-9a-f-]{36}(\/(void|merge|steps\/[a-z-]+))?)?|operations\/start-recall)$/

/** Half a character cannot be signed: the server is to say so. */
const signableOf = (body: unknown): unknown => (/\\ud[89a-f]/i.test(JSON.stringify(body ?? {})) ? {} : body)

let serial = 0

/** Opens an account for an owner, with a token. */
export async function personOf(
  server: TestServer,
  ownerId: string,
  role: Role,
  scopes: string[] = [],
): Promise<Person> {
  const { sql, url } = server
  const now = new Date()
  const login = `test${++serial}`
  const id = await createAccount(sql as Sql, { ownerId, login, name: login, role, password: 'Test-12345' }, now)
  const token = await createToken(sql, id, { name: 'test', scopes, expiresAt: new Date(now.getTime() + 3600_000) }, now)
  let signing: Promise<Sign> | undefined
  return {
    ownerId,
    token,
    async call(method, path, body) {
      if (method === 'GET' || !order.test(path)) return call(url, token, method, path, body)
      signing ??= signerFor(sql as Sql, { userId: id, ownerId }, new Date())
      return call(url, token, method, path, body, {
        'x-shisu-signature': (await signing)(method, path, signableOf(body)),
      })
    },
  }
}

export async function authority(server: TestServer, role: 'city' | 'county', region: string): Promise<Person> {
  return personOf(server, await createAuthority(server.sql, `示例${region}局`, region), role)
}

const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]

/** A made-up USCC with a right check digit (GB 32100). */
export function uscc(number: number): string {
  const body = `91450200MA${String(number).padStart(7, '0')}`
  const sum = [...body].reduce((total, c, i) => total + alphabet.indexOf(c) * (weights[i] as number), 0)
  return body + alphabet[(31 - (sum % 31)) % 31]
}

/** A made-up GLN with a right check digit. */
export function gln(number: number): string {
  const body = `690999${String(number).padStart(6, '0')}`
  const sum = [...body].reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 1 : 3), 0)
  return body + String((10 - (sum % 10)) % 10)
}

/** Files an enterprise in a county through the city's door and opens an account for it. */
export async function enterprise(server: TestServer, city: Person, region: string, name: string): Promise<Person> {
  const number = ++serial
  const { status, body } = await city.call('POST', '/api/v1/records/subject', {
    name,
    uscc: uscc(number),
    activity: 'production',
    region,
    address: '示例路 1 号',
    gln: gln(number),
    contact: '示例人',
    phone: '0772-2860000',
  })
  if (status !== 201) throw new Error(JSON.stringify(body))
  return personOf(server, String(body.id), 'enterprise')
}

export type Town = {
  server: TestServer
  city: Person
  county: Person
  otherCounty: Person
  factory: Person
  neighbour: Person
}

/** A small town: one city, two counties, an enterprise in each. */
export async function openTown(options: Parameters<typeof startServer>[0] = {}): Promise<Town> {
  const server = await startServer(options)
  const city = await authority(server, 'city', '450200')
  const county = await authority(server, 'county', '450204')
  const otherCounty = await authority(server, 'county', '450203')
  const factory = await enterprise(server, city, '450204', '示例食品厂甲')
  const neighbour = await enterprise(server, city, '450203', '示例食品厂乙')
  return { server, city, county, otherCounty, factory, neighbour }
}
