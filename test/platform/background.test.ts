import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { type Running, start } from '../../src/main.ts'
import { openPace, restAfter } from '../../src/platform/feed/pace.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'

let database: FreshDatabase
let running: Running
let sql: Sql
const dataDir = mkdtempSync(join(tmpdir(), 'shisu-background-'))

before(async () => {
  database = await freshDatabase()
  sql = database.sql
  running = await start({
    databaseUrl: database.url,
    port: 0,
    role: 'all',
    beside: true,
    dataDir,
    empty: true,
    quiet: true,
  })
  await running.worked
})
after(async () => {
  await running.stop()
  await database.close()
  rmSync(dataDir, { recursive: true, force: true })
})

async function write(): Promise<string> {
  const [row] = await sql<{ seq: string }[]>`
    insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
    values (gen_random_uuid(), 'sample', gen_random_uuid(), 1, 1, '{}', '450204', '{}') returning seq::text`
  return row?.seq ?? ''
}

/** The processes that this one started for background work. */
function besides(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const isOurs = new RegExp(`^PPid:\\s*${process.pid}$`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8'))
        return isOurs && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--role=jobs')
      } catch {
        return false
      }
    })
}

async function followed(seq: string): Promise<boolean> {
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(50)) {
    const [row] = await sql<{ all: boolean }[]>`
      select bool_and(seq >= ${seq}) as all from follower where name in ('clocks', 'subscriptions', 'indicators')`
    if (row?.all) return true
  }
  return false
}

test('background work runs in a process of its own, and one that dies is started again and loses nothing', async () => {
  const [first, ...others] = besides()
  assert.ok(first && others.length === 0, 'one process beside this one')
  assert.equal(await followed(await write()), true)
  process.kill(first, 'SIGKILL')
  const meanwhile = await write()
  assert.equal(await followed(meanwhile), true)
  const [second] = besides()
  assert.notEqual(second, first)
})

test('work that may wait takes a tenth of the time while people write, more as it falls behind, all of it when nobody writes', async () => {
  assert.equal(Math.round(restAfter(100, 0)), 900)
  assert.equal(Math.round(restAfter(100, 60)), 900)
  assert.ok(restAfter(100, 300) < 200)
  assert.equal(restAfter(100, 600), 0)
  assert.equal(restAfter(10_000, 0), 5000)

  const paced = openPace(sql, [], new AbortController().signal)
  const took = async (ms: number) => {
    const began = performance.now()
    await paced(() => sleep(ms))
    return performance.now() - began
  }
  // All that was written is two seconds old, and the last write stands an hour ahead, on a machine of any speed.
  const age = async () => {
    for (const table of ['change', 'event_arrival'])
      await sql`update ${sql(table)} set at = now() - interval '2 seconds'`
  }
  for (const table of ['change', 'event_arrival']) {
    await age()
    if (table === 'change') await sql`update change set at = now() + interval '1 hour' where seq = ${await write()}`
    else await sql`insert into event_arrival (at, ids) values (now() + interval '1 hour', '{}')`
    await took(60)
    assert.ok((await took(60)) >= 560, `${table}: rests nine times as long as it worked`)
  }
  await age()
  await took(600)
  assert.ok((await took(0)) < 5000, 'nobody writes: no rest')
})
