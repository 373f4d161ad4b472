import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { migrate } from '../../src/platform/store/migrate.ts'
import { emptyDatabase } from '../database.ts'

const database = await emptyDatabase()
const { sql } = database
const folder = mkdtempSync(join(tmpdir(), 'shisu-migrate-'))
after(async () => {
  await database.close()
  rmSync(folder, { recursive: true })
})

beforeEach(async () => {
  await sql`drop schema public cascade`
  await sql`create schema public`
  for (const name of ['0001-a.sql', '0002-b.sql', '0003-c.sql']) rmSync(join(folder, name), { force: true })
  writeFileSync(join(folder, '0001-a.sql'), 'create table a (n int); insert into a values (1);')
  writeFileSync(join(folder, '0002-b.sql'), 'create table b (n int);')
})

test('migrations are applied once, in the order of their names, and recorded', async () => {
  assert.deepEqual(await migrate(sql, { folder }), ['0001-a.sql', '0002-b.sql'])
  assert.deepEqual(await migrate(sql, { folder }), [])
  assert.equal((await sql`select * from a`).length, 1)
  const rows = await sql`select name, length(sha256) as n, applied_at is not null as dated from migration order by name`
  assert.deepEqual(
    [...rows],
    [
      { name: '0001-a.sql', n: 64, dated: true },
      { name: '0002-b.sql', n: 64, dated: true },
    ],
  )
})

test('processes that start together apply each migration once', async () => {
  const done = await Promise.all([1, 2, 3].map(() => migrate(sql, { folder })))
  assert.deepEqual(done.flat().sort(), ['0001-a.sql', '0002-b.sql'])
  assert.equal((await sql`select * from a`).length, 1)
})

test('a migration that fails half-way leaves nothing of itself and keeps those before it', async () => {
  writeFileSync(join(folder, '0002-b.sql'), 'create table b (n int); select 1/0;')
  await assert.rejects(migrate(sql, { folder }), /division by zero/)
  assert.deepEqual([...(await sql`select name from migration`)], [{ name: '0001-a.sql' }])
  assert.equal((await sql`select to_regclass('b') as b`)[0]?.b, null)
})

test('an applied migration that was edited is refused', async () => {
  await migrate(sql, { folder })
  writeFileSync(join(folder, '0001-a.sql'), 'create table a (n bigint);')
  await assert.rejects(migrate(sql, { folder }), /0001-a\.sql.*改动/)
})

test('an applied migration that is missing is refused', async () => {
  await migrate(sql, { folder })
  rmSync(join(folder, '0002-b.sql'))
  await assert.rejects(migrate(sql, { folder }), /0002-b\.sql.*没有这个文件/)
})

test('a new migration that sorts before an applied one is refused and not applied', async () => {
  rmSync(join(folder, '0002-b.sql'))
  writeFileSync(join(folder, '0003-c.sql'), 'create table c (n int);')
  await migrate(sql, { folder })
  writeFileSync(join(folder, '0002-b.sql'), 'create table b (n int);')
  await assert.rejects(migrate(sql, { folder }), /0002-b\.sql.*之前/)
  assert.equal((await sql`select to_regclass('b') as b`)[0]?.b, null)
})
