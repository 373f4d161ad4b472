import { createHash, randomBytes } from 'node:crypto'
import postgres, { type Sql } from 'postgres'
import { migrate, readMigrations } from '../src/platform/store/migrate.ts'
import { testServerUrl } from './test-postgres.ts'

export type FreshDatabase = { url: string; sql: Sql; close(): Promise<void> }

/** What a template holds beyond the schema; an equal key means equal content. */
export type Filling = { key: string; fill(url: string, sql: Sql): Promise<void> }

const quiet = { max: 4, onnotice: () => {} }
// Any fixed number: test files that start together build the template once.
const LOCK = 7_420_450_201
/**
 * On a server that ends with the run, data and all, nobody drops: a database is some 1500 files, a drop writes out what all
 * other tests have written, and a file system looks long for a file's number among those just given up (1.3 s against 0.2 s).
 */
const staying = process.env.SHISU_TEST_DATABASES_STAY === '1'

/**
 * A new database of its own for the caller: a clone of a template to which all migrations were applied, and that was
 * filled where a filling is given. `url` and `sql` are a superuser's; `close()` drops the database where databases do not
 * stay, also under connections that others left open.
 */
export async function freshDatabase(filling?: Filling): Promise<FreshDatabase> {
  const server = await testServerUrl()
  const name = `shisu_test_${randomBytes(6).toString('hex')}`
  await asAdmin(server, async (admin) => {
    const template = await templateDatabase(admin, server, filling)
    await admin.unsafe(`create database ${name} template ${template}`)
  })
  return opened(server, name)
}

/** An empty database without migrations, for tests of the migrations themselves. */
export async function emptyDatabase(): Promise<FreshDatabase> {
  const server = await testServerUrl()
  const name = `shisu_empty_${randomBytes(6).toString('hex')}`
  await asAdmin(server, (admin) => admin.unsafe(`create database ${name} template template0`))
  return opened(server, name)
}

function opened(server: string, name: string): FreshDatabase {
  const url = withDatabase(server, name)
  const sql = postgres(url, quiet)
  return {
    url,
    sql,
    close: async () => {
      await sql.end({ timeout: 5 })
      if (staying) return
      await asAdmin(server, (admin) => admin.unsafe(`drop database if exists ${name} with (force)`))
    },
  }
}

async function asAdmin(server: string, work: (admin: Sql) => Promise<unknown>): Promise<void> {
  const admin = postgres(server, { ...quiet, max: 1 })
  try {
    await work(admin)
  } finally {
    await admin.end()
  }
}

/** A template is keyed by the content of the migrations and of its filling: an edited one gives a new one. */
async function templateDatabase(admin: Sql, server: string, filling?: Filling): Promise<string> {
  const hash = createHash('sha256')
  for (const { name, sha256 } of await readMigrations()) hash.update(`${name} ${sha256}\n`)
  const migrated = `shisu_template_${hash.digest('hex').slice(0, 12)}`
  await once(admin, server, migrated, 'template0', (_, sql) => migrate(sql))
  if (!filling) return migrated
  const filled = `${migrated}_${filling.key}`
  await once(admin, server, filled, migrated, (url, sql) => filling.fill(url, sql))
  return filled
}

/** Builds the named database from another unless it is there; callers that come together build it once. */
async function once(
  admin: Sql,
  server: string,
  name: string,
  from: string,
  build: (url: string, sql: Sql) => Promise<unknown>,
): Promise<void> {
  if (await exists(admin, name)) return
  // A session's lock: create database runs in no transaction.
  await admin`select pg_advisory_lock(${LOCK})`
  try {
    if (await exists(admin, name)) return
    const building = `${name}_building`
    await admin.unsafe(`drop database if exists ${building} with (force)`)
    await admin.unsafe(`create database ${building} template ${from}`)
    const url = withDatabase(server, building)
    const sql = postgres(url, { ...quiet, max: 1 })
    try {
      await build(url, sql)
    } finally {
      await sql.end()
    }
    await admin.unsafe(`alter database ${building} rename to ${name}`)
  } finally {
    await admin`select pg_advisory_unlock(${LOCK})`
  }
}

async function exists(admin: Sql, name: string): Promise<boolean> {
  return (await admin`select 1 from pg_database where datname = ${name}`).length > 0
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}
