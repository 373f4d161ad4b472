import type { Tx } from './scope.ts'

/** A query kept under a name, as its owner wrote it: the parameters of the standard in JSON, with their @context. */
export type NamedQuery = { id: string; name: string; query: Readonly<Record<string, unknown>> }

/** Most queries that one owner keeps. */
export const queriesMax = 200

/** Keeps a query of an owner; false where the name is taken, or where there are too many. */
export async function createQuery(
  tx: Tx,
  query: NamedQuery & { ownerId: string; createdBy: string; now: Date },
): Promise<boolean> {
  const rows = await tx`
    insert into epcis_query (id, owner_id, name, definition, created_by, created_at)
    select ${query.id}, ${query.ownerId}, ${query.name}, ${JSON.stringify(query.query)}::text::jsonb, ${query.createdBy},
      ${query.now}
    where (select count(*) from epcis_query where owner_id = ${query.ownerId} and removed_at is null) < ${queriesMax}
    on conflict (owner_id, name) where removed_at is null do nothing returning id`
  return rows.length > 0
}

/** A page of an owner's queries by name. */
export async function queries(
  tx: Tx,
  ownerId: string,
  page: { limit: number; after?: string },
): Promise<{ queries: NamedQuery[]; next?: string }> {
  const rows = await tx<NamedQuery[]>`
    select id, name, definition as query from epcis_query
    where owner_id = ${ownerId} and removed_at is null and name > ${page.after ?? ''}
    order by name limit ${page.limit + 1}`
  const shown = rows.slice(0, page.limit)
  return { queries: shown, ...(rows.length > page.limit && { next: shown.at(-1)?.name }) }
}

export async function queryNamed(tx: Tx, ownerId: string, name: string): Promise<NamedQuery | undefined> {
  const [row] = await tx<NamedQuery[]>`
    select id, name, definition as query from epcis_query
    where owner_id = ${ownerId} and removed_at is null and name = ${name}`
  return row
}

/** Removes a query, and ends what is subscribed to it; false where there is none. */
export async function removeQuery(tx: Tx, ownerId: string, name: string, now: Date): Promise<boolean> {
  const rows = await tx`
    with gone as (
      update epcis_query set removed_at = ${now}
      where owner_id = ${ownerId} and removed_at is null and name = ${name} returning id
    ), ended as (
      update epcis_subscription s set ended_at = ${now}, end_reason = 'query-removed'
      from gone where s.query_id = gone.id and s.ended_at is null
    )
    select id from gone`
  return rows.length > 0
}
