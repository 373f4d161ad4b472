import type { Sql } from 'postgres'
import { checkSignature, parseNote, parseVerifierKey, toBase64 } from '../standards/tlog/index.ts'
import { newestCheckpoint, treeAt } from './log.ts'

/** Posts a text and gives back what came; the caller guards the address and the time. */
export type Post = (url: string, body: string) => Promise<{ status: number; body: string }>

export type WitnessRow = { name: string; url: string; verifierKey: string; size: string }

/**
 * Asks every witness that is behind for its cosignature of the newest head. What one answers does not hold up another.
 * Returns what went wrong, by witness; a refusal of the head itself (409 at equal size, 422) means that log or witness
 * was rolled back or forked, and is told as `fork`.
 */
export async function gatherCosignatures(
  sql: Sql,
  post: Post,
  now: Date,
): Promise<{ witness: string; failure: string; fork: boolean }[]> {
  const newest = await newestCheckpoint(sql)
  if (!newest) return []
  const rows = await sql<WitnessRow[]>`
    select name, url, verifier_key as "verifierKey", size::text from ledger_witness where size <> ${newest.head.size} order by name`
  const failures = await Promise.all(
    rows.map(async (witness) => {
      const failure = await askWitness(sql, post, witness, newest.head.size, newest.signed, now).catch(
        (error: unknown) => ({
          failure: error instanceof Error ? error.message : String(error),
          fork: false,
        }),
      )
      if (!failure) return []
      await sql`update ledger_witness set failed_at = ${now}, failure = ${failure.failure} where name = ${witness.name}`
      return [{ witness: witness.name, ...failure }]
    }),
  )
  return failures.flat()
}

type Refused = { failure: string; fork: boolean }

async function askWitness(
  sql: Sql,
  post: Post,
  witness: WitnessRow,
  size: number,
  note: string,
  now: Date,
): Promise<Refused | undefined> {
  const key = await parseVerifierKey(witness.verifierKey)
  if (key?.type !== 'cosignature') return { failure: '见证方公钥格式不对', fork: false }
  let known = Number(witness.size)
  if (known > size) return refusal({ status: 409, body: '' }, known, size)
  for (let attempt = 0; attempt < 2; attempt++) {
    const path = await treeAt(sql, size).consistency(known)
    const [text = ''] = note.split('\n\n')
    const own = note.slice(text.length + 2).trimEnd()
    const answer = await post(
      `${witness.url.replace(/\/$/, '')}/add-checkpoint`,
      `old ${known}\n${path.map((hash) => `${toBase64(hash)}\n`).join('')}\n${text}\n\n${own}\n`,
    )
    if (answer.status === 200)
      return keepCosignature(sql, { text, lines: answer.body, size, name: witness.name, now }, key)
    const theirs = Number(answer.body.trim())
    // It has seen more, or less, than we remember of it.
    if (answer.status === 409 && Number.isSafeInteger(theirs) && theirs < size && theirs !== known) known = theirs
    else return refusal(answer, theirs, size)
  }
  return { failure: '见证方两次报出的大小不一致', fork: true }
}

function refusal(answer: { status: number; body: string }, theirs: number, size: number): Refused {
  if (answer.status === 422) return { failure: '见证方认为日志被改写：新日志不是旧日志的延续', fork: true }
  if (answer.status === 409 && theirs >= size)
    return { failure: `见证方已见过 ${theirs} 个叶子，本地只有 ${size} 个：日志可能被回退`, fork: true }
  return { failure: `见证方拒绝（${answer.status}）：${answer.body.trim().slice(0, 200)}`, fork: false }
}

async function keepCosignature(
  sql: Sql,
  { text, lines, size, name, now }: { text: string; lines: string; size: number; name: string; now: Date },
  key: Parameters<typeof checkSignature>[1],
): Promise<Refused | undefined> {
  const answered = parseNote(`${text}\n\n${lines}`)
  if (!answered || !(await checkSignature(answered, key))?.valid) return { failure: '见证方的签名不对', fork: false }
  const line = answered.signatures.find((each) => each.name === key.name)?.line ?? ''
  await sql.begin(async (tx) => {
    await tx`
      insert into ledger_cosignature (size, witness, line, at) values (${size}, ${name}, ${line}, ${now})
      on conflict do nothing`
    await tx`update ledger_witness set size = ${size}, seen_at = ${now}, failure = null where name = ${name}`
  })
  return undefined
}
