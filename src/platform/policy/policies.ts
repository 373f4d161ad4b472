import type { ISql, Sql } from 'postgres'
import { Failure, invalid } from '../../failure.ts'
import { checkFields } from '../../language/index.ts'
import { type Actor, signature } from '../access/actor.ts'
import {
  declaredPolicies,
  isPolicyName,
  type PolicyDeclaration,
  type PolicyName,
  type PolicyValue,
} from './declared.ts'

export type PolicyVersion = {
  version: number
  value: Record<string, unknown>
  at: Date
  actor: { name: string; ownerTitle: string }
  reason: string
}

/** The policies in force, read again at most every few seconds, so that every process follows within that time. */
export type Policies = {
  get<Name extends PolicyName>(name: Name): Promise<PolicyValue<Name>>
  /** As it was when last read, for what cannot wait: at most a few seconds older. */
  latest<Name extends PolicyName>(name: Name): PolicyValue<Name>
  /** As `get`, at once, where it was read in the last few seconds: what every request asks for need not wait its turn. */
  fresh<Name extends PolicyName>(name: Name): PolicyValue<Name> | undefined
  /** After a change in this process. */
  forget(): void
}

const freshMs = 3000

type Stored = ReadonlyMap<string, Record<string, unknown>>

const wholes = new WeakMap<Stored, Map<string, object>>()

/** A field that a newer release added takes its initial value. Put together once for each reading: every request asks. */
function inForceOf<Name extends PolicyName>(stored: Stored, name: Name): PolicyValue<Name> {
  const known = wholes.get(stored) ?? new Map<string, object>()
  wholes.set(stored, known)
  const whole = known.get(name) ?? Object.freeze({ ...declaredPolicies[name].initial, ...stored.get(name) })
  known.set(name, whole)
  return whole as PolicyValue<Name>
}

export function openPolicies(sql: Sql): Policies {
  let read: Promise<Stored> | undefined
  let readAt = 0
  let settled: Stored = new Map()
  let isRead = false
  const inForce = () => {
    if (read && Date.now() - readAt < freshMs) return read
    readAt = Date.now()
    isRead = false
    read = sql<{ name: string; value: Record<string, unknown> }[]>`
      select distinct on (name) name, value from policy order by name, version desc`
      .then((rows) => {
        settled = new Map(rows.map((row) => [row.name, row.value]))
        isRead = true
        return settled
      })
      .catch((error) => {
        read = undefined
        throw error
      })
    return read
  }
  return {
    async get(name) {
      return inForceOf(await inForce(), name)
    },
    fresh(name) {
      return isRead && Date.now() - readAt < freshMs ? inForceOf(settled, name) : undefined
    },
    latest(name) {
      // A process that answers no requests has nobody else who reads them again.
      inForce().catch(() => {})
      return inForceOf(settled, name)
    },
    forget() {
      isRead = false
      read = undefined
    },
  }
}

export function requirePolicy(name: string): PolicyDeclaration<Record<string, unknown>> & { name: PolicyName } {
  if (!isPolicyName(name)) throw new Failure(404, 'not-found', '没有这项策略')
  return declaredPolicies[name] as never
}

/** A policy's versions, newest first; before the first change only the initial value. */
export async function policyHistory(sql: ISql, name: PolicyName): Promise<PolicyVersion[]> {
  const rows = await sql<(Omit<PolicyVersion, 'actor'> & { actor: string })[]>`
    select version, value, at, actor, reason from policy where name = ${name} order by version desc limit 200`
  return rows.map((row) => {
    const { name: actorName, ownerTitle } = JSON.parse(row.actor)
    return { ...row, actor: { name: actorName, ownerTitle } }
  })
}

export type PolicyChange = {
  name: PolicyName
  version: number
  before: Record<string, unknown>
  value: Record<string, unknown>
  /** Fields that become laxer. */
  loosened: string[]
}

/** Checks a change against the version that was read: the whole value, its floor and what it loosens. */
export async function checkPolicyChange(
  sql: ISql,
  name: string,
  input: { version?: unknown; value?: unknown },
): Promise<PolicyChange> {
  const policy = requirePolicy(name)
  const [latest] = await sql<{ version: number; value: Record<string, unknown> }[]>`
    select version, value from policy where name = ${name} order by version desc limit 1`
  const before = { ...policy.initial, ...latest?.value }
  if (input.version !== (latest?.version ?? 0))
    throw new Failure(409, 'version-conflict', '这项策略刚被别人修改过，请核对后再保存', {
      details: { current: { version: latest?.version ?? 0, value: before } },
    })
  const { value, problems } = checkFields(policy.fields, input.value, '/value')
  if (problems.length > 0) throw invalid(problems)
  const whole = { ...Object.fromEntries(Object.keys(policy.fields).map((field) => [field, null])), ...value }
  const wrong = policy.check?.(whole) ?? []
  if (wrong.length > 0) throw invalid(wrong.map((each) => ({ ...each, at: `/value${each.at}` })))
  return {
    name: policy.name,
    version: (latest?.version ?? 0) + 1,
    before,
    value: whole,
    loosened: policy.loosens(before, whole),
  }
}

/** Puts a version in force. Two at once: the second is refused by the primary key. */
export async function setPolicy(
  sql: ISql,
  actor: Actor,
  change: { name: PolicyName; version: number; value: Record<string, unknown> },
  reason: string,
  now: Date,
): Promise<void> {
  const [row] = await sql`
    insert into policy (name, version, value, at, actor, reason)
    values (${change.name}, ${change.version}, ${sql.json(change.value as never)}, ${now}, ${signature(actor)}, ${reason})
    on conflict do nothing returning version`
  if (!row) throw new Failure(409, 'version-conflict', '这项策略刚被别人修改过，请核对后再保存')
}
