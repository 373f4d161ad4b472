import type { Sql } from 'postgres'
import { postgres } from './driver.ts'

/** How many seconds a statement may work, wait for a lock, and leave its transaction lying; 0 is as long as it takes. */
type Patience = { statement: number; lock: number; idle: number }

/** Whoever waited at a screen has long gone: what has run away gives its connection back. */
export const desk: Patience = { statement: 120, lock: 30, idle: 120 }

/** Chains are followed on few connections, and others wait for them. */
const chains: Patience = { ...desk, statement: 30 }

/** What is written out row by row goes on for as long as whoever takes it needs, but not for ever. */
const streams: Patience = { ...desk, statement: 3600 }

/** Work behind the desks ends when it is done; it bounds itself what could run away. */
const behind: Patience = { statement: 0, lock: 0, idle: 0 }

/** A server that is there answers at once: whoever waits longer is better told. */
const connectSeconds = 10

/**
 * New words of a search index wait in a list of so many KB until they are sorted into it. Sorting in 4 MB, PostgreSQL's own
 * size, takes half as long again as 1 MB does, and every search reads the list through.
 */
const pendingWords = 1024

type Opening = { role: string; max: number; patience: Patience; settings?: Readonly<Record<string, string | number>> }

/** Opens a pool of connections under a role of the database. */
export const openPool = (databaseUrl: string, { role, max, patience, settings = {} }: Opening): Sql =>
  postgres(databaseUrl, {
    max,
    connect_timeout: connectSeconds,
    onnotice: () => {},
    connection: {
      role,
      TimeZone: 'UTC',
      statement_timeout: patience.statement * 1000,
      lock_timeout: patience.lock * 1000,
      idle_in_transaction_session_timeout: patience.idle * 1000,
      ...settings,
    },
  })

export type Pools = {
  sql: Sql
  /** The audit entrance: it alone reads the audit store. */
  auditSql: Sql
  /** For following chains: few connections, so that the plans of those statements are made once and stay. */
  traceSql: Sql
  /** For lists that are written out whole: the desks keep theirs. */
  streamSql: Sql
}

/** The connections of a process that enters by a role of the database. They open when they are first needed. */
export function openPools(databaseUrl: string, entrance: string, isBehind: boolean): Pools {
  const open = (role: string, max: number, atDesk: Patience, settings?: Opening['settings']) =>
    openPool(databaseUrl, { role, max, patience: isBehind ? behind : atDesk, settings })
  return {
    sql: open(entrance, 16, desk, { gin_pending_list_limit: pendingWords }),
    auditSql: open('shisu_audit', 4, desk),
    // Each with one plan a statement: what follows a chain is dear to plan, and its plans are made for any number of things (0265).
    traceSql: open(entrance, 4, chains, { plan_cache_mode: 'force_generic_plan' }),
    streamSql: open(entrance, 4, streams),
  }
}
