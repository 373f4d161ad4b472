import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(argon2)

/** OWASP's floor for argon2id: 19 MiB, two passes, one lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 }

async function digest(password: string, nonce: Buffer, chosen: typeof cost): Promise<Buffer> {
  return derive('argon2id', { message: password.normalize('NFKC'), nonce, tagLength: 32, ...chosen })
}

/** Hashes a password with argon2id into the PHC string form. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16)
  const tag = await digest(password, nonce, cost)
  const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${text(nonce)}$${text(tag)}`
}

const shape = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

/** Whether the password is the one that was hashed. */
export async function passwordMatches(password: string, hash: string): Promise<boolean> {
  const [, memory, passes, parallelism, nonce, tag] = shape.exec(hash) ?? []
  if (!nonce || !tag) return false
  const chosen = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  const expected = Buffer.from(tag, 'base64')
  return timingSafeEqual(await digest(password, Buffer.from(nonce, 'base64'), chosen), expected)
}

const classes: readonly [RegExp, string][] = [
  [/\p{Lu}/u, '大写字母'],
  [/\p{Ll}/u, '小写字母'],
  [/\p{Nd}/u, '数字'],
  [/[^\p{L}\p{N}\s]/u, '特殊字符'],
]

/** Begin many lists of guessed passwords; four classes alone do not keep them out. */
const guessed = /^(p[a@]ssw[o0]rd|admin|qwer|asdf|abc123|welcome|shisu|iloveyou|test@?123|root|user)/i

/** What a new password lacks, in one sentence each (E5.3.7.e is the floor of `lengthMin`). */
export function passwordProblems(password: string, lengthMin: number, login: string): string[] {
  const problems: string[] = []
  const length = [...password].length
  if (length < lengthMin) problems.push(`密码至少 ${lengthMin} 位，现在是 ${length} 位`)
  if (length > 200) problems.push('密码不能超过 200 位')
  const missing = classes.filter(([pattern]) => !pattern.test(password)).map(([, title]) => title)
  if (missing.length > 0) problems.push(`密码还缺${missing.join('、')}`)
  if (login.length >= 3 && password.toLowerCase().includes(login.toLowerCase())) problems.push('密码里不能有用户名')
  if (guessed.test(password)) problems.push('这个密码太常见，请换一个')
  return problems
}
