/**
 * Identifiers in use in China besides GS1's, recognised by their shape alone: who gave them out is asked elsewhere.
 * Shapes marked (M) are written from memory of the standard and not from its text.
 */
export type ChineseScheme =
  /** Object identifiers under the Chinese arcs 1.2.156 and 2.16.156 (GB/T 26231, GB/T 17969). */
  | 'oid'
  /** Handles under the Chinese prefixes 86 and 88. */
  | 'handle'
  /** Ecode (GB/T 31866): taken only where the text says that it is one; its inner structure is not read. */
  | 'ecode'
  /** Two-dimensional codes for commodities (GB/T 33993): its two forms that are addresses (M). */
  | 'commodity-code'
  /** Traceability codes of other systems: 20 digits, or a text that says that it is one (M). */
  | 'trace-code'

export type ChineseIdentifier = {
  scheme: ChineseScheme
  value: string
  /** What a commodity code names in GS1's terms. */
  gtin?: string
  lot?: string
  serial?: string
}

type Recogniser = (text: string) => ChineseIdentifier | undefined

/** The shape's first group as value of the scheme. */
const shape =
  (scheme: ChineseScheme, pattern: RegExp): Recogniser =>
  (text) => {
    const value = pattern.exec(text)?.[1]
    return value === undefined ? undefined : { scheme, value }
  }

/** The maker's own address (M): GTIN, batch and serial as `…/gtin/…/bat/…/ser/…`. */
const makersAddress: Recogniser = (text) => {
  const match = /^https?:\/\/[^?#]+\/gtin\/(\d{14})(?:\/bat\/([^/?#]+))?(?:\/ser\/([^/?#]+))?\/?(?:[?#].*)?$/i.exec(
    text,
  )
  if (match === null) return undefined
  const [, gtin, lot, serial] = match.map(decoded)
  if (gtin === undefined) return undefined
  return { scheme: 'commodity-code', value: text, gtin, ...(lot && { lot }), ...(serial && { serial }) }
}

/** The national service's address (M): `01`, GTIN and a code of the service's own. */
const nationalAddress: Recogniser = (text) => {
  const match = /^https?:\/\/(?:www\.)?2dcode\.org\/(01(\d{14})[0-9A-Za-z]*)\/?$/i.exec(text)
  const [, value, gtin] = match ?? []
  return value === undefined || gtin === undefined ? undefined : { scheme: 'commodity-code', value, gtin }
}

function decoded(part: string | undefined): string | undefined {
  try {
    return part === undefined ? undefined : decodeURIComponent(part)
  } catch {
    return undefined
  }
}

const recognisers: readonly Recogniser[] = [
  nationalAddress,
  makersAddress,
  shape('oid', /^(?:urn:oid:|oid[:：]?\s*)?((?:1\.2|2\.16)\.156(?:\.(?:0|[1-9]\d{0,38}))+)$/i),
  shape('handle', /^(?:hdl:|https?:\/\/hdl\.handle\.net\/)?(8[68](?:\.[0-9]{1,12})+\/[^\s/]\S{0,255})$/i),
  shape('ecode', /^ecode[:：=]\s*([0-9A-Za-z._/-]{5,128})$/i),
  shape('ecode', /^(https?:\/\/(?:[a-z0-9-]+\.)*iotroot\.com\/\S+)$/i),
  shape('trace-code', /^(?:食品|产品|商品)?(?:追溯|溯源)码[:：]?\s*([0-9A-Za-z-]{4,64})$/),
  shape('trace-code', /^([0-9]{20})$/),
]

/** What a text is in one of the Chinese schemes; undefined where its shape tells none. Trimmed text is expected. */
export function recogniseChinese(text: string): ChineseIdentifier | undefined {
  if (text.length > 2048) return undefined
  for (const recognise of recognisers) {
    const found = recognise(text)
    if (found) return found
  }
  return undefined
}
