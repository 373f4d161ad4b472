import { notFound } from '../../failure.ts'
import type { DangerousAct } from './approvals.ts'
import { clearFactors } from './factors.ts'
import { temporaryPassword } from './new-password.ts'
import { hashPassword } from './password.ts'
import { endSessions } from './session.ts'

const idOf = (subject: Record<string, unknown>): string => String(subject.id)

/** An account opened by the system administrator has no rights before the security administrator confirms it. */
export const confirmAccount: DangerousAct = {
  name: 'confirm-account',
  title: '开立账号',
  deciders: ['security'],
  async carryOut(sql, subject, _decider, now) {
    const [row] = await sql`update account set confirmed_at = ${now}, version = version + 1
      where id = ${idOf(subject)} and confirmed_at is null returning id`
    if (!row) throw notFound('待确认的账号')
  },
}

/** Another place in the role tree. */
export const grantPosition: DangerousAct = {
  name: 'grant-position',
  title: '变更角色',
  deciders: ['security', 'system'],
  async carryOut(sql, subject) {
    const [row] = await sql`update account set position = ${String(subject.position)}, version = version + 1
      where id = ${idOf(subject)} returning id`
    if (!row) throw notFound('这个账号')
    await endSessions(sql, idOf(subject))
  },
}

/** A disabled account in use again. */
export const restoreAccount: DangerousAct = {
  name: 'restore-account',
  title: '恢复账号',
  deciders: ['security', 'system'],
  async carryOut(sql, subject) {
    const [row] = await sql`update account set disabled_at = null, disabled_reason = null, version = version + 1
      where id = ${idOf(subject)} returning id`
    if (!row) throw notFound('这个账号')
  },
}

/** A new password for once, shown to whoever carries it to the person; with `factors` the second factors go too. */
export const recoverAccount: DangerousAct = {
  name: 'recover-account',
  title: '重置密码',
  deciders: ['security', 'system', 'audit'],
  async carryOut(sql, subject, _decider, now) {
    const password = temporaryPassword()
    const [row] = await sql<{ login: string }[]>`
      update account set password_hash = ${await hashPassword(password)}, password_changed_at = ${now},
        must_change = 'reset', version = version + 1
      where id = ${idOf(subject)} and disabled_at is null returning login`
    if (!row) throw notFound('在用的账号')
    if (subject.factors === true) await clearFactors(sql, idOf(subject))
    await endSessions(sql, idOf(subject))
    return { login: row.login, password }
  },
}
