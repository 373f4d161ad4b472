import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Sql } from 'postgres'
import { start } from '../src/main.ts'
import type { Filling } from './database.ts'

const checkout = fileURLToPath(new URL('..', import.meta.url))

/** The demonstration city, loaded through its doors once and cloned for each who asks, its data folder included. */
export const city: Filling = {
  get key() {
    return fingerprint()
  },
  async fill(databaseUrl, sql) {
    const dataDir = mkdtempSync(join(tmpdir(), 'shisu-city-'))
    try {
      const running = await start({ databaseUrl, port: 0, role: 'all', dataDir, quiet: true })
      await running.stop()
      await sql`create table city_file (path text primary key, bytes bytea not null)`
      for (const path of filesUnder(dataDir))
        await sql`insert into city_file values (${relative(dataDir, path)}, ${readFileSync(path)})`
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  },
}

/** Lays the loaded city's data folder out for a clone of it. */
export async function layOutCity(sql: Sql, dataDir: string): Promise<void> {
  for (const { path, bytes } of await sql<{ path: string; bytes: Uint8Array }[]>`select path, bytes from city_file`) {
    mkdirSync(dirname(join(dataDir, path)), { recursive: true })
    writeFileSync(join(dataDir, path), bytes, { mode: 0o600 })
  }
  await sql`drop table city_file`
}

/** Everything that the loading runs through; the pages take no part in it. */
function fingerprint(): string {
  const hash = createHash('sha256')
  for (const path of [...filesUnder(join(checkout, 'demo')), ...filesUnder(join(checkout, 'src'))])
    if (path.endsWith('.ts') && !path.includes('/src/web/')) hash.update(path).update(readFileSync(path))
  return hash.digest('hex').slice(0, 12)
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
