import type { Sql } from 'postgres'
import { uuidv7 } from '../id.ts'
import { liesInHours } from '../policy/network.ts'
import type { Policies } from '../policy/policies.ts'

type Sighting = {
  rule: string
  level: 'bad' | 'warn'
  actorId: string | null
  actorName: string
  address: string
  text: string
}

const hourOf = (now: Date) => now.toISOString().slice(0, 13)

async function masses(sql: Sql, since: Date, rowsPerHour: number): Promise<Sighting[]> {
  const rows = await sql<{ actorId: string; actorName: string; address: string; n: number }[]>`
    select actor_id as "actorId", max(actor_name) as "actorName", max(address) as address, sum(rows)::int as n from audit
    where at >= ${since} and act in ('read', 'exported', 'print') and result = 'done' and actor_id is not null
    group by actor_id having sum(rows) > ${rowsPerHour}`
  return rows.map(({ n, ...who }) => ({
    ...who,
    rule: 'mass-reading',
    level: 'bad',
    text: `一小时内读取重要数据 ${n} 条`,
  }))
}

async function oddHours(sql: Sql, since: Date, now: Date, from: string, to: string): Promise<Sighting[]> {
  if (!liesInHours(now, `${from}-${to}`)) return []
  const rows = await sql<{ actorId: string; actorName: string; address: string }[]>`
    select actor_id as "actorId", max(actor_name) as "actorName", max(address) as address from audit
    where at >= ${since} and act in ('sign-in', 'second-factor', 'export', 'grant', 'policy') and result = 'done'
      and actor_id is not null and coalesce(detail->>'token', '') = ''
    group by actor_id`
  return rows.map((who) => ({ ...who, rule: 'odd-hours', level: 'warn', text: `在 ${from}–${to} 之间登录或办理要事` }))
}

async function probes(sql: Sql, since: Date, probesPerHour: number): Promise<Sighting[]> {
  const rows = await sql<{ actorId: string | null; actorName: string; address: string; n: number }[]>`
    select actor_id as "actorId", max(actor_name) as "actorName", max(address) as address, count(*)::int as n from audit
    where at >= ${since} and result = 'refused' and act = 'refusal' and (detail->>'status') in ('403', '404')
      and actor_id is not null
    group by actor_id having count(*) > ${probesPerHour}`
  return rows.map(({ n, ...who }) => ({
    ...who,
    rule: 'probing',
    level: 'bad',
    text: `一小时内 ${n} 次访问无权或不存在的编号`,
  }))
}

async function floods(sql: Sql, since: Date, refusalsPerHour: number): Promise<Sighting[]> {
  const rows = await sql<{ address: string; n: number }[]>`
    select address, count(*)::int as n from audit
    where at >= ${since} and result = 'refused' and address <> '' group by address having count(*) > ${refusalsPerHour}`
  return rows.map(({ address, n }) => ({
    rule: 'address',
    level: 'bad',
    actorId: null,
    actorName: '',
    address,
    text: `来自 ${address} 的请求一小时内被拒绝 ${n} 次，可在“访问时间与地址”中禁止`,
  }))
}

/** Looks over the last hour of the audit store for behaviour that needs a question. One alarm for each hour and rule. */
export async function watchAudit(sql: Sql, policies: Policies, now: Date): Promise<number> {
  const policy = await policies.get('alarm')
  const since = new Date(now.getTime() - 3_600_000)
  const seen = [
    ...(await masses(sql, since, policy.rowsPerHour)),
    ...(await oddHours(sql, since, now, policy.oddFrom, policy.oddTo)),
    ...(await probes(sql, since, policy.probesPerHour)),
    ...(await floods(sql, since, policy.refusalsPerHour)),
  ]
  let raised = 0
  for (const each of seen) {
    const about = `${each.rule} ${each.actorId ?? each.address} ${hourOf(now)}`
    const rows = await sql`
      insert into audit_alarm (id, at, rule, level, actor_id, actor_name, address, text, about)
      values (${uuidv7(now.getTime())}, ${now}, ${each.rule}, ${each.level}, ${each.actorId}, ${each.actorName},
        ${each.address}, ${each.text}, ${about})
      on conflict (about) do nothing returning id`
    raised += rows.length
  }
  return raised
}
