import type { Sql } from 'postgres'
import { tableOf } from '../../language/columns.ts'
import type { Kind } from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import { shanghaiMs } from '../../standards/china/index.ts'
import { uuidv7 } from '../id.ts'

/** The legal day and minute of the day in Asia/Shanghai. */
function legalTime(now: Date): { day: string; weekday: number; minute: number } {
  const local = new Date(now.getTime() + shanghaiMs)
  return {
    day: local.toISOString().slice(0, 10),
    weekday: local.getUTCDay(),
    minute: local.getUTCHours() * 60 + local.getUTCMinutes(),
  }
}

/** The notice is read on other days too. */
const spokenDay = (day: string): string => `${Number(day.slice(5, 7))} 月 ${Number(day.slice(8))} 日`

const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))

/**
 * Notes once for each owner and day that a record which was due did not come in time, and puts it before the owner and
 * its authorities. A record that comes later does not unsay it.
 */
export async function noteMissed(sql: Sql, kinds: ReadonlyMap<string, Kind>, now: Date): Promise<number> {
  const { day, weekday, minute } = legalTime(now)
  let noted = 0
  for (const kind of kinds.values()) {
    const due = kind.timing?.due
    const owners = due && kinds.get(due.owners.kind)
    if (!due || !owners || minute < minuteOf(due.by)) continue
    if (due.days === 'weekdays' && (weekday === 0 || weekday === 6)) continue
    noted += await noteKind(sql, kind, owners, day, now)
  }
  return noted
}

async function noteKind(sql: Sql, kind: Kind, owners: Kind, day: string, now: Date): Promise<number> {
  const occurred = sql(snake(kind.timing?.occurred ?? ''))
  const due = kind.timing?.due
  const isDay = kind.fields[kind.timing?.occurred ?? '']?.type === 'day'
  const onDay = isDay
    ? sql`r.${occurred} = ${day}`
    : sql`r.${occurred} >= ${`${day}T00:00:00+08:00`}::timestamptz and r.${occurred} < ${`${day}T00:00:00+08:00`}::timestamptz + interval '1 day'`
  return sql.begin(async (tx) => {
    const rows = await tx<{ id: string; region: string }[]>`
      insert into missed (owner_id, kind, day, noted_at)
      select o.owner_id, ${kind.name}, ${day}::date, ${now} from ${sql(tableOf(owners))} o
      where o.state = 'active' and o.${sql(snake(due?.owners.field ?? ''))} = ${due?.owners.is ?? ''}
        and o.created_at < ${`${day}T00:00:00+08:00`}::timestamptz
        and not exists (select from ${sql(tableOf(kind))} r where r.owner_id = o.owner_id and r.state <> 'void' and ${onDay})
      on conflict do nothing
      returning owner_id as id, (select region from owner where id = owner_id) as region`
    for (const row of rows)
      await tx`insert into notice (owner_id, id, level, title, kind, record_id, region, at)
        values (${row.id}, ${uuidv7(now.getTime())}, 'warn', ${`${spokenDay(day)}的${kind.title}没有按时登记（应在 ${due?.by} 前）`},
          ${kind.name}, ${row.id}, ${row.region}, ${now})`
    return rows.length
  }) as Promise<number>
}
