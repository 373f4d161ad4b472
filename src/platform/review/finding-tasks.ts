import type { ISql } from 'postgres'
import { closeTasks } from '../casework/task.ts'
import { type Definition, stopDefinition } from '../define/definitions.ts'
import type { RuleBody } from './wire.ts'

/** Tasks that one rule may have open at once: beyond it the rule is wrong, or the findings page is the place to work. */
const tasksMax = 500

type OnRule = { number: number; definition: Definition<RuleBody> }

/** What a task of a finding is known by; a finding that comes back after it was mended is another one. */
const sourceOf = (sql: ISql) => sql`'finding ' || f.id || ' ' || extract(epoch from f.found_at)::bigint`

/**
 * Puts open findings before whom their rule names, and closes the tasks of findings that are open no more. Told again it
 * changes nothing.
 */
export async function putBefore(sql: ISql, rules: readonly OnRule[], now: Date): Promise<void> {
  const numbers = rules.map(({ number }) => number)
  for (const { number, definition } of rules) {
    const { task } = definition.body
    if (task !== 'owner' && task !== 'authority') continue
    const asked = { title: definition.title, advice: definition.body.advice ?? null, by: definition.ownerTitle }
    const opened = await sql`
      insert into task (id, owner_id, kind, record_id, region, title, detail, why, source, for_owner, for_role, for_region,
        asked_name, created_at)
      select gen_random_uuid(), f.owner_id, f.kind, f.record_id, f.region, ${`请改正：${asked.title}`.slice(0, 200)}, ${asked.advice},
        'finding', ${sourceOf(sql)}, ${task === 'owner' ? sql`f.owner_id, null, null` : sql`null, case when f.region like '%00' then 'city' else 'county' end, f.region`},
        ${asked.by}, ${now}
      from finding f where f.rule = ${number} and f.state = 'open'
        and not exists (select from task t where t.source = ${sourceOf(sql)})
      order by f.found_at limit ${tasksMax + 1} on conflict (source) do nothing returning id`
    if (opened.length > tasksMax)
      await stopDefinition(sql, number, `一次要交办超过 ${tasksMax} 件，规则多半有误，已自动停用`)
  }
  const ended = await sql<{ source: string }[]>`
    select t.source from finding f join task t on t.source = ${sourceOf(sql)}
    where f.rule = any(${numbers}) and f.state <> 'open' and t.state in ('open', 'taken')`
  await closeTasks(
    sql,
    ended.map(({ source }) => source),
    { state: 'done', name: '数据审核', answer: '记录已改正，或问题已关闭' },
    now,
  )
}
