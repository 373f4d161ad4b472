type Amount = { value: string; unit: string }

/** An amount of one lot; no `uom`: pieces. */
export type Goods = { key: string; gtin?: string; lot?: string; name?: string; quantity: string; uom?: string }

/** Who has to act, and on what: what is there, on its way there, and was sold from there. */
export type HolderScope = {
  id: string
  ownerId?: string
  title?: string
  region?: string
  goods: Goods[]
  sold: Goods[]
}

/** `At` is a Date in the server and text in a page. */
export type Scope<At = string> = {
  asOf: string
  /** The goods that the recall starts from. */
  starts: string[]
  lots: (Goods & { made: string })[]
  /** Classes of which unlabelled quantities may contain recalled goods. */
  mixes: string[]
  holders: HolderScope[]
  hidden: number
  truncated: boolean
  /** Who recorded something about these goods that nobody has confirmed: it is in none of the amounts. Missing in what was reckoned before it was asked for. */
  unconfirmed?: { reporter: string; events: number; latest: At }[]
}

/**
 * By when a recall must have started, been acknowledged and be finished; with the first year whose holidays are not entered
 * yet, in which Monday to Friday were counted.
 */
export type Clock = { startBy: string; acknowledgeBy: string; finishBy: string; holidaysUnknown?: number }

export type Mode = 'real' | 'drill'

export type Preview<At = string> = Scope<At> & { mode: Mode; goodsToHold: number; clock: Clock }

/** `rate`, in percent with one decimal, counts what came back and what was destroyed where it was, of no line more than it involved. */
export type Effect = { unit: string; involved: string; returned: string; destroyed: string; lost: string; rate: string }

export type Line = {
  name: string
  gtin?: string | null
  lot?: string | null
  involved?: Amount | null
  returned?: Amount | null
  destroyed?: Amount | null
  lost?: Amount | null
}

export type HolderProgress = {
  task: string
  holder: string
  title: string
  region: string
  state: string
  sentAt: string
  dueAt: string
  acknowledgedAt?: string
  isLate: boolean
  contact?: string
  report?: string
  lines: Line[]
  /** The lots (or names) of which more is reported than the holder had. */
  excess: string[]
  effect: Effect[]
}

export type Progress<At = string> = {
  asOf: string
  order: string
  number: string
  mode: Mode
  state: string
  level: string
  reason: string
  measures: string
  decidedAt: string
  subject: string
  ownerTitle: string
  holders: HolderProgress[]
  unreached: { id: string; title?: string }[]
  acknowledged: number
  late: number
  effect: Effect[]
  /** Who wanted to hand held goods on and was refused. */
  attempts: { key: string; who: string; bizStep: string; times: number; lastAt: string }[]
  /** Held goods that moved all the same; `isBackdated`: recorded under the hold, and said to have happened before it. */
  breaches: {
    key: string
    eventId: string
    eventTime: string
    recordTime: string
    bizStep: string
    who: string
    isBackdated: boolean
  }[]
  scope: Scope<At>
}
