import type { Sql, TransactionSql } from 'postgres'
import { GoodsHeld, noteRefused } from '../../trace/index.ts'

/**
 * Keeps that somebody wanted to hand held goods on, where that is what was refused. Never throws: whoever is refused is told so,
 * whether this could be kept or not.
 */
export async function keepAttempt(
  sql: Sql | TransactionSql,
  ownerId: string,
  error: unknown,
  now: Date,
): Promise<void> {
  if (!(error instanceof GoodsHeld)) return
  const work = (inner: TransactionSql) => noteRefused(inner, ownerId, error, now)
  try {
    await ('savepoint' in sql ? sql.savepoint(work) : sql.begin(work))
  } catch (failed) {
    console.error('封存货物要被发出，已拦下，但没有记下：', failed)
  }
}
