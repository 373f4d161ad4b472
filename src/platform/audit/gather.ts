import { createHash } from 'node:crypto'
import type { Sql } from 'postgres'
import { advance, ahead, inOrder, openCursor, type Place } from '../../feed/index.ts'
import { atOnce, type Pace } from '../feed/pace.ts'
import { uuidv7 } from '../id.ts'

/** Changes taken in one statement. */
const batch = 1000

const cursor = { table: 'follower', name: 'audit' } as const

/** Digests belong to nobody: the platform itself. */
const platformOwner = '00000000-0000-0000-0000-000000000000'

/** Takes what was written (`change`) over into the audit store, so that the desk searches one place. */
export async function gatherWrites(sql: Sql, pace: Pace = atOnce): Promise<number> {
  await openCursor(sql, cursor)
  for (let gathered = 0; ; ) {
    const count = await pace(() => gatherBatch(sql))
    gathered += count
    if (count < batch) return gathered
  }
}

function gatherBatch(sql: Sql): Promise<number> {
  return advance(sql, cursor, async (tx, after, horizon) => {
    const [taken] = await tx<(Partial<Place> & { count: number })[]>`
      with fresh as materialized (
        select c.xid, c.seq, c.kind, c.id, c.owner_id, c.version, c.at, c.image->>'state' as state, c.image->>'voidReason' as reason,
          coalesce(nullif(c.actor, '')::jsonb, '{}') as who
        from change c where c.stream = 0 and ${ahead(tx, 'c', after, horizon)} ${inOrder(tx, 'c')} limit ${batch}),
      stored as (
        insert into audit (at, actor_id, actor_name, owner_id, owner_title, act, object_kind, object_id, result, address, rows, detail)
        select f.at, coalesce(nullif(f.who->'deputy'->>'userId', ''), nullif(f.who->>'userId', ''))::uuid,
          left(coalesce(f.who->'deputy'->>'name', f.who->>'name', '系统'), 100), nullif(f.who->>'ownerId', '')::uuid,
          left(coalesce(f.who->>'ownerTitle', ''), 200),
          case when f.state = 'void' then 'void' when f.version = 1 then 'create' else 'change' end,
          f.kind, f.id::text, 'done', coalesce(f.who->>'address', ''), 1,
          jsonb_strip_nulls(jsonb_build_object('version', f.version, 'owner', f.owner_id, 'reason', f.reason,
            'token', f.who->>'token', 'actingFor', case when f.who ? 'deputy' then f.who->>'userId' end))
        from fresh f where f.kind <> 'audit-batch')
      select count(*)::int as count, (array_agg(xid::text order by xid desc, seq desc))[1] as xid,
        (array_agg(seq order by xid desc, seq desc))[1]::text as seq from fresh`
    return taken?.xid && taken.seq ? { place: { xid: taken.xid, seq: taken.seq }, count: taken.count } : undefined
  })
}

/**
 * Digests the next stretch of the audit store and writes the digest as a change, so that the one ledger takes it as a
 * leaf: whoever alters a row of the store later is found out. `settled` keeps away from rows still being committed.
 */
export async function sealAudit(auditSql: Sql, sql: Sql, region: string, now: Date): Promise<number> {
  const settled = new Date(now.getTime() - 60_000)
  const sealed = await auditSql.begin(async (tx) => {
    // One sealer at a time. The audit role may only add, which is too little for a lock on the table.
    await tx`select pg_advisory_xact_lock(hashtext('audit-batch'))`
    const [last] = await tx<{ upto: string }[]>`select upto from audit_batch order by upto desc limit 1`
    const rows = await tx<{ id: string; line: string }[]>`
      select id::text, concat_ws(E'\x1f', id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), app, actor_id,
        actor_name, owner_id, act, object_kind, object_id, object_title, result, address, rows, detail::text) as line
      from audit a where a.id > ${last?.upto ?? '0'} and at < ${settled} order by a.id limit 20000`
    const upto = rows.at(-1)?.id
    if (!upto) return 0
    const hash = createHash('sha256')
    for (const { line } of rows) hash.update(line).update('\n')
    const sha256 = hash.digest()
    await tx`insert into audit_batch (upto, rows, sha256) values (${upto}, ${rows.length}, ${sha256})`
    return rows.length
  })
  // A crash between digest and leaf leaves a digest without one: the next run writes it, before any later.
  const [told] = await sql<{ upto: string | null }[]>`
    select max((image->>'upto')::bigint)::text as upto from (
      select image from change where stream = 0 and owner_id = ${platformOwner} and kind = 'audit-batch'
      order by id desc limit 100) newest`
  const owed = await auditSql<{ upto: string; rows: number; sha256: string; from: string }[]>`
    select upto::text, rows, encode(sha256, 'hex') as sha256,
      coalesce((select max(e.upto) from audit_batch e where e.upto < b.upto), 0)::text as "from"
    from audit_batch b where upto > ${told?.upto ?? '0'} order by upto`
  for (const each of owed)
    await sql`
      insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
      values (${platformOwner}, 'audit-batch', ${uuidv7(now.getTime())}, 1, 1, ${JSON.stringify({ name: '审计' })}, ${region},
        ${sql.json(each as never)})`
  return sealed
}
