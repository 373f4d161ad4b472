import { randomUUID } from 'node:crypto'
import type { ISql } from 'postgres'

const holder = randomUUID()

/**
 * Takes or renews a lease for this process; returns its fence, or undefined while another holds it. The fence grows with
 * every new holder: a write made under an older one can be told and refused.
 */
export async function takeLease(sql: ISql, name: string, seconds: number): Promise<bigint | undefined> {
  const [row] = await sql<{ fence: string }[]>`
    insert into lease as l (name, holder, fence, until)
    values (${name}, ${holder}, 1, now() + ${seconds} * interval '1 second')
    on conflict (name) do update set
      fence = case when l.holder = excluded.holder then l.fence else l.fence + 1 end,
      holder = excluded.holder, until = excluded.until
    where l.holder = excluded.holder or l.until < now()
    returning fence`
  return row && BigInt(row.fence)
}

export type Repeating = { stop(): Promise<void> }

/** Runs some work every `seconds` in whichever process holds the lease of its name. A failure is told and tried again. */
export function everySoOften(
  sql: ISql,
  name: string,
  seconds: number,
  work: () => Promise<void>,
  onError: (error: unknown, name: string) => void,
): Repeating {
  let running: Promise<void> = Promise.resolve()
  const round = async () => {
    const fence = await takeLease(sql, name, seconds * 3)
    if (fence !== undefined) await work()
  }
  const timer = setInterval(() => {
    running = running.then(round).catch((error) => onError(error, name))
  }, seconds * 1000)
  timer.unref()
  return {
    stop: async () => {
      clearInterval(timer)
      await running
    },
  }
}
