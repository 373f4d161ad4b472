import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Sql } from 'postgres'
import { slots } from './devices.ts'

export type Archived = { file: string; rows: number; bytes: number; sha256: string }

/** Days whose whole partition is older than `days`, the oldest first. */
export async function coldDays(sql: Sql, now: Date, days: number): Promise<Date[]> {
  const before = new Date(now.getTime() - (days + 1) * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
  const rows = await sql<{ name: string }[]>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'telemetry'::regclass and c.relname < ${`telemetry_${before}`} order by 1`
  return rows.map(({ name }) => {
    const [, year, month, day] = /(\d{4})(\d\d)(\d\d)$/.exec(name) ?? []
    return new Date(`${year}-${month}-${day}T00:00:00Z`)
  })
}

const properties = Array.from({ length: slots }, (_, n) => `(${n + 1}, t.p${n + 1})`).join(', ')

/**
 * Writes a cold day to a Parquet file (device, moment, arrival, property, value) and takes its rows out of the database;
 * roll-ups stay. The rows go only where the file holds as many as the database, counted under a lock.
 */
export async function archiveDay(sql: Sql, day: Date, folder: string, now: Date): Promise<Archived> {
  mkdirSync(folder, { recursive: true })
  const name = day.toISOString().slice(0, 10)
  let part = 1
  while (existsSync(join(folder, `${name}.${part}.parquet`))) part++
  const file = `${name}.${part}.parquet`
  const path = join(folder, file)
  let rows = 0
  try {
    const { fileWriter, parquetWriteRows } = await import('hyparquet-writer')
    await parquetWriteRows({
      writer: fileWriter(path),
      columns: [
        { name: 'device', type: 'STRING' },
        { name: 'at', type: 'TIMESTAMP' },
        { name: 'received', type: 'TIMESTAMP' },
        { name: 'property', type: 'STRING' },
        { name: 'number', type: 'DOUBLE', nullable: true },
        { name: 'value', type: 'STRING', nullable: true },
      ],
      rows: cells(sql, day, (count) => {
        rows = count
      }),
    })
    const sha256 = await hashOf(path)
    const bytes = statSync(path).size
    await sql`select telemetry_drop_day(${day}, ${rows}, ${file}, ${bytes}, ${sha256}, ${now})`
    return { file, rows, bytes, sha256 }
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
}

type Cell = { device: string; at: Date; received: Date; property: string; number: number | null; value: string | null }

/** Every value of a day, device by device; tells the count of stored rows at the end. */
async function* cells(sql: Sql, day: Date, tell: (rows: number) => void): AsyncGenerator<Cell> {
  const to = new Date(day.getTime() + 86_400_000)
  let count = 0
  const devices = await sql<{ no: number; id: string }[]>`select no, device_id as id from telemetry_device order by no`
  for (const { no, id } of devices) {
    const [held] = await sql<{ n: number }[]>`
      select count(*)::int as n from telemetry where device = ${no} and at >= ${day} and at < ${to}`
    if (!held?.n) continue
    count += held.n
    const query = sql.unsafe<Omit<Cell, 'device'>[]>(
      `select t.at, t.at + t.delay * interval '1 second' as received, c.property, v.number, null as value
       from telemetry t cross join lateral (values ${properties}) v(slot, number)
       join telemetry_channel c on c.device = t.device and c.slot = v.slot
       where t.device = $1 and t.at >= $2 and t.at < $3 and v.number is not null
       union all
       select t.at, t.at + t.delay * interval '1 second', m.key, null, m.value #>> '{}'
       from telemetry t cross join lateral jsonb_each(t.more) m
       where t.device = $1 and t.at >= $2 and t.at < $3
       order by at`,
      [no, day, to],
    )
    for await (const rows of query.cursor(5000)) for (const row of rows) yield { device: id, ...row }
  }
  tell(count)
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
