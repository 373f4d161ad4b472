import type { ISql, Sql } from 'postgres'
import type { Change, Gathering, Reaction } from '../operation.ts'

/** Changes taken in one step. */
const batch = 500

export type Follower = {
  /** Works off what has been committed so far; returns how many changes it took. */
  catchUp(): Promise<number>
  stop(): Promise<void>
}

/**
 * Takes the next changes for one reaction and moves its cursor in the same transaction: what the reaction writes and
 * how far it has come are committed together. Only rows below this database's oldest running transaction are read: a transaction
 * that started earlier and commits later would otherwise be passed over for ever.
 */
async function step(sql: Sql, reaction: Reaction | Gathering): Promise<number> {
  return sql.begin(async (tx) => {
    const [cursor] = await tx<{ xid: string; seq: string }[]>`
      select xid::text, seq from follower where name = ${reaction.name} for update skip locked`
    if (!cursor) return 0
    // A statement of its own, before the rows are read: see feed_horizon.
    const [{ horizon } = { horizon: '0' }] = await tx<{ horizon: string }[]>`select feed_horizon()::text as horizon`
    // Qualified in the order: the bare names would mean the texts of the answer, and sort "10" before "9".
    const rows = await tx<(Change & { xid: string })[]>`
      select xid::text, seq::text, kind, id, owner_id as "ownerId", version, region, at, actor,
        -- The images of other kinds are not even sent: most changes concern only one of many followers.
        case when kind = any(${'kinds' in reaction ? (reaction.kinds as string[]) : []}::text[]) then image end as image
      from change
      where stream = 0 and (xid, seq) > (${cursor.xid}::text::xid8, ${cursor.seq}::bigint)
        and xid < ${horizon}::text::xid8
      order by change.xid, change.seq limit ${batch}`
    const last = rows.at(-1)
    if (!last) return 0
    if ('take' in reaction) await reaction.take(tx, rows)
    else for (const change of rows) if (reaction.kinds.includes(change.kind)) await reaction.react(tx, change)
    await tx`update follower set xid = ${last.xid}::text::xid8, seq = ${last.seq}, moved_at = now() where name = ${reaction.name}`
    return rows.length
  }) as Promise<number>
}

/** Follows the change feed with some reactions, each at its own pace, polling every `intervalMs`. */
export async function follow(
  sql: Sql,
  reactions: readonly (Reaction | Gathering)[],
  options: { intervalMs: number; onError: (error: unknown, name: string) => void },
): Promise<Follower> {
  for (const { name } of reactions) await sql`insert into follower (name) values (${name}) on conflict do nothing`
  const catchUpOne = async (reaction: Reaction | Gathering): Promise<number> => {
    let taken = 0
    for (;;) {
      const count = await step(sql, reaction)
      taken += count
      if (count < batch) return taken
    }
  }
  let stopping = false
  let working: Promise<unknown> = Promise.resolve()
  const round = async () => {
    for (const reaction of reactions)
      if (!stopping) await catchUpOne(reaction).catch((error) => options.onError(error, reaction.name))
  }
  let isWorking = false
  const timer = setInterval(() => {
    // A round that takes longer than the interval is not followed by a queue of others.
    if (isWorking) return
    isWorking = true
    working = round().finally(() => {
      isWorking = false
    })
  }, options.intervalMs)
  timer.unref()
  return {
    catchUp: async () => {
      let taken = 0
      for (const reaction of reactions) taken += await catchUpOne(reaction)
      return taken
    },
    stop: async () => {
      stopping = true
      clearInterval(timer)
      await working
    },
  }
}

/** Sets a follower back to the beginning: it reads the whole feed again, which its reaction must bear. */
export async function replay(sql: ISql, name: string): Promise<void> {
  await sql`update follower set xid = '0', seq = 0, moved_at = now() where name = ${name}`
}

/** How many changes each follower still has before it, and since when it has stood still. */
export async function lag(sql: Sql): Promise<{ name: string; behind: number; movedAt: Date }[]> {
  return sql`
    select f.name, f.moved_at as "movedAt",
      (select count(*)::int from change c where c.stream = 0 and (c.xid, c.seq) > (f.xid, f.seq)) as behind
    from follower f order by f.name`
}
