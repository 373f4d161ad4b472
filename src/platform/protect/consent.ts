import type { ISql } from 'postgres'
import { Failure } from '../../failure.ts'
import type { ConsentPurpose, Kind } from '../../language/index.ts'

/** What each consent is about, in the words of the form. */
export const purposes: Readonly<Record<ConsentPurpose, string>> = {
  face: '人脸等生物识别信息',
  health: '健康信息',
  minor: '未成年人信息',
}

/** The fields among some values that need a consent of their own (PIPL Arts 29 and 31). */
function asked(kind: Kind, value: Record<string, unknown>): Asking[] {
  return askingOf(kind).filter(({ name }) => value[name] !== undefined && value[name] !== null)
}

type Asking = { name: string; title: string; purpose: ConsentPurpose }

const asking = new WeakMap<Kind, readonly Asking[]>()

/** A kind's fields that need a consent, found out once. */
function askingOf(kind: Kind): readonly Asking[] {
  const known = asking.get(kind)
  if (known) return known
  const found = Object.entries(kind.fields).flatMap(([name, { title, consent }]) =>
    consent ? [{ name, title, purpose: consent }] : [],
  )
  asking.set(kind, found)
  return found
}

function refused(missing: readonly Asking[], how: string): Failure {
  const problems = missing.map(({ name, title, purpose }) => ({
    code: 'no-consent',
    text: `${title}属于${purposes[purpose]}，${how}`,
    at: `/${name}`,
  }))
  return new Failure(403, 'no-consent', problems[0]?.text ?? how, { problems })
}

/** A record that is just made speaks of somebody who cannot have agreed to anything yet. */
export function requireNoConsentNeeded(kind: Kind, value: Record<string, unknown>): void {
  const missing = asked(kind, value)
  if (missing.length > 0) throw refused(missing, '请先保存记录，登记本人（未成年人由监护人）同意后再填写')
}

/** Refuses fields to which the person has not agreed, or no longer agrees, or whose consent has ended. */
export async function requireConsentFor(
  sql: ISql,
  kind: Kind,
  personId: string | undefined,
  value: Record<string, unknown>,
  now: Date,
): Promise<void> {
  const wanted = asked(kind, value)
  if (wanted.length === 0) return
  const given = personId ? await sql<{ purpose: string }[]>`select purpose from consents_of(${personId}, ${now})` : []
  const missing = wanted.filter(({ purpose }) => !given.some((each) => each.purpose === purpose))
  if (missing.length > 0) throw refused(missing, '没有本人（未成年人由监护人）的同意，或同意已撤回、已到期')
}
