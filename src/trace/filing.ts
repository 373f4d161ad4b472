import type { ISql } from 'postgres'

/** What the maker filed of a product and an authority reviewed (E5.2.3.b, E5.2.3.e); what is missing was not filed. */
export type Filing = {
  name?: string
  brand?: string
  /** Code of the 32 classes of food production licences. */
  foodClass?: string
  netContent?: { value: string; unit: string }
  specification?: string
  shelfLifeDays?: number
  standard?: string
  process?: string
  origin?: string
  storage?: string
  ingredients?: string
  nutrition?: string
  suits?: string
  method?: string
  reminder?: string
  maker: { name: string; address?: string; licence?: string; licenceUntil?: string }
}

/** Products that are remembered; the one read longest ago goes first. */
const rememberedMax = 4000
/** A filing changes through a review that takes days. */
const trustedMs = 60_000

/** Reads filings by GTIN (14 digits) through a memory of a minute; undefined where none was reviewed. */
export function filingReader(): (tx: ISql, gtin: string) => Promise<Filing | undefined> {
  const remembered = new Map<string, { until: number; filing: Promise<Filing | undefined> }>()
  return (tx, gtin) => {
    const known = remembered.get(gtin)
    const now = performance.now()
    if (known !== undefined && now < known.until) return known.filing
    remembered.delete(gtin)
    if (remembered.size >= rememberedMax) remembered.delete(remembered.keys().next().value as string)
    const entry = { until: now + trustedMs, filing: readFiling(tx, gtin) }
    remembered.set(gtin, entry)
    entry.filing.catch(() => remembered.get(gtin) === entry && remembered.delete(gtin))
    return entry.filing
  }
}

async function readFiling(tx: ISql, gtin: string): Promise<Filing | undefined> {
  const [row] = await tx<{ filing: Filing | null }[]>`select filed_product(${gtin}) as filing`
  return row?.filing ?? undefined
}
