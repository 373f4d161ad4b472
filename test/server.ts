import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sql } from 'postgres'
import { type StartOptions, start } from '../src/main.ts'
import type { IngestOptions } from '../src/platform/ingest/index.ts'
import { city, layOutCity } from './city.ts'
import { freshDatabase } from './database.ts'

export type TestServer = {
  /** The application's address on a free port, e.g. `http://127.0.0.1:40123`. */
  url: string
  /** Where systems come in by a certificate, when asked for. */
  mutualUrl: string
  databaseUrl: string
  /** A superuser's connection to the same database, for looking behind the doors. */
  sql: Sql
  /** The application's SHISU_DATA, removed at the end. */
  dataDir: string
  /** Where devices are listened to, by protocol, when asked for. */
  ports: Record<string, number>
  tlsPorts: Record<string, number>
  close(): Promise<void>
}

/** Starts the real application in this process on a database of its own; with `demo` the demonstration city is loaded. */
export async function startServer({
  role = 'all',
  demo = false,
  ingest,
  video,
  mutual,
}: {
  role?: 'web' | 'public' | 'ingest' | 'jobs' | 'all'
  demo?: boolean
  ingest?: IngestOptions
  video?: StartOptions['video']
  mutual?: StartOptions['mutual']
} = {}): Promise<TestServer> {
  const database = await freshDatabase(demo ? city : undefined)
  const dataDir = mkdtempSync(join(tmpdir(), 'shisu-application-'))
  if (demo) await layOutCity(database.sql, dataDir)
  const running = await start({
    databaseUrl: database.url,
    port: 0,
    role,
    dataDir,
    quiet: true,
    empty: !demo,
    ingest,
    video,
    mutual,
  })
  return {
    url: running.url,
    mutualUrl: running.mutualUrl ?? '',
    ports: running.ports,
    tlsPorts: running.tlsPorts,
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
