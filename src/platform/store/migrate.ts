import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Sql } from 'postgres'

export type Migration = { name: string; text: string; sha256: string }

const FOLDER = fileURLToPath(new URL('../../../migrations', import.meta.url))
// Any fixed number: two processes that start together must apply each file once.
const LOCK = 7_420_450_200

/** The committed migrations of a folder in the order in which they are applied (by name, `NNNN-name.sql`). */
export async function readMigrations(folder = FOLDER): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8')
      return { name, text, sha256: createHash('sha256').update(text).digest('hex') }
    }),
  )
}

/**
 * Brings a database to the newest migration: each file in one transaction of its own, recorded in table `migration`.
 * Returns the names applied now. Throws in Chinese, changing nothing, when history differs from the folder: an applied
 * file was edited, is missing, or a new file sorts before an applied one.
 */
export async function migrate(
  sql: Sql,
  { folder = FOLDER, onProgress = () => {} }: { folder?: string; onProgress?: (text: string) => void } = {},
): Promise<string[]> {
  const migrations = await readMigrations(folder)
  if (!(await tableExists(sql))) await createTable(sql)
  const pending = unapplied(migrations, await applied(sql))
  const done: string[] = []
  for (const migration of pending) {
    const now = await sql.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(${LOCK})`
      // Another process may have applied it while this one waited for the lock.
      const [known] = await tx<{ sha256: string }[]>`select sha256 from migration where name = ${migration.name}`
      if (known) return false
      await tx.unsafe(migration.text)
      await tx`insert into migration (name, sha256) values (${migration.name}, ${migration.sha256})`
      return true
    })
    if (!now) continue
    onProgress(`迁移 ${migration.name}`)
    done.push(migration.name)
  }
  return done
}

async function tableExists(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ found: boolean }[]>`select to_regclass('public.migration') is not null as found`
  return row?.found === true
}

async function createTable(sql: Sql): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${LOCK})`
    await tx`set local client_min_messages = warning`
    await tx`create table if not exists public.migration (
      name text primary key, sha256 text not null, applied_at timestamptz not null default now())`
  })
}

async function applied(sql: Sql): Promise<Map<string, string>> {
  const rows = await sql<{ name: string; sha256: string }[]>`select name, sha256 from migration`
  return new Map(rows.map((row) => [row.name, row.sha256]))
}

function unapplied(migrations: Migration[], done: Map<string, string>): Migration[] {
  const present = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const [name, sha256] of done) {
    const migration = present.get(name)
    if (!migration) throw new Error(`数据库已执行过迁移 ${name}，但程序里没有这个文件：程序版本可能比数据库旧`)
    if (migration.sha256 !== sha256)
      throw new Error(`迁移 ${name} 执行之后被改动过：已执行的迁移不能修改，请另写新的迁移`)
  }
  const last = [...done.keys()].sort().at(-1) ?? ''
  const pending = migrations.filter((migration) => !done.has(migration.name))
  const early = pending.find((migration) => migration.name < last)
  if (early) throw new Error(`迁移 ${early.name} 排在已执行的 ${last} 之前：新的迁移必须排在最后`)
  return pending
}
