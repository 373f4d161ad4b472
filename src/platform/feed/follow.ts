import type { ISql, Sql } from 'postgres'
import { advance, ahead, feedHorizon, inOrder, openCursor, type Place } from '../../feed/index.ts'
import type { Change, Gathering, Reaction } from '../operation.ts'
import { atOnce, type Pace } from './pace.ts'

/** Changes taken in one step. */
const batch = 500

export type Follower = {
  /** Works off what has been committed so far; returns how many changes it took, each follower's counted. */
  catchUp(): Promise<number>
  stop(): Promise<void>
}

type Follows = Reaction | Gathering
type Read = Change & Place

const kindsOf = (reactions: readonly Follows[]): string[] =>
  reactions.flatMap((each) => ('kinds' in each ? [...each.kinds] : []))

/** The next changes after a place. What lies below the horizon never alters: it is read once for all who stand there. */
async function readAfter(sql: Sql, place: Place, reactions: readonly Follows[]): Promise<Read[]> {
  const horizon = await feedHorizon(sql)
  return sql<Read[]>`
    select c.xid::text, c.seq::text, c.kind, c.id, c.owner_id as "ownerId", c.version, c.region, c.at, c.actor,
      -- The images of other kinds are not even sent: most changes concern only one of many followers.
      case when c.kind = any(${kindsOf(reactions)}::text[]) then c.image end as image
    from change c where c.stream = 0 and ${ahead(sql, 'c', place, horizon)} ${inOrder(sql, 'c')} limit ${batch}`
}

/** One reaction's answer to changes that were read for it; nothing where it has been moved from `place` meanwhile. */
async function answer(sql: Sql, reaction: Follows, from: Place, rows: readonly Read[]): Promise<number> {
  return advance(sql, { table: 'follower', name: reaction.name }, async (tx, after) => {
    if (after.xid !== from.xid || after.seq !== from.seq) return undefined
    if ('take' in reaction) await reaction.take(tx, rows)
    else for (const change of rows) if (reaction.kinds.includes(change.kind)) await reaction.react(tx, change)
    return { place: rows.at(-1) as Read, count: rows.length }
  })
}

/** Those whom nothing of what was read concerns only move on, all in one statement. */
async function passOver(sql: Sql, names: readonly string[], from: Place, to: Place, count: number): Promise<number> {
  if (names.length === 0) return 0
  const moved = await sql`
    update follower set xid = ${to.xid}::text::xid8, seq = ${to.seq}, moved_at = now()
    where name in (select name from follower where name = any(${names as string[]}) for update skip locked)
      and xid = ${from.xid}::text::xid8 and seq = ${from.seq}`
  return moved.count * count
}

type Options = {
  intervalMs: number
  onError: (error: unknown, name: string) => void
  /** Keeps the work to its share of the time; without it each change is answered as soon as it is seen. */
  pace?: Pace
}

/**
 * Follows the change feed with some reactions, polling every `intervalMs`. Those who stand at the same place read
 * together; each answers in a transaction of its own, and one that fails stays behind without holding up the others.
 */
export async function follow(sql: Sql, reactions: readonly Follows[], options: Options): Promise<Follower> {
  const { intervalMs, onError, pace = atOnce } = options
  const names = reactions.map(({ name }) => name)
  for (const name of names) await openCursor(sql, { table: 'follower', name })
  let stopping = false

  const step = async (place: Place, here: readonly Follows[], failed: (error: unknown, name: string) => void) => {
    const rows = await readAfter(sql, place, here)
    const last = rows.at(-1)
    if (!last) return { taken: 0, more: false }
    const came = new Set(rows.map(({ kind }) => kind))
    const concerned = here.filter((each) => 'take' in each || each.kinds.some((kind) => came.has(kind)))
    const others = here.filter((each) => !concerned.includes(each)).map(({ name }) => name)
    let taken = await passOver(sql, others, place, last, rows.length)
    for (const each of concerned)
      taken += await answer(sql, each, place, rows).catch((error) => {
        failed(error, each.name)
        return 0
      })
    return { taken, more: taken > 0 && rows.length === batch }
  }

  const round = async (failed: (error: unknown, name: string) => void) => {
    const standing = await sql<(Place & { name: string })[]>`
      select name, xid::text, seq::text from follower where name = any(${names})`
    const done = { taken: 0, more: false }
    for (const here of Map.groupBy(standing, ({ xid, seq }) => `${xid} ${seq}`).values()) {
      if (stopping) break
      const those = reactions.filter(({ name }) => here.some((each) => each.name === name))
      const { taken, more } = await pace(() => step(here[0] as Place, those, failed))
      done.taken += taken
      done.more ||= more
    }
    return done
  }

  let working: Promise<unknown> | undefined
  const timer = setInterval(() => {
    // A round that takes longer than the interval is not followed by a queue of others.
    working ??= (async () => {
      while (!stopping && (await round(onError)).more);
    })()
      .catch((error) => onError(error, 'feed'))
      .finally(() => {
        working = undefined
      })
  }, intervalMs)
  timer.unref()
  return {
    catchUp: async () => {
      let taken = 0
      for (;;) {
        const failures: unknown[] = []
        const done = await round((error) => failures.push(error))
        taken += done.taken
        if (failures.length > 0) throw failures[0]
        if (done.taken === 0) return taken
      }
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
