import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import Fastify from 'fastify'
import type { Sql } from 'postgres'
import { sendProblem } from '../../src/platform/http/problem.ts'
import { openPool, openPools, type Pools } from '../../src/platform/store/pools.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'

let database: FreshDatabase
const opened: Sql[] = []

before(async () => {
  database = await freshDatabase()
  await database.sql`create table bound_probe (n int)`
  await database.sql`insert into bound_probe values (1)`
  await database.sql`grant select, update on bound_probe to shisu_web`
})
after(async () => {
  await Promise.all(opened.map((pool) => pool.end()))
  await database.close()
})

const keep = <P extends Pools>(pools: P): P => {
  opened.push(...Object.values(pools))
  return pools
}
const boundsOf = async (sql: Sql) => {
  const names = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']
  const rows = await sql`select name, current_setting(name) as value from unnest(${names}::text[]) as n (name)`
  return rows.map(({ value }) => value)
}

test('at the desks no statement, no wait for a lock and no transaction that lies idle lasts for ever', async () => {
  const { sql, auditSql, traceSql, streamSql } = keep(openPools(database.url, 'shisu_web', false))
  assert.deepEqual(await boundsOf(sql), ['2min', '30s', '2min'])
  assert.deepEqual(await boundsOf(auditSql), ['2min', '30s', '2min'])
  assert.deepEqual(await boundsOf(traceSql), ['30s', '30s', '2min'], 'four connections, for which others wait')
  assert.deepEqual(await boundsOf(streamSql), ['1h', '30s', '2min'], 'an export takes as long as whoever takes it')
})

test('work behind the desks is not cut short', async () => {
  const pools = keep(openPools(database.url, 'shisu_web', true))
  for (const sql of Object.values(pools)) assert.deepEqual(await boundsOf(sql), ['0', '0', '0'])
})

test('what the database gives up after a while is told in plain words and is no defect; the connection is free again', async () => {
  const patience = { statement: 0.2, lock: 0.1, idle: 60 }
  const sql = openPool(database.url, { role: 'shisu_web', max: 1, patience })
  opened.push(sql)
  const app = Fastify()
  app.setErrorHandler(sendProblem)
  app.get('/runaway', () => sql`select pg_sleep(60)`)
  app.get('/locked', () => sql`update bound_probe set n = 2`)
  const told = async (url: string) => {
    const { statusCode, body } = await app.inject(url)
    const { code, title } = JSON.parse(body)
    return [statusCode, code, title]
  }
  assert.deepEqual(await told('/runaway'), [503, 'took-too-long', '这次用时太长，已经停下，请缩小范围再试'])
  await database.sql.begin(async (tx) => {
    await tx`select from bound_probe for update`
    assert.deepEqual(await told('/locked'), [503, 'locked', '有人正在改同一处内容，请稍后再试'])
  })
  assert.equal((await sql`select n from bound_probe`)[0]?.n, 1)
  await app.close()
})
