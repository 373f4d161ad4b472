import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type Sql } from 'postgres'
import { type Follower, follow } from '../../src/platform/feed/follow.ts'
import type { Change } from '../../src/platform/operation.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'

let database: FreshDatabase
let sql: Sql

before(async () => {
  database = await freshDatabase()
  sql = database.sql
})
after(() => database.close())

const owner = '01920000-0000-7000-8000-000000000001'

async function write(tx: Pick<Sql, 'unsafe'>, kind: string, id: string): Promise<void> {
  await tx.unsafe(
    `insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
     values ($1, $2, $3, 1, 1, '{}', '450204', '{}')`,
    [owner, kind, id],
  )
}

/**
 * Catches up until the condition holds. The oldest running transaction counts over the whole server: one that another
 * test file has open in its own database holds this feed back too, until it ends.
 */
async function caughtUp(follower: Follower, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(20)) {
    await follower.catchUp()
    if (await condition()) return
  }
}

const quiet = { intervalMs: 3_600_000, onError: () => {} }

test('a change committed late by a transaction that began early is not passed over', async () => {
  const seen: string[] = []
  const reaction = {
    name: 'late',
    kinds: ['a'],
    react: async (_: unknown, change: Change) => void seen.push(change.id),
  }
  const follower = await follow(sql, [reaction], quiet)
  const other = postgres(database.url, { max: 1, onnotice: () => {} })
  const early = crypto.randomUUID()
  const late = crypto.randomUUID()
  const written = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const slow = other.begin(async (tx) => {
    await write(tx, 'a', early)
    written.resolve()
    await release.promise
  })
  await written.promise
  await write(sql, 'a', late)
  await follower.catchUp()
  const seenWhileRunning = [...seen]
  release.resolve()
  await slow
  await caughtUp(follower, () => seen.length >= 2)
  await follower.stop()
  await other.end()
  assert.deepEqual(seenWhileRunning, [], 'nothing at or beyond the oldest running transaction is read')
  assert.deepEqual(seen, [early, late])
})

test('a reaction that fails is tried again from where it stood, and what it wrote with the failure is undone', async () => {
  await sql`create table reacted (id uuid)`
  let failing = true
  const reaction = {
    name: 'failing',
    kinds: ['b'],
    react: async (tx: Sql, change: Change) => {
      await tx`insert into reacted values (${change.id})`
      if (failing) throw new Error('not yet')
    },
  }
  const follower = await follow(sql, [reaction], quiet)
  const id = crypto.randomUUID()
  await write(sql, 'b', id)
  await assert.rejects(caughtUp(follower, () => false))
  assert.equal((await sql`select * from reacted`).length, 0)
  failing = false
  await caughtUp(follower, async () => (await sql`select * from reacted`).length > 0)
  await follower.catchUp()
  assert.deepEqual([...(await sql`select * from reacted`)], [{ id }])
  await follower.stop()
})

test('two processes with the same follower do each change once', async () => {
  const counts = new Map<string, number>()
  const reaction = {
    name: 'twice',
    kinds: ['c'],
    react: async (_: unknown, change: Change) => void counts.set(change.id, (counts.get(change.id) ?? 0) + 1),
  }
  const followers = await Promise.all([follow(sql, [reaction], quiet), follow(sql, [reaction], quiet)])
  for (let i = 0; i < 700; i++) await write(sql, 'c', crypto.randomUUID())
  await Promise.all(followers.map((follower) => follower.catchUp()))
  await Promise.all(followers.map((follower) => caughtUp(follower, () => counts.size === 700)))
  assert.equal(counts.size, 700)
  assert.ok([...counts.values()].every((count) => count === 1))
  await Promise.all(followers.map((follower) => follower.stop()))
})

test('each change is taken once and in order where the transaction numbers gain a digit', async () => {
  const seen: string[] = []
  const reaction = {
    name: 'digits',
    kinds: ['d'],
    react: async (_: unknown, change: Change) => void seen.push(change.id),
  }
  const follower = await follow(sql, [reaction], quiet)
  const ids = ['8', '9', '10', '11'].map((xid) => ({ xid, id: crypto.randomUUID() }))
  for (const { xid, id } of ids)
    await sql`insert into change (xid, owner_id, kind, id, version, schema_version, actor, region, image)
      values (${xid}::text::xid8, ${owner}, 'd', ${id}, 1, 1, '{}', '450204', '{}')`
  await caughtUp(follower, () => seen.length >= ids.length)
  await follower.catchUp()
  await follower.stop()
  assert.deepEqual(
    seen,
    ids.map(({ id }) => id),
  )
})

test('a long transaction in another database of the same server holds nothing back', async () => {
  const seen: string[] = []
  const reaction = {
    name: 'elsewhere',
    kinds: ['e'],
    react: async (_: unknown, change: Change) => void seen.push(change.id),
  }
  const elsewhere = await freshDatabase()
  const written = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const slow = elsewhere.sql.begin(async (tx) => {
    await tx`create table held (id integer)`
    written.resolve()
    await release.promise
  })
  await written.promise
  const follower = await follow(sql, [reaction], quiet)
  const id = crypto.randomUUID()
  await write(sql, 'e', id)
  await follower.catchUp()
  release.resolve()
  await slow
  await follower.stop()
  await elsewhere.close()
  assert.deepEqual(seen, [id])
})
