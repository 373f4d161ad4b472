import type { ISql, Sql } from 'postgres'

/**
 * Runs one statement in a transaction of its own and says by `ran` when it has run: its commit, which waits for the disk,
 * is then under way while the next statement is worked on. Returns when all is committed.
 */
export async function committed<T>(sql: Sql, run: (tx: ISql) => Promise<T>, ran: () => void): Promise<T> {
  const tx = await sql.reserve()
  try {
    // Sent together with the statement; what breaks it breaks the statement too.
    tx.unsafe('begin', [], { prepare: true })
      .execute()
      .catch(() => {})
    const done = await run(tx)
    ran()
    await tx.unsafe('commit', [], { prepare: true })
    return done
  } catch (error) {
    await tx.unsafe('rollback').catch(() => {})
    throw error
  } finally {
    tx.release()
  }
}
