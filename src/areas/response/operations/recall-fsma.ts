import { regionName } from '../../../standards/china/index.ts'
import type { Flow, Holder, Lineage, Making, Origin, Part } from '../../../trace/index.ts'
import type { Table } from './recall-facts.ts'
import { time } from './recall-words.ts'
import { voiceCode } from './voice-code.ts'

/** Where a holder is, as the authority filed it. */
export type Location = {
  address: string
  region: string
  place: string | null
  postcode: string | null
  ffrn: string | null
}

/** The names of the Food Traceability List (21 CFR 1.1305), by the choices of a filed product. */
const listed: Readonly<Record<string, string>> = {
  cheeses: 'Cheeses, other than hard cheeses',
  eggs: 'Shell eggs',
  'nut-butters': 'Nut butters',
  cucumbers: 'Cucumbers (fresh)',
  herbs: 'Herbs (fresh)',
  'leafy-greens': 'Leafy greens (fresh)',
  'leafy-greens-cut': 'Leafy greens (fresh-cut)',
  melons: 'Melons (fresh)',
  peppers: 'Peppers (fresh)',
  sprouts: 'Sprouts (fresh)',
  tomatoes: 'Tomatoes (fresh)',
  'tropical-fruits': 'Tropical tree fruits (fresh)',
  'fruits-cut': 'Fruits (fresh-cut)',
  'vegetables-cut': 'Vegetables other than leafy greens (fresh-cut)',
  finfish: 'Finfish',
  crustaceans: 'Crustaceans (fresh and frozen)',
  molluscs: 'Molluscan shellfish, bivalves (fresh and frozen)',
  'deli-salads': 'Ready-to-eat deli salads (refrigerated)',
}

const lotHeads = (prefix: string) => [
  `${prefix}TLC - GTIN`,
  `${prefix}TLC - Batch`,
  `${prefix}TLC - SSCC`,
  `${prefix}TLC - Date`,
  `${prefix}TLC - Date Type`,
]
const sourceHeads = ['GLN', 'FFRN', 'URL', 'GGN']

/**
 * The sortable spreadsheet of FSMA 204 (21 CFR 1.1455): shipping (1.1340), receiving (1.1345), transformation (1.1350),
 * locations and products, sheets and columns in the order of the PTI's templates. What nobody recorded stays empty.
 */
export function fsmaTables(
  lineage: Lineage,
  locations: ReadonlyMap<string, Location>,
  categories: ReadonlyMap<string, string>,
): Table[] {
  const { flows, makings, papers } = lineage
  const maker = makerOf(lineage)
  return [
    shipping(flows, maker, papers, locations),
    receiving(flows, maker, papers, locations),
    transformation(makings, maker, papers, locations),
    locationTable(lineage, locations),
    products(lineage, categories),
  ]
}

type Born = { origin?: Origin; date: string; dateType: string; source?: Holder }
type Maker = (key: string) => Born

/** When and where a traceability lot code was put on a lot; empty where that was before all that is told. */
function makerOf({ origins }: Lineage): Maker {
  return (key) => {
    const origin = origins.get(key)
    if (!origin) return { date: '', dateType: '' }
    const day = origin.madeOn ?? time(origin.at).slice(0, 10)
    return {
      origin,
      date: day.replaceAll('-', '').slice(2),
      dateType: origin.madeOn ? 'PRODUCTION DATE' : 'PACK DATE',
      ...(origin.assigner && { source: origin.assigner }),
    }
  }
}

const day = (instant: string | undefined) => time(instant).slice(0, 10)
const nameOf = (holder: Holder | undefined) => holder?.title ?? holder?.id ?? ''
const glnOf = (holder: Holder | undefined) => (/^\d{13}$/.test(holder?.id ?? '') ? (holder?.id ?? '') : '')
const amountOf = ({ quantity, uom }: Part) => (quantity === '' ? '' : `${quantity} ${uom ?? 'EA'}`)
const ssccOf = (key: string) => /\/00\/(\d{18})/.exec(key)?.[1] ?? ''
const filedAt = (holder: Holder | undefined, locations: ReadonlyMap<string, Location>) =>
  holder?.ownerId ? locations.get(holder.ownerId) : undefined
/** Where a lot's number comes from: a place by its GLN, else by the address that says which. */
const sourceOf = (source: Holder | undefined, locations: ReadonlyMap<string, Location>) => [
  glnOf(source),
  filedAt(source, locations)?.ffrn ?? '',
  source && !glnOf(source) && /^https?:/.test(source.id) ? source.id : '',
  '',
]

/** `desadv urn:epcglobal:cbv:bt:6901000000004:X1` is `DESADV X1`; an event without papers is named by itself. */
function referencesOf(events: readonly string[], papers: Lineage['papers']): [type: string, number: string][] {
  const named = [...new Set(events.flatMap((id) => papers.get(id) ?? []))].map((text): [string, string] => {
    const [type = '', ...rest] = text.split(' ')
    const number = unescaped(rest.join(' ').replace(/^urn:epcglobal:cbv:bt:\d{13}:/, ''))
    return [type.split(/[:/-]/).at(-1)?.toUpperCase() ?? '', number]
  })
  return named.length > 0 ? named : events.map((id) => ['EPCIS event', id])
}

/** A number as its writer wrote it: a URN holds Chinese in escapes. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const referenceText = (events: readonly string[], papers: Lineage['papers']) =>
  referencesOf(events, papers)
    .map(([type, number]) => `${type} ${number}`.trim())
    .join('; ')

function shipping(
  flows: readonly Flow[],
  maker: Maker,
  papers: Lineage['papers'],
  locations: ReadonlyMap<string, Location>,
): Table {
  return {
    title: 'Shipping',
    heads: [
      '(1) TLC - GTIN',
      '(1) TLC - Batch',
      'Date Code**',
      'Date Type**',
      'VoiceCode**',
      'Pallet ID*',
      'TLC - Assigned By**',
      '(2) Qty & UOM',
      '(3) Product Description',
      '(4) Ship-To Location',
      'Ship-To Location ID**',
      '(5) Ship-From Location',
      'Ship-From Location ID**',
      '(6) Ship Date',
      ...sourceHeads.map((head) => `(7) TLC Source Reference ${head}`),
      'TLC Source Reference - Assigned By**',
      '(8) Ref Doc Type and Number',
    ],
    rows: flows.flatMap(({ key, from, to, goods, sentAt, events }) =>
      sentAt === undefined
        ? []
        : goods.map((each) => {
            const { date, dateType, source } = maker(each.key)
            return [
              each.gtin ?? '',
              each.lot ?? '',
              date,
              dateType,
              each.gtin && each.lot ? voiceCode(each.gtin, each.lot, date) : '',
              ssccOf(key),
              nameOf(source),
              amountOf(each),
              each.name ?? '',
              nameOf(to),
              glnOf(to),
              nameOf(from),
              glnOf(from),
              day(sentAt),
              ...sourceOf(source, locations),
              nameOf(source),
              referenceText(events, papers),
            ]
          }),
    ),
  }
}

function receiving(
  flows: readonly Flow[],
  maker: Maker,
  papers: Lineage['papers'],
  locations: ReadonlyMap<string, Location>,
): Table {
  const where = ['Name', 'Street', 'City', 'State', 'Country', 'Zip Code', 'Phone Number']
  return {
    title: 'Receiving',
    heads: [
      '(a)(1) TLC - GTIN',
      '(a)(1) TLC - Batch',
      '(a)(1) TLC - Date**',
      '(a)(1) TLC - Date Type**',
      '(a)(1) TLC - SSCC**',
      '(b)(1) TLC - Assigned By',
      '(a)(2) Qty & UOM',
      '(a)(3) Product Description',
      '(a)(4) Immediate Previous Source (IPS) Location - (Shipped from Location)',
      '(a)(5) Receive Location',
      '(a)(6) Receive Date',
      ...sourceHeads.map((head) => `(a)(7) TLC Source Reference ${head}`),
      '(b)(5) TLC Source Reference - Assigned By',
      '(a)(8) Ref Doc',
      ...where.map((head) => `(a)(7) TLC Source ${head}`),
    ],
    rows: flows.flatMap(({ key, from, to, goods, receivedAt, events }) =>
      receivedAt === undefined
        ? []
        : goods.map((each) => {
            const { date, dateType, source } = maker(each.key)
            const [street = '', city = '', state = '', country = ''] = addressOf(source, locations)
            return [
              each.gtin ?? '',
              each.lot ?? '',
              date,
              dateType,
              ssccOf(key),
              nameOf(source),
              amountOf(each),
              each.name ?? '',
              nameOf(from),
              nameOf(to),
              day(receivedAt),
              ...sourceOf(source, locations),
              nameOf(source),
              referenceText(events, papers),
              ...[nameOf(source), street, city, state, country, filedAt(source, locations)?.postcode ?? '', ''],
            ]
          }),
    ),
  }
}

function transformation(
  makings: readonly Making[],
  maker: Maker,
  papers: Lineage['papers'],
  locations: ReadonlyMap<string, Location>,
): Table {
  const lotCells = ({ key, gtin, lot }: Part) => {
    const { date, dateType } = maker(key)
    return [gtin ?? '', lot ?? '', ssccOf(key), date, dateType]
  }
  return {
    title: 'Transformation',
    heads: [
      'Reference Document Type',
      'Reference Document Number for Transformation Event',
      ...lotHeads('FTL Food Used '),
      'FTL Food Used Qty',
      'FTL Food Used UOM',
      'FTL Food Used Product Description',
      ...lotHeads('FTL Food Produced '),
      'Transform Location- TLCS',
      ...sourceHeads.map((head) => `TLCS Reference ${head}`),
      'Date Transformed',
      'FTL Food Produced Product Description',
      'FTL Food Produced Qty',
      'FTL Food Produced UOM',
    ],
    figures: ['FTL Food Used Qty', 'FTL Food Produced Qty'],
    rows: makings.flatMap(({ at, place, used, made, events }) => {
      const references = referencesOf(events, papers)
      const types = [...new Set(references.map(([type]) => type))].join('; ')
      const numbers = references.map(([, number]) => number).join('; ')
      return used.flatMap((input) =>
        made.map((output) => [
          types,
          numbers,
          ...lotCells(input),
          input.quantity,
          input.quantity && (input.uom ?? 'EA'),
          input.name ?? '',
          ...lotCells(output),
          nameOf(place),
          ...sourceOf(place, locations),
          day(at),
          output.name ?? '',
          output.quantity,
          output.quantity && (output.uom ?? 'EA'),
        ]),
      )
    }),
  }
}

/** Street, city, state, country; the county belongs to the street. */
function addressOf(holder: Holder | undefined, locations: ReadonlyMap<string, Location>): string[] {
  const filed = filedAt(holder, locations)
  if (!filed) return ['', '', '', '']
  const named = (code: string) => regionName(code) ?? ''
  const { region, address } = filed
  const county = named(region)
  const street = address.startsWith(county) ? address : `${county}${address}`
  return [street, named(`${region.slice(0, 4)}00`), named(`${region.slice(0, 2)}0000`), 'CN']
}

/** Whoever handed on, received, made or numbered, each once. */
export function holdersIn({ flows, makings, origins }: Lineage): Holder[] {
  const all = [
    ...flows.flatMap(({ from, to }) => [from, to]),
    ...makings.map(({ place }) => place),
    ...[...origins.values()].map(({ assigner }) => assigner),
  ]
  return [...new Map(all.flatMap((holder) => (holder ? [[holder.id, holder] as const] : []))).values()]
}

function locationTable(lineage: Lineage, locations: ReadonlyMap<string, Location>): Table {
  return {
    title: 'Locations',
    heads: [
      'Business or Farm Name',
      'Phone Number',
      'Physical Location Address (or geo-coordinates)',
      'City',
      'State or Region',
      'Zip or Postal Code',
      'Country',
      'Field Name*',
      'Geo-Coordinates*',
      'GLN**',
      'FFRN**',
      'TLC Source Lookup Site',
    ],
    rows: holdersIn(lineage).map((holder) => {
      const [street = '', city = '', state = '', country = ''] = addressOf(holder, locations)
      const filed = filedAt(holder, locations)
      const geo = filed?.place ?? ''
      const [zip, ffrn] = [filed?.postcode ?? '', filed?.ffrn ?? '']
      return [nameOf(holder), '', street || geo, city, state, zip, country, '', geo, glnOf(holder), ffrn, '']
    }),
  }
}

/** The products that a lineage speaks of, by GTIN. */
export function productsIn({ flows, makings }: Lineage): Map<string, string> {
  const names = new Map<string, string>()
  const parts = [...flows.flatMap(({ goods }) => goods), ...makings.flatMap(({ used, made }) => [...used, ...made])]
  for (const { gtin, name } of parts) if (gtin) names.set(gtin, name ?? names.get(gtin) ?? '')
  return names
}

function products(lineage: Lineage, categories: ReadonlyMap<string, string>): Table {
  return {
    title: 'Products',
    heads: ['FTL List Category', 'GTIN', 'Product Name'],
    rows: [...productsIn(lineage)].map(([gtin, name]) => [listed[categories.get(gtin) ?? ''] ?? '', gtin, name]),
  }
}
