import type { Sql } from 'postgres'
import { parseCheckpoint, parseNote } from '../standards/tlog/index.ts'
import { addLeaves, headOf, leafHash } from '../standards/tlog/tree.ts'
import { commitment, entryOf } from './leaf.ts'
import type { Place, Source, Tx } from './source.ts'

export type Finding = {
  what: 'altered' | 'missing' | 'added' | 'leaf' | 'checkpoint'
  source: string
  ref: string
  text: string
}

const batch = 5000

/**
 * Holds the whole database against the log and names everything that does not fit: rows that were altered, removed or
 * slipped in, leaves and signed heads that no longer belong together. One snapshot for all, so that work may go on.
 */
export async function verifyLedger(
  sql: Sql,
  sources: readonly Source[],
): Promise<{ leaves: number; findings: Finding[] }> {
  return sql.begin('isolation level repeatable read read only', async (tx) => {
    const findings: Finding[] = []
    const roots = await rootsBySize(tx)
    let tree: (Buffer | null)[] = []
    let size = 0
    const checkRoot = () => {
      const signed = roots.get(size)
      if (signed && !headOf(tree).equals(signed))
        findings.push(finding('checkpoint', 'log', String(size), `前 ${size} 个叶子与已签名的树根不符`))
    }
    for (;;) {
      const leaves = await tx<LeafRow[]>`
        select index, source, ref::text, salt, entry, hash from ledger_leaf
        where index >= ${size} order by index limit ${batch}`
      if (leaves.length === 0) break
      findings.push(...(await checkRows(tx, sources, leaves)))
      for (const leaf of leaves) {
        checkRoot()
        if (Number(leaf.index) !== size)
          findings.push(finding('leaf', leaf.source, leaf.ref, `叶子编号应为 ${size}，实为 ${leaf.index}`))
        if (!leafHash(Buffer.from(leaf.entry, 'utf8')).equals(leaf.hash))
          findings.push(finding('leaf', leaf.source, leaf.ref, '叶子内容与其哈希不符'))
        tree = addLeaves(tree, [leaf.hash])
        size = Number(leaf.index) + 1
      }
    }
    checkRoot()
    for (const signed of roots.keys())
      if (signed > size)
        findings.push(finding('checkpoint', 'log', String(signed), `已签名 ${signed} 个叶子，现在只有 ${size} 个`))
    for (const source of sources) findings.push(...(await addedRows(tx, source)))
    return { leaves: size, findings }
  }) as Promise<{ leaves: number; findings: Finding[] }>
}

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
      else if ((item.vouched ?? entryOf(item, commitment(item.payload, leaf.salt))) !== leaf.entry)
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

async function rootsBySize(tx: Tx): Promise<Map<number, Uint8Array>> {
  const rows = await tx<{ note: string }[]>`select note from ledger_checkpoint`
  const heads = rows.map(({ note }) => parseCheckpoint(parseNote(note)?.text ?? ''))
  return new Map(heads.flatMap((head) => (head ? [[head.size, head.root] as const] : [])))
}
