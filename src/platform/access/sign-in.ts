import { randomBytes } from 'node:crypto'
import { Failure } from '../../failure.ts'
import { type Door, mayEnter, type Next } from './door.ts'
import { countAttempt, countFailure, countSuccess } from './guard.ts'
import { hashPassword, passwordMatches } from './password.ts'
import { type Account, nextStep, openSession, usableAccount } from './session.ts'

// Checked when the account does not exist, so that answers take the same time and names cannot be probed.
const nobody = hashPassword(randomBytes(16).toString('hex'))

const wrong = () => new Failure(401, 'wrong-password', '用户名或密码不对')

/** The keys under which failures are counted: the name as typed, known or not, and the address. */
const keysOf = (login: string, address: string) => [`login ${login.toLowerCase()}`, `address ${address}`] as const

/**
 * Signs in with a password and returns the new session's token. The same refusal, after the same time, whether name,
 * password, state of the account, hour or address is wrong; a lock says so, known name or not.
 */
export async function signIn(
  door: Door,
  login: string,
  password: string,
): Promise<{ account: Account; token: string; next: Next | null }> {
  const { sql, now } = door
  const policy = await door.policies.get('lockout')
  const [byName, byAddress] = keysOf(login, door.address)
  const nameLimit = { failures: policy.failures, minutes: policy.minutes }
  const addressLimit = { failures: policy.addressFailures, minutes: policy.minutes }
  await countAttempt(sql, byAddress, addressLimit, now)
  await countAttempt(sql, byName, nameLimit, now)
  const account = await usableAccount(sql, { login }, now)
  const matches = await passwordMatches(password, account?.passwordHash ?? (await nobody))
  const enters = account ? await mayEnter(door, account.role) : false
  if (!account || !matches || !enters) {
    await countFailure(sql, byAddress, addressLimit, now)
    await countFailure(sql, byName, nameLimit, now)
    throw wrong()
  }
  await countSuccess(sql, byName, 'anew')
  await countSuccess(sql, byAddress, 'take-back')
  const next = await nextStep(door, account, 'password')
  return { account, token: await openSession(door, account, { factor: 'password', next }), next }
}

/** Proves the password again before something dangerous in one's own account. */
export async function requirePassword(door: Door, accountId: string, password: unknown): Promise<Account> {
  const policy = await door.policies.get('lockout')
  const account = await usableAccount(door.sql, { id: accountId }, door.now)
  const key = `login ${account?.login.toLowerCase() ?? ''}`
  const limit = { failures: policy.failures, minutes: policy.minutes }
  await countAttempt(door.sql, key, limit, door.now)
  const given = typeof password === 'string' ? password.slice(0, 400) : ''
  if (!account || !(await passwordMatches(given, account.passwordHash))) {
    await countFailure(door.sql, key, limit, door.now)
    throw new Failure(422, 'wrong-password', '现在的密码不对', {
      problems: [{ code: 'wrong-password', text: '现在的密码不对', at: '/current' }],
    })
  }
  await countSuccess(door.sql, key, 'anew')
  return account
}
