import type { Kind } from '../../language/index.ts'
import type { Item, Tx } from '../../ledger/index.ts'
import { canonical, type Json, parseExact } from '../../standards/jcs/index.ts'
import type { Keyring } from '../protect/keyring.ts'
import { openImage } from '../protect/record-persons.ts'

type Members = Record<string, unknown>
type SealedLater = { seq: string; keys: Record<string, string | null>; entry: string | null }

/**
 * Versions of history that were sealed after their leaf was made (0121), as they were written: opened where the persons'
 * keys are there. Where one was destroyed, or without a key file, the leaf that vouches for the sealing says what the entry was, as long as the
 * sealed version is still the one that it vouches for.
 */
export async function openAsWritten(
  tx: Tx,
  keyring: Keyring | undefined,
  kinds: ReadonlyMap<string, Kind>,
  items: readonly Item[],
): Promise<Item[]> {
  const rows = await tx<SealedLater[]>`
    select s.seq::text,
      (select jsonb_object_agg(p, person_key(p)) from unnest(s.person_ids) p) as keys,
      (select r->>'entry' from change proof, jsonb_array_elements(proof.image->'rows') r
       where proof.stream = 0 and proof.seq = s.proof and proof.kind = 'history-seal' and r->>'seq' = s.seq::text
         and r->>'sha256' = encode(sha256(convert_to(c.image::text, 'UTF8')), 'hex')) as entry
    from change_sealed s join change c on c.stream = 0 and c.seq = s.seq
    where s.seq = any(${items.map(({ ref }) => ref)}::bigint[])`
  if (rows.length === 0) return [...items]
  const bySeq = new Map(rows.map((row) => [row.seq, row]))
  return items.map((item) => {
    const later = bySeq.get(item.ref)
    const kind = kinds.get(item.type)
    if (!later || !kind) return item
    if (!keyring || Object.values(later.keys).includes(null)) return { ...item, vouched: later.entry ?? '' }
    const payload = parseExact(item.payload) as unknown as Members & { image: Members }
    const snapshots = Object.keys(kind.fields).filter((name) => kind.fields[name]?.type === 'snapshot')
    const personIn = (name: string) => (payload.image[name] as { person?: { id: string } } | undefined)?.person?.id
    const image = openImage(keyring, kind, {
      ...payload.image,
      personKey: later.keys[String(payload.image.personId)],
      snapshotKeys: Object.fromEntries(snapshots.map((name) => [name, later.keys[personIn(name) ?? ''] ?? null])),
    })
    return { ...item, payload: canonical({ ...payload, image } as unknown as Json) }
  })
}
