import type { Sql } from 'postgres'
import {
  gatherCosignatures,
  LedgerBroken,
  type Post,
  type Signer,
  type Source,
  seal,
  signCheckpoint,
} from '../../ledger/index.ts'
import { formatVerifierKey, parseVerifierKey } from '../../standards/tlog/index.ts'
import { uuidv7 } from '../id.ts'

/** What seals this installation's log. */
export type Ledger = { signer: Signer; sources: readonly Source[] }

const post: Post = async (url, body) => {
  const answer = await fetch(url, { method: 'POST', body, redirect: 'error', signal: AbortSignal.timeout(10_000) })
  return { status: answer.status, body: (await answer.text()).slice(0, 16_384) }
}

/** Seals what has been committed and signs the new head. A log that was changed behind our back raises an alarm instead. */
export async function sealLedger(sql: Sql, auditSql: Sql, ledger: Ledger, now: Date): Promise<number> {
  const sealed = await seal(sql, ledger.sources)
  try {
    await signCheckpoint(sql, ledger.signer, now)
  } catch (error) {
    if (!(error instanceof LedgerBroken)) throw error
    await alarm(auditSql, now, 'ledger-broken', `存证日志被改动：前 ${error.size} 个叶子与已签名的树根不符，已停止签名`)
  }
  return sealed
}

/** Asks the witnesses. One that saw another history than ours raises an alarm: somebody forked or rolled back the log. */
export async function witnessLedger(sql: Sql, auditSql: Sql, now: Date): Promise<number> {
  const failures = await gatherCosignatures(sql, post, now)
  for (const { witness, failure, fork } of failures)
    if (fork) await alarm(auditSql, now, 'ledger-fork', `见证方 ${witness}：${failure}`)
  return failures.length
}

async function alarm(auditSql: Sql, now: Date, rule: string, text: string): Promise<void> {
  const day = now.toISOString().slice(0, 10)
  await auditSql`
    insert into audit_alarm (id, at, rule, level, actor_name, text, about)
    values (${uuidv7(now.getTime())}, ${now}, ${rule}, 'bad', '系统', ${text}, ${`${rule} ${day} ${text}`.slice(0, 400)})
    on conflict (about) do nothing`
}

/** Takes over the witnesses that the operator names: lines of address and verifier key. Refuses what it cannot read. */
export async function setWitnesses(sql: Sql, configured: string): Promise<void> {
  for (const line of configured.split(/[\n;]+/).map((each) => each.trim())) {
    if (!line) continue
    const [url = '', text = ''] = line.split(/\s+/)
    const key = await parseVerifierKey(text)
    if (key?.type !== 'cosignature' || !URL.canParse(url))
      throw new Error(`SHISU_WITNESSES 里这一行不对：${line}（应为“网址 公钥”）`)
    await sql`
      insert into ledger_witness (name, url, verifier_key) values (${key.name}, ${url}, ${text})
      on conflict (name) do update set url = excluded.url, verifier_key = excluded.verifier_key`
  }
}

/** The verifier keys of the log and its witnesses: whom a reader of this platform's proofs trusts. */
export async function trustedKeys(sql: Sql, ledger: Ledger): Promise<{ log: string; witnesses: string[] }> {
  const rows = await sql<{ key: string }[]>`select verifier_key as key from ledger_witness order by name`
  return { log: await formatVerifierKey(ledger.signer), witnesses: rows.map(({ key }) => key) }
}
