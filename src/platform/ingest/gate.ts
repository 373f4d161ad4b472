import { createHash, timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Sql } from 'postgres'
import { certificateOf } from '../access/certificate.ts'
import { identityOf, type Protocol, type Variant } from './credentials.ts'
import { isSecret } from './secret.ts'

export type Credential = {
  id: string
  deviceId: string
  ownerId: string
  protocol: Protocol
  identity: string
  secretHash: string | null
  variant: Variant
  disabled: boolean
}

/** Whether the connection was proven with the device's own certificate (`variant.certificate`, its sha256), where it has one. */
export function holdsCertificate({ variant }: Credential, socket: Socket): boolean {
  return typeof variant.certificate !== 'string' || certificateOf(socket) === variant.certificate.toLowerCase()
}

/** Who may come in: credentials held in memory, kept fresh, and secrets that were right once not worked out again. */
export type Gate = {
  /** The credential of an identity, where there is one that is not disabled. */
  find(protocols: readonly Protocol[], identity: string): Promise<Credential | undefined>
  /** Whether the secret is this credential's. A wrong one counts against the address. */
  admits(credential: Credential, secret: string, address: string): Promise<boolean>
  /** Whether an address guessed wrong so often that it is not listened to for a while. */
  isBarred(address: string): boolean
  blame(address: string): void
  /** Reads a credential anew when it is next asked for: it was changed here. */
  forget(credential: Credential): void
  /** Every credential of a protocol, for what the platform itself asks. */
  all(protocol: Protocol): Promise<Credential[]>
  /** Calls back with each credential that was changed or disabled; returns how to stop. */
  watch(changed: (credential: Credential) => void): () => void
  stop(): void
}

const refreshMs = 2000
/** What is committed late is seen by the overlap. */
const overlapMs = 10_000
const absentMsMax = 2000
/** For one identity from one address, and for all from one: behind an address may stand a whole town's devices. */
const guessesMax = 10
const guessesOfAddressMax = 300
const guessWindowMs = 60_000

const columns = `id, device_id as "deviceId", owner_id as "ownerId", protocol, identity, secret_hash as "secretHash",
  variant, disabled_at is not null as disabled`

export function openGate(sql: Sql): Gate {
  const known = new Map<string, Credential>()
  const absent = new Map<string, number>()
  const proven = new Map<string, Buffer>()
  const guesses = new Map<string, { count: number; since: number }>()
  const watchers = new Set<(credential: Credential) => void>()
  let wanted = new Map<string, ((found: Credential | undefined) => void)[]>()
  let since = new Date(0)

  const count = (key: string) => {
    const guess = guesses.get(key)
    return guess && Date.now() - guess.since < guessWindowMs ? guess.count : 0
  }
  const keyOf = (protocol: Protocol, identity: string) => `${protocol} ${identityOf(protocol, identity)}`
  const take = (credential: Credential) => {
    const key = `${credential.protocol} ${credential.identity}`
    const before = known.get(key)
    known.set(key, credential)
    absent.delete(key)
    if (!before || JSON.stringify(before) === JSON.stringify(credential)) return
    proven.delete(credential.id)
    for (const watcher of watchers) watcher(credential)
  }

  /** All that was asked for within a moment in one statement: ten thousand devices come back at once after a power cut. */
  const ask = async () => {
    const asked = wanted
    wanted = new Map()
    const keys = [...asked.keys()]
    const protocols = keys.map((key) => key.slice(0, key.indexOf(' ')))
    const identities = keys.map((key) => key.slice(key.indexOf(' ') + 1))
    try {
      const rows = await sql<Credential[]>`
        select ${sql.unsafe(columns)} from device_credential
        where (protocol, identity) in (select * from unnest(${protocols}::text[], ${identities}::text[]))`
      for (const row of rows) take(row)
    } catch {
      // The database is away: nobody is let in who was not known.
    }
    const now = Date.now()
    if (absent.size > 50_000) absent.clear()
    for (const [key, waiting] of asked) {
      const found = known.get(key)
      if (!found) absent.set(key, now)
      for (const done of waiting) done(found)
    }
  }
  const look = (key: string) =>
    new Promise<Credential | undefined>((done) => {
      if (wanted.size === 0) setTimeout(ask, 3)
      const waiting = wanted.get(key) ?? []
      waiting.push(done)
      wanted.set(key, waiting)
    })

  const refresh = async () => {
    const from = new Date(since.getTime() - overlapMs)
    const rows = await sql<(Credential & { changedAt: Date })[]>`
      select ${sql.unsafe(columns)}, changed_at as "changedAt" from device_credential where changed_at > ${from}
      order by changed_at limit 20000`
    for (const { changedAt, ...row } of rows) {
      if (known.has(`${row.protocol} ${row.identity}`)) take(row)
      else absent.delete(`${row.protocol} ${row.identity}`)
      if (changedAt > since) since = changedAt
    }
  }
  const timer = setInterval(() => void refresh().catch(() => {}), refreshMs)
  timer.unref()

  const gate: Gate = {
    async find(protocols, identity) {
      for (const protocol of protocols) {
        const key = keyOf(protocol, identity)
        const missed = absent.get(key)
        if (missed !== undefined && Date.now() - missed < absentMsMax) continue
        const found = known.get(key) ?? (await look(key))
        if (found && !found.disabled) return found
      }
      return undefined
    },
    async admits(credential, secret, address) {
      if (!credential.secretHash) return false
      const proof = createHash('sha256').update(credential.secretHash).update('\0').update(secret).digest()
      const before = proven.get(credential.id)
      // What was right before stays right, also from behind an address that others guess from.
      if (before && timingSafeEqual(before, proof)) return true
      if (gate.isBarred(address) || count(`${address} ${credential.id}`) >= guessesMax) return false
      if (!(await isSecret(secret, credential.secretHash))) {
        gate.blame(address)
        gate.blame(`${address} ${credential.id}`)
        return false
      }
      proven.set(credential.id, proof)
      return true
    },
    isBarred(address) {
      return count(address) >= guessesOfAddressMax
    },
    blame(address) {
      const now = Date.now()
      const guess = guesses.get(address)
      if (guesses.size > 10_000) guesses.clear()
      if (!guess || now - guess.since > guessWindowMs) guesses.set(address, { count: 1, since: now })
      else guess.count++
    },
    forget({ id, protocol, identity }) {
      known.delete(`${protocol} ${identity}`)
      proven.delete(id)
    },
    async all(protocol) {
      const rows = await sql<Credential[]>`
        select ${sql.unsafe(columns)} from device_credential where protocol = ${protocol} and disabled_at is null
        order by identity limit 10000`
      for (const row of rows) take(row)
      return rows
    },
    watch(changed) {
      watchers.add(changed)
      return () => watchers.delete(changed)
    },
    stop() {
      clearInterval(timer)
    },
  }
  return gate
}
