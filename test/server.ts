import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sql } from 'postgres'
import { start } from '../src/main.ts'
import { city, layOutCity } from './city.ts'
import { freshDatabase } from './database.ts'

export type TestServer = {
  /** The application's address on a free port, e.g. `http://127.0.0.1:40123`. */
  url: string
  databaseUrl: string
  /** A superuser's connection to the same database, for looking behind the doors. */
  sql: Sql
  /** The application's SHISU_DATA, removed at the end. */
  dataDir: string
  close(): Promise<void>
}

/** Starts the real application in this process on a database of its own; with `demo` the demonstration city is loaded. */
export async function startServer({
  role = 'all',
  demo = false,
}: {
  role?: 'web' | 'public' | 'ingest' | 'jobs' | 'all'
  demo?: boolean
} = {}): Promise<TestServer> {
  const database = await freshDatabase(demo ? city : undefined)
  const dataDir = mkdtempSync(join(tmpdir(), 'shisu-application-'))
  if (demo) await layOutCity(database.sql, dataDir)
  const running = await start({ databaseUrl: database.url, port: 0, role, dataDir, quiet: true, empty: !demo })
  return {
    url: running.url,
    databaseUrl: database.url,
    sql: database.sql,
    dataDir,
    close: async () => {
      await running.stop()
      await database.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
