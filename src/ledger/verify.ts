import type { Sql } from 'postgres'
import { checkSignature, type NoteKey, parseCheckpoint, parseNote } from '../standards/tlog/index.ts'
import { addLeaves, headOf, leafHash } from '../standards/tlog/tree.ts'
import { commitment, entryOf, usedAsSaid } from './leaf.ts'
import type { Place, Source, Tx } from './source.ts'

export type Finding = {
  what: 'altered' | 'missing' | 'added' | 'leaf' | 'checkpoint'
  source: string
  ref: string
  text: string
}

const batch = 5000

/** By which of the log's keys its heads must be signed, and who hears how far it has come. */
export type Verification = { logs?: readonly NoteKey[]; progress?: (done: number, total: number) => void }

/**
 * Holds the whole database against the log and names everything that does not fit: rows that were altered, removed or
 * slipped in, leaves and signed heads that no longer belong together. One snapshot for all, so that work may go on; in memory
 * are two batches, however large the log.
 */
export async function verifyLedger(
  sql: Sql,
  sources: readonly Source[],
  { logs, progress }: Verification = {},
): Promise<{ leaves: number; findings: Finding[] }> {
  return sql.begin('isolation level repeatable read read only', async (tx) => {
    const findings: Finding[] = []
    const [counted] = await tx<{ size: string }[]>`select size from ledger_log`
    const total = Number(counted?.size ?? 0)
    let tree: (Buffer | null)[] = []
    let size = 0
    // The database reads the next batch while this one is computed.
    const read = (from: number) => {
      const leaves = leavesFrom(tx, from)
      leaves.catch(() => {})
      return leaves
    }
    let coming = read(0)
    for (;;) {
      const leaves = await coming
      if (leaves.length === 0) break
      coming = read(Number(leaves.at(-1)?.index) + 1)
      const heads = await headsWithin(tx, size, Number(leaves.at(-1)?.index) + 1, logs, findings)
      findings.push(...(await checkRows(tx, sources, leaves)))
      let since: Buffer[] = []
      for (const leaf of leaves) {
        if (Number(leaf.index) !== size)
          findings.push(finding('leaf', leaf.source, leaf.ref, `叶子编号应为 ${size}，实为 ${leaf.index}`))
        if (!leafHash(Buffer.from(leaf.entry, 'utf8')).equals(leaf.hash))
          findings.push(finding('leaf', leaf.source, leaf.ref, '叶子内容与其哈希不符'))
        since.push(leaf.hash)
        size = Number(leaf.index) + 1
        const signed = heads.get(size)
        if (!signed) continue
        tree = addLeaves(tree, since)
        since = []
        if (!headOf(tree).equals(signed))
          findings.push(finding('checkpoint', 'log', String(size), `前 ${size} 个叶子与已签名的树根不符`))
      }
      tree = addLeaves(tree, since)
      progress?.(size, total)
    }
    for (const signed of (await headsWithin(tx, size, Number.MAX_SAFE_INTEGER, logs, findings)).keys())
      findings.push(finding('checkpoint', 'log', String(signed), `已签名 ${signed} 个叶子，现在只有 ${size} 个`))
    for (const source of sources) findings.push(...(await addedRows(tx, source)))
    return { leaves: size, findings }
  }) as Promise<{ leaves: number; findings: Finding[] }>
}

const leavesFrom = async (tx: Tx, from: number): Promise<LeafRow[]> =>
  tx<LeafRow[]>`
    select index, source, ref::text, salt, entry, hash from ledger_leaf where index >= ${from} order by index limit ${batch}`

type LeafRow = { index: string; source: string; ref: string; salt: Buffer; entry: string; hash: Buffer }

const finding = (what: Finding['what'], source: string, ref: string, text: string): Finding => ({
  what,
  source,
  ref,
  text,
})

async function checkRows(tx: Tx, sources: readonly Source[], leaves: readonly LeafRow[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const source of sources) {
    const mine = leaves.filter((leaf) => leaf.source === source.name)
    const items = new Map(
      (
        await source.at(
          tx,
          mine.map(({ ref }) => ref),
        )
      ).map((item) => [item.ref, item]),
    )
    for (const leaf of mine) {
      const item = items.get(leaf.ref)
      if (!item) findings.push(finding('missing', source.name, leaf.ref, '原始记录已不在数据库中'))
      else if (
        (item.vouched ??
          entryOf({ ...item, use: usedAsSaid(leaf.entry) ?? item.use }, commitment(item.payload, leaf.salt))) !==
        leaf.entry
      )
        findings.push(finding('altered', source.name, leaf.ref, `${item.type}：数据库中的内容与存证不符`))
    }
  }
  return findings
}

async function addedRows(tx: Tx, source: Source): Promise<Finding[]> {
  const [cursor] = await tx<Place[]>`select xid::text, seq::text from ledger_cursor where source = ${source.name}`
  const refs = cursor ? await source.strangers(tx, cursor) : []
  return refs.map((ref) => finding('added', source.name, ref, '这一行没有存证，是绕过系统加入的'))
}

/** The roots that were signed over sizes beyond one and up to another; a head that is none, or not the log's own, is named. */
async function headsWithin(
  tx: Tx,
  beyond: number,
  upTo: number,
  logs: readonly NoteKey[] | undefined,
  findings: Finding[],
): Promise<Map<number, Uint8Array>> {
  const rows = await tx<{ size: string; note: string }[]>`
    select size::text, note from ledger_checkpoint where size > ${beyond} and size <= ${upTo} order by size`
  const heads = new Map<number, Uint8Array>()
  for (const row of rows) {
    const note = parseNote(row.note)
    const head = note && parseCheckpoint(note.text)
    if (!note || !head || String(head.size) !== row.size)
      findings.push(finding('checkpoint', 'log', row.size, '签名的树根读不出来，或与它的大小不符'))
    else if (logs && !(await Promise.all(logs.map((key) => checkSignature(note, key)))).some((said) => said?.valid))
      findings.push(finding('checkpoint', 'log', row.size, '这个树根没有日志自己的签名，是伪造的'))
    if (head) heads.set(Number(row.size), head.root)
  }
  return heads
}
