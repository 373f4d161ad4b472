import type { Sql } from 'postgres'
import { createAccount, createAuthority } from './accounts.ts'
import { temporaryPassword } from './new-password.ts'

export type FirstAccount = { user: string; password: string; name: string }

const first = [
  { role: 'system', user: 'xitong', name: '系统管理员' },
  { role: 'security', user: 'anquan', name: '安全管理员' },
  { role: 'audit', user: 'shenji', name: '审计管理员' },
] as const

/**
 * Opens the three administrators of an empty installation, for three people: none of them alone can open an account
 * with rights, grant one, or hide that it was done. Returns their passwords, shown once and changed at first sign-in.
 */
export async function openFirstAccounts(sql: Sql, region: string, now: Date): Promise<FirstAccount[]> {
  const [known] = await sql`select from account limit 1`
  if (known) return []
  return sql.begin(async (tx) => {
    const ownerId = await createAuthority(tx, '平台运行维护单位', region)
    const opened: FirstAccount[] = []
    for (const { role, user, name } of first) {
      const password = temporaryPassword()
      await createAccount(tx, { ownerId, login: user, name, role, password, mustChange: 'first' }, now)
      opened.push({ user, password, name })
    }
    return opened
  }) as Promise<FirstAccount[]>
}
