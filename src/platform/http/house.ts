import type { Kind } from '../../language/index.ts'
import type { Codes } from '../../trace/codes/index.ts'
import type { Actor } from '../access/actor.ts'
import type { Areas } from '../access/areas.ts'
import type { Session } from '../access/session.ts'
import type { VirusScanner } from '../files/virus-scan.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { CreateOperation, Operation } from '../operation.ts'
import type { Policies } from '../policy/policies.ts'
import type { Keyring } from '../protect/keyring.ts'
import type { Pools } from '../store/pools.ts'

/** What is declared: the only thing the derived parts know of the areas. */
export type Catalogue = {
  kinds: ReadonlyMap<string, Kind>
  operations: ReadonlyMap<string, Operation>
  createOperations: ReadonlyMap<string, CreateOperation>
  /** In the order of the menu, each with the names of its kinds and operations. */
  areas: readonly { name: string; title: string; kinds: readonly string[]; operations: readonly string[] }[]
  regions: readonly { code: string; title: string }[]
  /** Kinds and operations by which something is ordered: signed by their author where the policy asks for it. */
  orders: readonly string[]
  /** The kind whose records are the templates of approval flows. */
  flows: Kind
}

/** What every route works with. */
export type House = Pools & {
  catalogue: Catalogue
  /** Trace codes under this installation's keys. */
  codes: Codes
  policies: Policies
  areas: Areas
  /** This installation's keys for personal data. */
  keyring: Keyring
  /** This installation's log: who signs it, and what goes in. */
  ledger: Ledger
  /** The injected clock. */
  clock: () => Date
  /** Folder for uploaded files and other data of this installation. */
  dataDir: string
  /** The address that printed codes carry, where it is not the one that is asked. */
  publicUrl?: string
  /** Addresses of proxies whose word about scheme and client is taken, as Fastify's `trustProxy` has them. */
  trustProxy?: string
  /** The address of the management entrance, e.g. https://shisu.example; without it the one that is asked. */
  origin?: string
  /** Where maps take pictures of the ground from, with {z}, {x} and {y}; none is asked otherwise. */
  mapTiles?: string
  /** Addresses of a media server of the operator's own, with {stream}, {ticket}, {from} and {to}; without them ours. */
  video?: { hls?: string; flv?: string; playback?: string }
  /** Inner hosts that the operator lets the server call on somebody's word. */
  allowedHosts: ReadonlySet<string>
  /** Looks at uploads for viruses, where the operator runs one. */
  scanner?: VirusScanner
  /** The outside provider at which people may sign in instead. */
  outside?: { issuer: string; clientId: string; clientSecret: string }
  /** Where the built pages lie. */
  pagesDir: string
}

declare module 'fastify' {
  interface FastifyRequest {
    actor: Actor
    /** The session behind the cookie, where there is one. */
    session?: Session
  }
  interface FastifyContextConfig {
    /** Whether this request may be acted on for an actor from memory (`Actor.asRead`). */
    takesRemembered?: (request: FastifyRequest) => boolean
  }
}
