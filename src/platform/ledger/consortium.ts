import { readFileSync } from 'node:fs'
import type { Sql } from 'postgres'
import { type Agreed, agreedCheckpoint, askNode, submit } from '../../consortium/client.ts'
import { codes } from '../../consortium/codes.ts'
import { anchoring, extending } from '../../consortium/site.ts'
import { HASHES_MAX, type Signer, signerOf, transactionId } from '../../consortium/transaction.ts'
import { newestCheckpoint } from '../../ledger/index.ts'
import { type NoteKey, parseVerifierKey } from '../../standards/tlog/index.ts'
import { alarm } from './alarm.ts'
import { alarmRefusals } from './refused.ts'

/** The consortium that this site hands its log to: its log's name, its nodes, whose cosignatures count, our gateway's key. */
export type Consortium = {
  origin: string
  nodes: readonly { name: string; rpc: string; query: string }[]
  members: readonly NoteKey[]
  memberKeys: readonly string[]
  quorum: number
  gateway: Signer
}

type Connection = {
  origin: string
  nodes: Consortium['nodes']
  members: string[]
  quorum: number
  /** 32 bytes of Ed25519 seed in base 64. */
  gateway: string
}

/** Reads the connection file that `npm run consortium` or the operator wrote; refuses one that is not whole. */
export async function openConsortium(path: string): Promise<Consortium> {
  const { origin, nodes, members, quorum, gateway } = JSON.parse(readFileSync(path, 'utf8')) as Connection
  const keys = await Promise.all(members.map(parseVerifierKey))
  const seed = Buffer.from(gateway, 'base64')
  const known = keys.filter((key): key is NoteKey => key?.type === 'cosignature')
  if (known.length !== members.length || seed.length !== 32 || !(quorum > 0 && quorum <= known.length))
    throw new Error(`联盟链的连接文件不对：${path}`)
  return { origin, nodes, members: known, memberKeys: members, quorum, gateway: signerOf(seed) }
}

type Row = { act: 'extend' | 'anchor'; first: string; size: string }

/** Transactions in one run; the next goes on where it ended. */
const stepsMax = 50
const confirmMs = 10_000

/**
 * Hands this site's leaves to the consortium in their order and anchors each signed head behind the leaves it covers; then
 * keeps the newest head that a quorum of members cosigned. What was handed in and not confirmed is handed in again as the
 * very same transaction. Members that contradict each other or us raise an alarm. Returns how many were confirmed.
 */
export async function handIn(sql: Sql, auditSql: Sql, consortium: Consortium, now: Date): Promise<number> {
  let confirmed = 0
  // Transactions of one run take their time one after another.
  const started = performance.now()
  const moment = () => new Date(now.getTime() + performance.now() - started)
  for (let step = 0; step < stepsMax; step++) {
    const next = await nextRow(sql, consortium.origin, moment())
    if (!next) break
    const said = await bring(sql, consortium, next, moment)
    if (said === codes.forked)
      await alarm(auditSql, now, 'consortium-fork', `联盟链上第 ${next.first} 条起已是另外的内容：本地日志被回退或改写`)
    if (said !== codes.ok) break
    confirmed++
  }
  await keepHead(sql, auditSql, consortium, now)
  await alarmRefusals(auditSql, consortium)
  return confirmed
}

/** What comes next: what is not confirmed yet, the following leaves below the signed head, or that head itself. */
async function nextRow(sql: Sql, origin: string, now: Date): Promise<Row | undefined> {
  const [open] = await sql<Row[]>`
    select act, first::text, size::text from consortium_transaction
    where consortium = ${origin} and position is null order by first, size desc limit 1`
  if (open) return open
  const newest = await newestCheckpoint(sql)
  const [done] = await sql<{ leaves: number; anchored: number }[]>`
    select coalesce(max(size) filter (where act = 'extend'), 0)::float8 as leaves,
      coalesce(max(size) filter (where act = 'anchor'), 0)::float8 as anchored
    from consortium_transaction where consortium = ${origin}`
  const { leaves = 0, anchored = 0 } = done ?? {}
  // A head is anchored at exactly the leaves it covers, so that every member can compute it: the head behind what was
  // handed in comes before further leaves.
  const [reached] = await sql`select 1 from ledger_checkpoint where size = ${leaves} and ${leaves > anchored}`
  if (!newest || (!reached && leaves >= newest.head.size)) return undefined
  const row: Row = reached
    ? { act: 'anchor', first: String(leaves), size: String(leaves) }
    : { act: 'extend', first: String(leaves), size: String(Math.min(leaves + HASHES_MAX, newest.head.size)) }
  await sql`
    insert into consortium_transaction (consortium, act, first, size, made_at)
    values (${origin}, ${row.act}, ${row.first}, ${row.size}, ${now})`
  return row
}

async function transactionOf(sql: Sql, { gateway }: Consortium, { act, first, size }: Row): Promise<Buffer> {
  const head = await newestCheckpoint(sql, act === 'anchor' ? Number(size) : undefined)
  if (!head) throw new Error('the log has no signed head')
  if (act === 'anchor') return anchoring(head.signed, Number(size), gateway)
  const rows = await sql<{ hash: Buffer }[]>`
    select hash from ledger_leaf where index >= ${first} and index < ${size} order by index`
  return extending(
    head.head.origin,
    Number(first),
    rows.map(({ hash }) => hash),
    gateway,
  )
}

type Place = { height: number; first: number }

/** Hands one transaction in, if no node knows it yet, and waits until a block holds it. */
async function bring(sql: Sql, consortium: Consortium, row: Row, moment: () => Date): Promise<number> {
  const bytes = await transactionOf(sql, consortium, row)
  const path = `/transactions/${transactionId(bytes).toString('hex')}`
  const find = async (): Promise<Place | undefined> => {
    const answers = await Promise.all(consortium.nodes.map(({ query }) => askNode<Place>(query, path)))
    return answers.find((answer) => answer !== undefined)
  }
  let place = await find()
  if (!place) {
    // To every node: whichever proposes next puts it into its block, and the others find it there.
    const taken = await Promise.all(consortium.nodes.map(({ rpc }) => submit(rpc, bytes).catch(() => undefined)))
    const refused = taken.find((each) => each && each.code > codes.ok && each.code !== codes.repeated)
    if (refused) return refused.code
  }
  for (const end = Date.now() + confirmMs; !place && Date.now() < end; ) {
    await new Promise((done) => setTimeout(done, 200))
    place = await find()
  }
  // Not in a block yet: the next run asks again, and hands in the same bytes.
  if (!place) return codes.order
  await sql`
    update consortium_transaction set position = ${place.first}, height = ${place.height}, confirmed_at = ${moment()}
    where consortium = ${consortium.origin} and act = ${row.act} and first = ${row.first}`
  return codes.ok
}

async function keepHead(sql: Sql, auditSql: Sql, consortium: Consortium, now: Date): Promise<void> {
  const { origin, nodes, members, quorum } = consortium
  const agreed: Agreed | undefined = await agreedCheckpoint(
    nodes.map(({ query }) => query),
    members,
    quorum,
  )
  if (!agreed || agreed.head.origin !== origin) return
  for (const member of agreed.differing)
    await alarm(
      auditSql,
      now,
      'consortium-fork',
      `联盟成员 ${member} 在区块 ${agreed.height} 签了另一个树根，与多数成员不一致`,
    )
  const [last] = await sql<{ size: string; note: string }[]>`
    select size::text, note from consortium_checkpoint where consortium = ${origin} order by size desc limit 1`
  if (last && Number(last.size) > agreed.head.size)
    await alarm(
      auditSql,
      now,
      'consortium-fork',
      `联盟链曾有 ${last.size} 条，现在多数成员只认 ${agreed.head.size} 条：可能被回退`,
    )
  await sql`
    insert into consortium_checkpoint (consortium, size, height, note, at)
    values (${origin}, ${agreed.head.size}, ${agreed.height}, ${agreed.note}, ${now}) on conflict do nothing`
}
