import { randomInt } from 'node:crypto'
import type { ISql } from 'postgres'
import { invalid } from '../../failure.ts'
import type { Policies } from '../policy/policies.ts'
import { hashPassword, passwordMatches, passwordProblems } from './password.ts'
import type { Account } from './session.ts'

/** Sets a password by the policy in force: length, four classes, none of the last ones. */
export async function setPassword(
  sql: ISql,
  policies: Policies,
  account: Pick<Account, 'id' | 'login' | 'passwordHash'>,
  password: unknown,
  now: Date,
): Promise<void> {
  const { lengthMin, history } = await policies.get('password')
  const refuse = (texts: string[]) => invalid(texts.map((text) => ({ code: 'weak-password', text, at: '/password' })))
  if (typeof password !== 'string' || password === '') throw refuse(['请填写新密码'])
  const problems = passwordProblems(password, lengthMin, account.login)
  if (problems.length > 0) throw refuse(problems)
  const old = await sql<{ passwordHash: string }[]>`
    select password_hash as "passwordHash" from password_history
    where account_id = ${account.id} order by at desc limit ${history}`
  for (const { passwordHash } of [{ passwordHash: account.passwordHash }, ...old.slice(0, history - 1)])
    if (await passwordMatches(password, passwordHash)) throw refuse([`不能与最近 ${history} 次用过的密码相同`])
  await sql`insert into password_history (account_id, at, password_hash)
    values (${account.id}, ${now}, ${account.passwordHash}) on conflict do nothing`
  await sql`update account set password_hash = ${await hashPassword(password)}, password_changed_at = ${now},
    must_change = null, version = version + 1 where id = ${account.id}`
}

// No look-alikes: these are read from paper or a screen.
const letters = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnpqrstuvwxyz', '23456789', '-+=#%@']

/** A password for once, of four classes, to be changed at the first sign-in. */
export function temporaryPassword(): string {
  const pick = (set: string) => set[randomInt(set.length)] as string
  const all = letters.join('')
  const rest = Array.from({ length: 8 }, () => pick(all))
  const chosen = [...letters.map(pick), ...rest]
  for (let i = chosen.length - 1; i > 0; i--) {
    const j = randomInt(i + 1)
    const swap = chosen[i] as string
    chosen[i] = chosen[j] as string
    chosen[j] = swap
  }
  return chosen.join('')
}
