import type { Sql } from 'postgres'
import { legalDay } from '../../standards/china/index.ts'
import { uuidv7 } from '../id.ts'

/** Raises an alarm about the log at the audit desk, once a day for the same words. */
export async function alarm(auditSql: Sql, now: Date, rule: string, text: string): Promise<void> {
  const day = legalDay(now)
  await auditSql`
    insert into audit_alarm (id, at, rule, level, actor_name, text, about)
    values (${uuidv7(now.getTime())}, ${now}, ${rule}, 'bad', '系统', ${text}, ${`${rule} ${day} ${text}`.slice(0, 400)})
    on conflict (about) do nothing`
}
