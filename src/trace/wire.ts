/**
 * An event that does not count: not confirmed yet (`open`), or found untrue (`rejected`). Of a declaration: `declared`.
 * `At` is a Date in the server and text in a page.
 */
export type Doubted<At = string> = {
  eventId: string
  declared: boolean
  state: 'open' | 'rejected'
  reporter: string
  type: string
  bizStep: string | null
  eventTime: At
}

/** At a place, or on the way to it. */
export type PlaceState = 'here' | 'in_transit'

/** Goods went from one node into another. `events` are the eventIDs that say so. */
export type GraphEdge = {
  from: string
  to: string
  /** mix: `to` is a class, of which an unlabelled quantity was used where `from` may have been among it. */
  kind: 'transformation' | 'aggregation' | 'association' | 'class-of' | 'mix'
  time: string
  /** When containment ended. */
  until?: string
  events: string[]
  /** How much of `from`, where the one event tells it. */
  quantity?: string
  uom?: string
}

/** A decimal in the unit of UN/ECE Recommendation 20; no unit: pieces. */
export type Quantity = { gtin?: string; name?: string; quantity: string; uom?: string }

export type TraceNode = {
  key: string
  level: string
  gtin?: string
  lot?: string
  serial?: string
  name?: string
  /** Steps from what was asked for: negative towards its origin, positive towards its destination. */
  layer: number
  firstTime?: string
  lastTime?: string
  /** Canonical key of the place it was last seen at, itself or with its container. */
  location?: string
  holder?: Holder
  state?: PlaceState | 'gone'
}

/** `id`: a GLN where the place has one, else its key; `ownerId`, `title`, `region` where that is known here. */
export type Holder = { id: string; ownerId?: string; title?: string; region?: string }

export type TraceAnswer = {
  asOf: string
  /** The canonical key found for what was asked. */
  id: string
  direction: 'backward' | 'forward' | 'both'
  nodes: TraceNode[]
  edges: GraphEdge[]
  /** Who holds or held any of it: what is there now, what is on its way there, what ever arrived. */
  holders: (Holder & {
    now: Quantity[]
    inTransit: Quantity[]
    ever: Quantity[]
    firstTime?: string
    lastTime?: string
    keys: string[]
  })[]
  /** Where the goods are now: loose lots by quantity, contents of containers, single things. */
  frontier: (Quantity & { key: string; holder?: Holder; state: PlaceState | 'unknown'; container?: string })[]
  /** Continuations that exist but may not be shown to this reader. */
  hidden: number
  /** True where a limit cut the answer. */
  truncated: boolean
}

/** How much of a lot (of a product, where no lot is known) is with whom, and of how many containers or single things. */
export type Whereabouts = Quantity & { lot?: string; holder?: Holder; state: PlaceState | 'unknown'; items: number }

export type Frontier = { asOf: string; id: string; items: Whereabouts[]; hidden: number; truncated: boolean }
