import type { Sql } from 'postgres'

const field = (name: string) => ({ op: 'field', name })
const value = (of: string | number, unit?: string) => ({ op: 'value', value: of, unit })

/** Ten forms of rule, ten figures each. */
function mustOf(n: number): object {
  const step = Math.floor(n / 10)
  switch (n % 10) {
    case 0:
      return { op: 'ge', left: field('checkedAt'), right: value(`2025-0${1 + (step % 9)}-01`) }
    case 1:
      return {
        op: 'all',
        of: [
          { op: 'le', left: field('day'), right: { op: 'today' } },
          { op: 'filled', field: 'checker' },
        ],
      }
    case 2:
      return {
        op: 'any',
        of: [
          { op: 'eq', left: field('result'), right: value('fit') },
          { op: 'filled', field: 'measure' },
        ],
      }
    case 3:
      return { op: 'in', left: field('hands'), values: ['clean'] }
    case 4:
      return {
        op: 'le',
        left: { op: 'hours', from: field('checkedAt'), to: field('createdAt') },
        right: value(1 + step),
      }
    case 5:
      return { op: 'ge', left: { op: 'add', left: field('day'), right: value(1100 + step) }, right: { op: 'today' } }
    case 6:
      return { op: 'starts', left: field('checker'), text: '示例' }
    case 7:
      return { op: 'not', of: { op: 'shape', left: field('checker'), text: `9*${step}` } }
    case 8:
      return step < 3
        ? { op: 'unique', fields: ['day', 'checkedAt'] }
        : { op: 'eq', left: field('hands'), right: value('clean') }
    default:
      return { op: 'le', left: { op: 'law', name: 'morning-check.temperature-below' }, right: value(37.3 + step) }
  }
}

/** Puts a hundred rules about morning checks in force, as an authority's. */
export async function fileHundredRules(sql: Sql, city: string): Promise<void> {
  for (let n = 0; n < 100; n++) {
    const body = { source: 'morning-check', dimension: 'correctness', level: 'warn', must: mustOf(n) }
    await sql`insert into definition (owner_id, id, type, title, version, state, body, reach_column, reach_value, region, created_at, updated_at, updated_by)
      values (${city}, gen_random_uuid(), 'rule', ${`规则 ${n}`}, 1, 'on', ${sql.json(body as never)}, 'city', '450200', '450200', now(), now(), 'bench')`
  }
}
