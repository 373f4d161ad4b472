import type { Kind } from '../../../language/index.ts'
import { day } from '../../../language/index.ts'
import { reach, withinRows } from '../../../platform/access/reach.ts'
import type { Operation } from '../../../platform/operation.ts'
import { legalDay } from '../../../standards/china/index.ts'
import { things } from '../../../standards/things/index.ts'
import { deviceAlarm } from '../records/device-alarm.ts'
import type { CountLine, Counts, CountsAnswer } from './wire.ts'

const unitsMax = 200

/**
 * 整改统计: alarms of some days by class, by unit and by rule: waiting, assigned, with evidence, closed, overdue, and how long
 * it took; within the reader's reach. Withdrawn alarms are none.
 */
export const alarmStatistics: Operation = {
  name: 'alarm-statistics',
  title: '整改统计',
  help: '报警按类别、单位、规则统计：派单、提交证据、关闭、逾期和用时。',
  fields: {
    from: day({ title: '从', help: '不填为 30 天前' }),
    to: day({ title: '到', help: '不填为今天' }),
  },
  roles: ['city', 'county', 'enterprise'],
  async run({ sql, actor, now }, input): Promise<CountsAnswer> {
    const { from, to } = input as { from?: string; to?: string }
    const today = legalDay(now)
    const last = to ?? today
    const first = from ?? new Date(Date.parse(last) - 29 * 86_400_000).toISOString().slice(0, 10)
    const bound = reach(actor, deviceAlarm as unknown as Kind, 'read')
    const alarms = sql`
      select a.id, a.owner_id, a.severity, a.rule, a.state, a.due_at, a.raised_at, a.measure, a.photos,
        (select min(c.at) from change c where c.owner_id = a.owner_id and c.kind = ${deviceAlarm.name} and c.id = a.id
          and c.image->>'state' not in ('open', 'void')) as answered_at,
        (select max(c.at) from change c where c.owner_id = a.owner_id and c.kind = ${deviceAlarm.name} and c.id = a.id
          and c.image->>'state' = 'closed') as closed_at
      from device_alarm a where a.state <> 'void' and a.withdrawn_at is null
        and a.raised_at >= ${first}::date::timestamp at time zone 'Asia/Shanghai'
        and a.raised_at < (${last}::date + 1)::timestamp at time zone 'Asia/Shanghai'
        and ${withinRows(sql, 'a', bound)}`
    const counts = sql`
      count(*)::int as total,
      count(*) filter (where x.state in ('open', 'acknowledged'))::int as waiting,
      count(*) filter (where x.state = 'rectifying')::int as assigned,
      count(*) filter (where x.state = 'submitted')::int as submitted,
      count(*) filter (where x.state = 'closed')::int as closed,
      count(*) filter (where x.state = 'rejected')::int as rejected,
      count(*) filter (where x.due_at < ${now} and x.state not in ('submitted', 'closed', 'rejected'))::int as overdue,
      count(*) filter (where x.measure is not null or cardinality(x.photos) > 0)::int as "withEvidence",
      round(extract(epoch from percentile_cont(0.5) within group (order by x.answered_at - x.raised_at)) / 60)::int as "answerMinute",
      round(extract(epoch from percentile_cont(0.5) within group (order by x.closed_at - x.raised_at)
        filter (where x.state = 'closed')) / 360)::float / 10 as "closeHour"`
    const [all] = await sql<[Counts]>`select ${counts} from (${alarms}) x`
    const byClass = await sql<(Counts & { key: string })[]>`
      select x.severity as key, ${counts} from (${alarms}) x group by x.severity order by total desc`
    const byUnit = await sql<CountLine[]>`
      select x.owner_id as key, o.title, ${counts} from (${alarms}) x join owner o on o.id = x.owner_id
      group by x.owner_id, o.title order by overdue desc, total desc limit ${unitsMax}`
    const byRule = await sql<(Counts & { key: string; title: string; model: string | null })[]>`
      select x.rule as key, coalesce(r.name, '人工确认') as title, r.model, ${counts} from (${alarms}) x
      left join alarm_rule r on r.id = x.rule group by x.rule, r.name, r.model order by total desc limit ${unitsMax}`
    return {
      kind: deviceAlarm.name,
      from: first,
      to: last,
      all,
      byClass: byClass.map((row) => ({
        ...row,
        title:
          deviceAlarm.fields.severity.options[row.key as keyof typeof deviceAlarm.fields.severity.options] ?? row.key,
      })),
      byUnit,
      // Rules of several models share a name.
      byRule: byRule.map(({ model, title, ...row }) => {
        const thing = things.get(model ?? '')
        return { ...row, title: thing ? `${title}（${thing.title}）` : title }
      }),
    }
  },
}
