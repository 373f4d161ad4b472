import type { TransactionSql } from 'postgres'
import type { Place } from '../feed/index.ts'
import type { Item } from './leaf.ts'

export type Tx = TransactionSql

export type { Place }

/**
 * Something whose rows become leaves. `next` gives the rows after a place whose transactions all ended below the horizon;
 * `at` gives again what stands there now, for checking; `strangers` the refs at or before a place that never got a leaf.
 */
export type Source = {
  name: string
  next(tx: Tx, after: Place, horizon: string, limit: number): Promise<{ items: Item[]; place: Place }>
  at(tx: Tx, refs: readonly string[]): Promise<Item[]>
  strangers(tx: Tx, upTo: Place): Promise<string[]>
}
