import type { Sql } from 'postgres'
import { createAccount, createAuthority } from '../../src/platform/access/accounts.ts'
import { codeAt, fromBase32, stepOf } from '../../src/platform/access/totp.ts'
import type { Answer } from '../people.ts'
import type { TestServer } from '../server.ts'

/** Somebody at a browser: a cookie jar and the header that the pages send. */
export type Visitor = {
  cookie: string
  call<Body = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<Body>>
  signIn(user: string, password: string): Promise<Answer>
}

export function visitor(url: string, headers: Record<string, string> = {}): Visitor {
  const self: Visitor = {
    cookie: '',
    async call(method, path, body) {
      const response = await fetch(url + path, {
        method,
        redirect: 'manual',
        headers: {
          ...(self.cookie ? { cookie: self.cookie } : {}),
          'x-shisu': '1',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      })
      for (const set of response.headers.getSetCookie())
        if (set.startsWith('shisu_session=')) self.cookie = set.split(';')[0] ?? ''
      const text = await response.text()
      const json = /\/(problem\+)?json/.test(response.headers.get('content-type') ?? '')
      return { status: response.status, body: (json ? JSON.parse(text) : { text }) as never, headers: response.headers }
    },
    signIn: (user, password) => self.call('POST', '/api/v1/session', { user, password }),
  }
  return self
}

export const strong = 'Huajiao-2026!'

/** The code of an authenticator app with this secret now; `later` steps on. */
export const codeOf = (secret: string, later = 0): string => codeAt(fromBase32(secret), stepOf(new Date()) + later)

export type Administrators = Record<
  'system' | 'security' | 'audit',
  Visitor & { id: string; login: string; secret: string }
>

/** Opens the three administrators, each with an authenticator, signed in. */
export async function administratorsOf(server: TestServer): Promise<Administrators> {
  const now = new Date()
  const sql = server.sql as Sql
  const ownerId = await createAuthority(sql, '示例运维单位', '450200')
  const made: Partial<Administrators> = {}
  for (const role of ['system', 'security', 'audit'] as const) {
    const login = `admin-${role}-${Math.random().toString(36).slice(2, 8)}`
    const id = await createAccount(sql, { ownerId, login, name: `示例${role}`, role, password: strong }, now)
    const person = visitor(server.url)
    await person.signIn(login, strong)
    const { body } = await person.call<{ secret: string }>('POST', '/api/v1/me/factors/totp', {})
    const confirmed = await person.call('POST', '/api/v1/me/factors/totp/confirm', { code: codeOf(body.secret) })
    // Each step opens the door once; the test signs in again within the same half minute.
    await sql`update second_factor set last_step = 0 where account_id = ${id}`
    if (confirmed.status !== 200) throw new Error(JSON.stringify(confirmed.body))
    made[role] = Object.assign(person, { id, login, secret: body.secret })
  }
  return made as Administrators
}
