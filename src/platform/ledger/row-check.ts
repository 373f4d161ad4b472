import type { Sql } from 'postgres'
import { tableOf } from '../../language/columns.ts'
import { imageOf } from '../../language/image.ts'
import type { Kind } from '../../language/index.ts'
import type { Finding } from '../../ledger/index.ts'

/**
 * Holds each record as it stands against the last image in its history. The history is under the log; a record changed
 * behind the trigger's back shows here.
 */
export async function checkRecords(sql: Sql, kinds: Iterable<Kind>): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const kind of kinds) {
    const rows = await sql.unsafe<{ id: string; what: 'altered' | 'missing' | 'added' }[]>(
      `with last as (
         select distinct on (owner_id, id) owner_id, id, version, image from change
         where stream = 0 and kind = $1 order by owner_id, id, version desc)
       select coalesce(r.id, l.id) as id,
         case when r.id is null then 'missing' when l.id is null then 'added' else 'altered' end as what
       from last l full join ${tableOf(kind)} r on r.owner_id = l.owner_id and r.id = l.id
       where r.id is null or l.id is null or r.version <> l.version
         -- Columns that a later version of the declaration added are not in an older image.
         or not ${imageOf(kind, 'r')} @> l.image`,
      [kind.name],
    )
    findings.push(...rows.map(({ id, what }) => ({ what, source: kind.name, ref: id, text: texts[what](kind.title) })))
  }
  return findings
}

const texts = {
  altered: (title: string) => `${title}：现在的内容与最后一次留痕不符`,
  missing: (title: string) => `${title}：有留痕，记录却不在了`,
  added: (title: string) => `${title}：没有留痕，是绕过系统加入的`,
}
