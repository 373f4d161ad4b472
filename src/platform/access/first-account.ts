import { randomBytes } from 'node:crypto'
import type { Sql } from 'postgres'
import { createAccount, createAuthority } from './accounts.ts'

/** Opens the first account of an empty installation: the city authority's. Returns its password, shown once. */
export async function openFirstAccount(
  sql: Sql,
  region: string,
  now: Date,
): Promise<{ user: string; password: string } | undefined> {
  const [known] = await sql`select from account limit 1`
  if (known) return undefined
  const password = `Aa1-${randomBytes(9).toString('base64url')}`
  const ownerId = await createAuthority(sql, '市级监管部门', region)
  await createAccount(sql, { ownerId, login: 'admin', name: '管理员', role: 'city', password }, now)
  return { user: 'admin', password }
}
