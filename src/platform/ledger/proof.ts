import type { Sql } from 'postgres'
import { askNode } from '../../consortium/client.ts'
import { disclose } from '../../ledger/index.ts'
import type { LeafPart, ProofFile } from '../../standards/proof-file/index.ts'
import {
  formatTlogProof,
  fromBase64,
  hashLeaf,
  includes,
  parseCheckpoint,
  parseNote,
} from '../../standards/tlog/index.ts'
import type { Consortium } from './consortium.ts'
import type { Ledger } from './ledger.ts'

/** The leaf of a source's row with its proofs; its content only where the reader may have it. */
export async function leafPart(
  sql: Sql,
  ledger: Ledger,
  row: { source: string; ref: string; shown: boolean },
): Promise<LeafPart | undefined> {
  const disclosed = await disclose(sql, row.source, row.ref)
  const source = ledger.sources.find(({ name }) => name === row.source)
  if (!disclosed || !source) return undefined
  const [item] = row.shown ? await sql.begin((tx) => source.at(tx, [row.ref])) : []
  const consortium = ledger.consortium && (await consortiumProof(sql, ledger.consortium, disclosed))
  return {
    entry: disclosed.entry,
    ...(item && !item.vouched ? { salt: disclosed.salt, payload: item.payload } : {}),
    proof: disclosed.proof ?? null,
    ...(consortium ? { consortium: { origin: ledger.consortium?.origin ?? '', proof: consortium } } : {}),
  }
}

/**
 * The leaf's proof in the consortium's log under the newest head that a quorum cosigned; undefined while it is not there
 * or no node answers. What a node says is checked before it is passed on.
 */
async function consortiumProof(
  sql: Sql,
  { origin, nodes }: Consortium,
  { index, entry }: { index: number; entry: string },
): Promise<string | undefined> {
  const [place] = await sql<{ position: string }[]>`
    select (position + ${index} - first)::text as position from consortium_transaction
    where consortium = ${origin} and act = 'extend' and first <= ${index} and size > ${index} and position is not null`
  const [newest] = await sql<{ note: string }[]>`
    select note from consortium_checkpoint where consortium = ${origin} order by size desc limit 1`
  const head = parseCheckpoint(parseNote(newest?.note ?? '')?.text ?? '')
  if (!place || !newest || !head || Number(place.position) >= head.size) return undefined
  const leaf = await hashLeaf(new TextEncoder().encode(entry))
  const path = `/proofs/${Buffer.from(leaf).toString('hex')}?size=${head.size}`
  for (const { query } of nodes) {
    const answer = await askNode<{ index: number; path: string[] }>(query, path)
    const hashes = answer?.path.map((each) => fromBase64(each) ?? new Uint8Array()) ?? []
    if (answer && (await includes(leaf, answer.index, hashes, head.size, head.root)))
      return formatTlogProof({ index: answer.index, path: hashes, checkpoint: newest.note })
  }
  return undefined
}

/** The signatures with which one version of a record was handed in, and their keys, each as a leaf. */
export async function signatureParts(
  sql: Sql,
  ledger: Ledger,
  about: { ownerId: string; kind: string; id: string; version: number },
): Promise<NonNullable<ProofFile['signatures']>> {
  const rows = await sql<{ signature: string; key: string; revoked: string | null }[]>`
    select s.seq::text as signature, k.seq::text as key, r.seq::text as revoked
    from record_signature g
      join change s on s.stream = 0 and s.kind = 'signature' and s.id = g.id
      join change k on k.stream = 0 and k.kind = 'signing-key' and k.id = g.key_id and k.version = 1
      left join change r on r.stream = 0 and r.kind = 'signing-key' and r.id = g.key_id and r.version = 2
    where g.owner_id = ${about.ownerId} and g.kind = ${about.kind} and g.record_id = ${about.id} and g.version = ${about.version}
    order by s.seq limit 20`
  const part = (ref: string) => leafPart(sql, ledger, { source: 'change', ref, shown: true })
  const parts = await Promise.all(
    rows.map(async ({ signature, key, revoked }) => {
      const [ofSignature, ofKey, ofEnd] = await Promise.all([
        part(signature),
        part(key),
        revoked ? part(revoked) : undefined,
      ])
      return ofSignature && ofKey ? [{ signature: ofSignature, key: ofKey, ...(ofEnd ? { revoked: ofEnd } : {}) }] : []
    }),
  )
  return parts.flat()
}
