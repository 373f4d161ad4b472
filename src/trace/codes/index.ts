export { analyseLooks } from './analysis.ts'

import type { ISql } from 'postgres'
import type { CodeKeys } from './keys.ts'
import { type CodeOrder, orderAt } from './orders.ts'
import { BATCH } from './permutation.ts'
import { SERIAL_LENGTH } from './serial.ts'

export { type CodeKeys, openKeys, rotateKey } from './keys.ts'
export {
  addAliases,
  addLink,
  aliasTarget,
  endLink,
  gtinOfShort,
  linksOf,
  type OwnLink,
  ownLinks,
  shortNumbers,
} from './links.ts'
export { accountOf, type CodeAccount, type Mark, type MarkKind, markCodes, marksOf, scannedOf, union } from './marks.ts'
export {
  type CodeOrder,
  issueCodes,
  lotKey,
  type OrderRequest,
  orderOf,
  ordersOf,
  QUANTITY_LIMIT,
  serialOf,
} from './orders.ts'
export { importRanges, rangesOf } from './ranges.ts'
export { type Channel, type ScanCount, type ScanCounter, scanCounter, scansOf } from './scans.ts'
export { ALPHABET, SERIAL_LENGTH, tidySerial } from './serial.ts'
export {
  type CodeState,
  type Look,
  type Looker,
  noteLook,
  placeSignals,
  type Signal,
  type SignalLimits,
  type SignalReason,
  signalLimits,
  stateSignals,
} from './signals.ts'
export { issueSsccs, type SsccOrder, ssccOrderOf, ssccOrdersOf, ssccsOf } from './sscc.ts'

/** A genuine code: the order that issued it and its place in it. */
export type ResolvedCode = { order: CodeOrder; index: number; lot: string }

export type CodeIndex = { index: number; keyVersion: number }

export type Codes = {
  /** The serials of an order from the `from`-th (0-based) on, at most 4,096 a batch, computed as they are taken. */
  serialsOf(
    order: Pick<CodeOrder, 'gtin' | 'keyVersion' | 'firstIndex' | 'quantity'>,
    from?: number,
    count?: number,
  ): Generator<string[]>
  /** What a serial stands for under each key under which its check fits: none, or (but for 2^-26) one. */
  indexesOf(gtin: string, serial: string): CodeIndex[]
  /** The order behind a serial; undefined where the check does not fit or the index was never issued. */
  resolve(tx: ISql, gtin: string, serial: string): Promise<ResolvedCode | undefined>
}

/** What a thing's lot can be known by where no event says it. */
export type CodeReader = Pick<Codes, 'indexesOf' | 'serialsOf'>

/** The codes of this installation, under its keys. */
export function codes(keys: CodeKeys): Codes {
  const indexesOf = (gtin: string, serial: string) => {
    const found: CodeIndex[] = []
    for (const keyVersion of keys.versions) {
      const index = keys.permutationOf(keyVersion, gtin).invert(serial)
      if (index !== undefined) found.push({ index, keyVersion })
    }
    return found
  }
  return {
    *serialsOf(order, from = 0, count = order.quantity - from) {
      const permutation = keys.permutationOf(order.keyVersion, order.gtin)
      const end = Math.min(order.quantity, from + count)
      for (let at = from; at < end; at += BATCH) {
        const size = Math.min(BATCH, end - at)
        const text = permutation.batch(order.firstIndex + at, size).toString('latin1')
        const serials: string[] = []
        for (let i = 0; i < text.length; i += SERIAL_LENGTH) serials.push(text.slice(i, i + SERIAL_LENGTH))
        yield serials
      }
    },
    indexesOf,
    async resolve(tx, gtin, serial) {
      for (const { index, keyVersion } of indexesOf(gtin, serial)) {
        const order = await orderAt(tx, gtin, index)
        if (order?.keyVersion === keyVersion) return { order, index, lot: order.lot }
      }
      return undefined
    },
  }
}
