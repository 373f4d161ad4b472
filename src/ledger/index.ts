export { gatherCosignatures, type Post } from './cosign.ts'
export { commitment, entryOf, type Item, type UseRights } from './leaf.ts'
export {
  type Disclosure,
  disclose,
  entryBundle,
  LedgerBroken,
  newestCheckpoint,
  type Signer,
  signCheckpoint,
  tile,
  treeAt,
} from './log.ts'
export { seal } from './seal.ts'
export { ledgerKeyPath, openSigner, previousKeyPath } from './signer.ts'
export type { Place, Source, Tx } from './source.ts'
export { type Finding, verifyLedger } from './verify.ts'
