import type { Fragment, ISql } from 'postgres'

/** A connection or a transaction: the core works in whichever its caller holds. */
export type Tx = ISql

/**
 * What a core may show. `city` and `county` are GB/T 2260 codes of six digits, `ownerId` a subject's or authority's id;
 * a `station` is a part of its county, known by the owners that belong to it.
 */
export type Scope = { all: true } | { city: string } | { county: string; station?: string } | { ownerId: string }

/** True where everything may be shown, so that no event need be looked at for its readers. */
export function seesAll(scope: Scope): boolean {
  return 'all' in scope
}

/** The SQL condition under which the event `e` may be shown: equality in stored arrays, which an index can serve. */
export function visible(tx: Tx, scope: Scope): Fragment {
  if ('all' in scope) return tx`true`
  if ('ownerId' in scope) return tx`e.party_ids @> array[${scope.ownerId}::uuid]`
  const region = tx`e.regions @> array[${'city' in scope ? scope.city : scope.county}::text]`
  if (!('station' in scope)) return region
  return tx`${region} and e.party_ids && array(select so.id from owner so where so.station = ${scope.station ?? ''})`
}
