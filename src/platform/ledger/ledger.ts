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
import type { Trusted } from '../../standards/proof-file/index.ts'
import { formatVerifierKey, parseVerifierKey } from '../../standards/tlog/index.ts'
import { atOnce, type Pace } from '../feed/pace.ts'
import { alarm } from './alarm.ts'
import type { Consortium } from './consortium.ts'

/** What seals this installation's log. */
export type Ledger = {
  signer: Signer
  /** The key before, while both sign. */
  previous?: Signer
  sources: readonly Source[]
  /** The consortium that the log is handed to, where there is one. */
  consortium?: Consortium
}

const post: Post = async (url, body) => {
  const answer = await fetch(url, { method: 'POST', body, redirect: 'error', signal: AbortSignal.timeout(10_000) })
  return { status: answer.status, body: (await answer.text()).slice(0, 16_384) }
}

/** Seals what has been committed and signs the new head. A log that was changed behind our back raises an alarm instead. */
export async function sealLedger(
  sql: Sql,
  auditSql: Sql,
  ledger: Ledger,
  now: Date,
  pace: Pace = atOnce,
): Promise<number> {
  const sealed = await seal(sql, ledger.sources, pace)
  try {
    await signCheckpoint(sql, ledger.signer, now, ledger.previous)
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

/** A key of the log, from its beginning to its end. */
export type LogKey = {
  verifierKey: string
  addedAt: Date
  retiredAt: Date | null
  revokedAt: Date | null
  reason: string | null
}

export async function logKeys(sql: Sql): Promise<LogKey[]> {
  return sql<LogKey[]>`
    select verifier_key as "verifierKey", added_at as "addedAt", retired_at as "retiredAt", revoked_at as "revokedAt", reason
    from ledger_key order by added_at desc`
}

/** Makes the keys that sign known, and with that a leaf of the log. A key that was ended signs no more: the start stops. */
export async function announceKeys(sql: Sql, { signer, previous }: Pick<Ledger, 'signer' | 'previous'>): Promise<void> {
  for (const key of [...(previous ? [previous] : []), signer]) {
    const text = await formatVerifierKey(key)
    await sql`insert into ledger_key (verifier_key) values (${text}) on conflict do nothing`
    const [ended] = await sql`
      select 1 from ledger_key where verifier_key = ${text} and (retired_at is not null or revoked_at is not null)`
    if (ended) throw new Error(`日志密钥已停用或吊销，不能再用来签名：${text}`)
  }
}

/** A witness as everybody may know it. */
export type WitnessKey = { name: string; verifierKey: string }

/** The witnesses and their keys: asked for here and nowhere else. */
export async function witnessKeys(sql: Sql): Promise<WitnessKey[]> {
  return sql<WitnessKey[]>`select name, verifier_key as "verifierKey" from ledger_witness order by name`
}

/** The verifier keys of the log, its witnesses and the consortium's members: whom a reader of our proofs trusts. */
export async function trustedKeys(sql: Sql, { signer, consortium }: Ledger): Promise<Trusted> {
  const [witnesses, keys] = await Promise.all([witnessKeys(sql), logKeys(sql)])
  const log = await formatVerifierKey(signer)
  const others = keys.filter(({ verifierKey }) => verifierKey !== log)
  const named = (list: readonly LogKey[]) => list.map(({ verifierKey }) => verifierKey)
  const logs = named(others.filter(({ revokedAt }) => revokedAt === null))
  const revoked = named(others.filter(({ revokedAt }) => revokedAt !== null))
  return {
    log,
    ...(logs.length > 0 ? { logs } : {}),
    ...(revoked.length > 0 ? { revoked } : {}),
    witnesses: witnesses.map(({ verifierKey }) => verifierKey),
    ...(consortium
      ? {
          consortium: { origin: consortium.origin, members: consortium.memberKeys, quorum: consortium.quorum },
        }
      : {}),
  }
}
