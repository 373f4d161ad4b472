/** Looks of a period by day, by channel and by product, and where those with a place were made (C6.6.3). */
export type LookAnalysis = {
  days: { day: string; looks: number; firsts: number }[]
  channels: { channel: string; looks: number }[]
  products: LookedAt[]
  places: { lng: number; lat: number; looks: number }[]
}

/** How much of a product went from one county to another. No region: whoever it was is not filed here. No `uom`: pieces. */
export type RegionFlow = {
  gtin: string
  name: string | null
  from: string | null
  to: string | null
  quantity: string
  uom?: string
  shipments: number
}

/** What the page about looks is answered: shoppers' looks, and where the goods went meanwhile (C6.6.3). */
export type LookReport = LookAnalysis & { flows: RegionFlow[]; flowsTruncated: boolean }

/** `before`, `lastYear`: looks in as many days just before, and in the same days a year earlier. `codes`: ordered so far; `seen`: how many of them were ever looked at. `activity`: what the maker does. */
export type LookedAt = {
  gtin: string
  name: string | null
  foodClass: string | null
  owner: string
  activity: string | null
  region: string
  looks: number
  before: number
  lastYear: number
  firsts: number
  codes: number
  seen: number
}

/** Codes that somebody else made: every text of `prefix` and a number of `width` digits from `first` to `last`. */
export type CodeRange = {
  id: string
  gtin: string
  lot: string
  prefix: string
  width: number
  first: number
  last: number
  /** Who made them. */
  source: string
}

/** A range as it is listed, with when it was taken in; `At` is a Date in the server and text in a page. */
export type KnownRange<At = string> = CodeRange & { at: At }

/** On which paper each symbol of an order can be printed; `holdsLot`: whether the lot has room in it. */
export type LabelChoices = { symbol: string; papers: { name: string; title: string; holdsLot: boolean }[] }[]
