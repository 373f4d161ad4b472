import type { ISql } from 'postgres'
import { columnsOf, tableOf } from '../../language/columns.ts'
import { type Kind, sealedFields } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { mayUse, reach, within } from '../access/reach.ts'
import { limited } from './judge.ts'
import type { QualityGroup, QualityRow } from './wire.ts'

const msMax = 20_000

/** The columns that a person fills, as far as they may be blank or not. */
function filledColumns(kind: Kind): string[] {
  return (
    Object.entries(kind.fields)
      // What is sealed has no column to look at.
      .filter(([name, field]) => !field.derived && !sealedFields(kind).includes(name))
      .map(([name, field]) => `t.${columnsOf(name, field)[0]?.name}`)
  )
}

const groups: Readonly<Record<Exclude<QualityGroup, 'kind'>, { key: string; title: string; join?: string }>> = {
  owner: { key: 't.owner_id::text', title: 'o.title', join: 'join owner o on o.id = t.owner_id' },
  region: { key: 't.region', title: 't.region' },
  month: {
    key: "to_char(t.created_at at time zone 'Asia/Shanghai', 'YYYY-MM')",
    title: "to_char(t.created_at at time zone 'Asia/Shanghai', 'YYYY-MM')",
  },
  // What came through a token came from another system; its name says which.
  source: {
    key: "coalesce(c.actor::jsonb ->> 'token', '')",
    title: "coalesce('接口：' || (c.actor::jsonb ->> 'token'), '人工登记')",
    join: 'left join change c on c.owner_id = t.owner_id and c.kind = $4 and c.id = t.id and c.version = 1',
  },
}

async function ofKind(
  sql: ISql,
  actor: Actor,
  kind: Kind,
  period: { from: string; to: string },
  group: QualityGroup,
): Promise<QualityRow[]> {
  const bound = reach(actor, kind, 'read')
  const by = group === 'kind' ? { key: '$4::text', title: '$4::text' } : groups[group]
  const columns = filledColumns(kind)
  const has = (dimension: string) =>
    `count(*) filter (where exists (select from finding f where f.kind = $4 and f.record_id = t.id and f.state = 'open' and f.dimension = '${dimension}'))::int`
  const late = kind.timing?.lateAfterHours ? 'count(*) filter (where t.late)::int' : 'null::int'
  return sql.unsafe<QualityRow[]>(
    `select ${by.key} as key, min(${by.title}) as title, count(*)::int as records,
       sum(num_nonnulls(${columns.join(', ')}))::int as filled, (count(*) * ${columns.length})::int as fields, ${late} as late,
       ${has('correctness')} as incorrect, ${has('duplicates')} as repeated, ${has('completeness')} as incomplete
     from ${tableOf(kind)} t ${'join' in by ? (by.join ?? '') : ''}
     where ${within('t', bound, '$1')} and t.state <> 'void' and $4::text is not null
       and t.created_at >= ($2::date)::timestamp at time zone 'Asia/Shanghai'
       and t.created_at < ($3::date + 1)::timestamp at time zone 'Asia/Shanghai'
     group by 1 order by records desc limit 500`,
    [bound.value, period.from, period.to, kind.name],
  )
}

const plus = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : a + b)

/** The data-quality report within the actor's reach: by kind, subject, region, month or source. */
export async function quality(
  sql: ISql,
  kinds: readonly Kind[],
  actor: Actor,
  period: { from: string; to: string },
  group: QualityGroup,
): Promise<QualityRow[]> {
  const own = kinds.filter((kind) => mayUse(actor, kind, 'read'))
  return limited(sql, msMax, async (tx) => {
    const found = new Map<string, QualityRow>()
    for (const kind of own)
      for (const row of await ofKind(tx, actor, kind, period, group)) {
        if (group === 'kind') row.title = kind.title
        const known = found.get(row.key)
        if (!known) found.set(row.key, row)
        else {
          for (const name of ['records', 'filled', 'fields', 'incorrect', 'repeated', 'incomplete'] as const)
            known[name] += row[name]
          known.late = plus(known.late, row.late)
        }
      }
    const rows = [...found.values()]
    return group === 'month'
      ? rows.sort((a, b) => (a.key < b.key ? -1 : 1))
      : rows.sort((a, b) => b.records - a.records)
  })
}
