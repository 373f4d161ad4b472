import type { ISql } from 'postgres'
import { Failure, invalid } from '../../failure.ts'
import type { Keyring } from '../protect/keyring.ts'

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

/** Whether a text is an identity number of GB 11643: 17 digits and a check character. */
export function isIdentityNumber(text: string): boolean {
  if (!/^\d{17}[\dX]$/.test(text)) return false
  const sum = weights.reduce((total, weight, i) => total + weight * Number(text[i]), 0)
  return '10X98765432'[sum % 11] === text[17]
}

/** The key under which a person's duty is held: a keyed digest, from which the number cannot be had back. */
export function personKey(keyring: Keyring, number: unknown): Buffer {
  const text = typeof number === 'string' ? number.trim().toUpperCase() : ''
  if (!isIdentityNumber(text))
    throw invalid([{ code: 'wrong-format', text: '身份证号应为 18 位，校验位要对', at: '/identityNumber' }])
  return keyring.digest('person', text)
}

/** Binds a person to one duty. The database refuses a second one; here it is said in words. */
export async function bindPerson(sql: ISql, key: Buffer, duty: string): Promise<void> {
  await sql`insert into person_duty (person_key, duty) values (${key}, ${duty}) on conflict do nothing`
  const [held] = await sql<{ duty: string }[]>`select duty from person_duty where person_key = ${key}`
  if (held?.duty === duty) return
  const text = '同一个人不能兼任系统、安全、审计管理员，也不能既是管理员又办业务'
  throw new Failure(409, 'other-duty', text, { problems: [{ code: 'other-duty', text, at: '/identityNumber' }] })
}
