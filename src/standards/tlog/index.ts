export { fromBase64, toBase64 } from './bytes.ts'
export { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint.ts'
export {
  checkSignature,
  cosignatureLine,
  cosigned,
  formatVerifierKey,
  keyId,
  type Note,
  type NoteKey,
  type NoteSigner,
  parseNote,
  parseVerifierKey,
  signatureLine,
  type Verdict,
} from './note.ts'
export { continues, hashLeaf, includes } from './proof.ts'
export { HASH_BYTES, parseTilePath, TILE_WIDTH, type TilePlace, tilePath, tileWidth } from './tile.ts'
export { checkTlogProof, formatTlogProof, parseTlogProof, type TlogProof, type Trust } from './tlog-proof.ts'
