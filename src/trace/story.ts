import type { ISql } from 'postgres'
import { foodClasses } from '../standards/china/index.ts'
import { buildDigitalLink } from '../standards/digital-link/index.ts'
import { type Codes, lotKey, tidySerial } from './codes/index.ts'
import { type Filing, filingReader } from './filing.ts'
import type { Ilmd } from './ilmd.ts'
import { type Facts, factsReader, type Glance, type Material, type PublicEvent, readGlance } from './story-read.ts'
import { type HaltState, haltOf, makerOf } from './story-state.ts'
import { ownSteps, type Step, upstreamSteps } from './story-steps.ts'

export type { HaltState } from './story-state.ts'
export type { Step } from './story-steps.ts'

/** What a shopper asked for: a lot, or one thing by its serial (then `lot`, where the code names it too). */
export type Ask = { gtin: string; lot?: string; serial?: string }

/** The facts of E5.2.1 as the maker declared them; what is missing was not declared. Days are YYYY-MM-DD. */
export type Product = {
  name?: string
  category?: string
  productionDay?: string
  expiryDay?: string
  shelfLifeDays?: number
  origin?: string
  salesArea?: string
  retailPriceFen?: number
  netContent?: string
  brand?: string
  specification?: string
  process?: string
  maker?: string
}

export type Inspection = { at?: Date; result: 'passed' | 'failed' | 'untold'; report?: string; standard?: string }

/** What the public may know of a lot or of one thing, and nothing else. */
export type Story = {
  /** The canonical key asked for; scans are counted under it. */
  id: string
  gtin: string
  lot?: string
  serial?: string
  /** Of a serial: issued = its check and order are right; seen = events name it, though its code is not of this platform. */
  genuine?: 'issued' | 'seen'
  /** Whether events tell of it; a code may be issued before anything was recorded. */
  recorded: boolean
  product: Product
  /** The product's own filing, which no lot repeats: how to eat it, what is in it, who makes it under which licence. */
  filing?: Filing
  inspection?: Inspection
  materials: { count: number; withoutOrigin: readonly string[] }
  halt?: HaltState
  steps: readonly Step[]
  /** Whether the way shown is this thing's own or its lot's. */
  wayOf: 'thing' | 'lot'
  scans?: { count: number; firstAt: Date }
  /** Of a serial: what became of the code itself, and what speaks for a copy of it. */
  code?: CodeFacts
}

/** `source`: who made the code where it is not of this platform; `market`: leading digits of the regions it may be sold in. */
export type CodeFacts = {
  inactive?: true
  voidedAt?: Date
  consumedAt?: Date
  market?: string
  source?: string
  signals: readonly string[]
}

export type Stories = {
  story(tx: ISql, ask: Ask): Promise<Story | undefined>
  /** What is filed of a product; undefined where nothing is. */
  filing(tx: ISql, gtin: string): Promise<Filing | undefined>
}

/**
 * Tells the stories of lots and single things. Each call reads what must be fresh (one round trip); a lot's seldom
 * changing facts are remembered under its version, so that a recall shows with the next request. Undefined where
 * nothing is known: an unissued serial, an unheard-of lot, or a serial that is not of the lot its code names.
 */
export function stories(codes: Codes): Stories {
  const factsOf = factsReader()
  const filingOf = filingReader()
  return {
    filing: filingOf,
    async story(tx, ask) {
      const asked = identify(codes, ask)
      const glance = await readGlance(tx, asked)
      const { serial } = asked
      if (serial === undefined ? !glance.lotSeen && !glance.ordered : !glance.serialSeen && !glance.ordered) return
      if (serial !== undefined && ask.lot !== undefined && glance.lot !== ask.lot) return
      const factsKey = glance.lotSeen ? glance.lotKey : glance.serialSeen ? asked.serialKey : undefined
      const facts = factsKey ? await factsOf(tx, factsKey, glance.version) : NOTHING
      return filled(tell(asked, glance, facts), await filingOf(tx, asked.gtin))
    },
  }
}

type Asked = ReturnType<typeof identify>
const NOTHING: Facts = { own: [], way: [], materials: [], makings: [] }

/** A serial is taken as it stands, or, where only its tidied form is one of ours, as that. */
function identify(codes: Codes, { gtin, lot, serial }: Ask) {
  if (serial === undefined) {
    const key = lotKey(gtin, lot ?? '')
    return { gtin, lot, id: key, lotKey: key }
  }
  const written = { text: serial, index: codes.indexesOf(gtin, serial)[0] }
  const tidied = tidySerial(serial)
  const tidy = { text: tidied, index: tidied === serial ? undefined : codes.indexesOf(gtin, tidied)[0] }
  const { text, index } = written.index === undefined && tidy.index !== undefined ? tidy : written
  const serialKey = buildDigitalLink({ ai: '01', value: gtin, qualifiers: [{ ai: '21', value: text }] })
  return { gtin, lot, serial: text, id: serialKey, serialKey, index }
}

function tell(asked: Asked, glance: Glance, facts: Facts): Story {
  return {
    id: asked.id,
    gtin: asked.gtin,
    lot: asked.serial === undefined ? asked.lot : glance.lot,
    serial: asked.serial,
    genuine: asked.serial === undefined ? undefined : glance.ordered ? 'issued' : 'seen',
    recorded: facts.own.length > 0 || glance.own.length > 0,
    wayOf: asked.serial !== undefined && glance.way.length > 0 ? 'thing' : 'lot',
    scans: glance.scans,
    ...(asked.serial !== undefined && { code: codeFacts(glance) }),
    ...taleOf(facts, glance),
  }
}

/** Symbols of the units in which a net content is filed (UN/ECE). */
const symbols: Readonly<Record<string, string>> = { GRM: 'g', KGM: 'kg', MLT: 'mL', LTR: 'L' }

/** What the lot itself does not say of its product, its filing says; the lot's own words go before. */
function filled(story: Story, filing: Filing | undefined): Story {
  if (filing === undefined) return story
  const known = together.get(filing) ?? new WeakMap<Product, Product>()
  together.set(filing, known)
  const product = known.get(story.product) ?? filledProduct(story.product, filing)
  known.set(story.product, product)
  return { ...story, filing, product }
}

/** The things of a lot have one product and one filing: they are put together once. */
const together = new WeakMap<Filing, WeakMap<Product, Product>>()

function filledProduct(declared: Product, filing: Filing): Product {
  const { name, brand, specification, process, origin, shelfLifeDays, foodClass, netContent } = filing
  const category = foodClass && `${foodClass} ${foodClasses.get(foodClass) ?? ''}`.trim()
  const net = netContent && `${netContent.value} ${symbols[netContent.unit] ?? netContent.unit}`
  const said = Object.fromEntries(Object.entries(declared).filter(([, value]) => value !== undefined))
  const filed = { name, brand, specification, process, origin, shelfLifeDays, category, netContent: net }
  const product: Product = { ...filed, ...said }
  product.expiryDay ??= dayAfter(product.productionDay, product.shelfLifeDays)
  return product
}

/** Destroyed, taken out of use or used up: after that nobody should hold it in hand. */
const ENDS = /^(destroying|decommissioning)$/
const ENDED = /^(destroyed|disposed|dispensed)$/

function codeFacts({ code, own, signals }: Glance): CodeFacts {
  const end = own.find((event) => ENDS.test(event.step) || ENDED.test(event.disposition))
  return {
    signals,
    ...(code.inactive && { inactive: true as const }),
    ...(code.voided && { voidedAt: code.voided }),
    ...(end && { consumedAt: end.at }),
    ...(code.market && { market: code.market }),
    ...(code.source && { source: code.source }),
  }
}

type Tale = Pick<Story, 'product' | 'inspection' | 'materials' | 'halt' | 'steps'>
/** Most things share all of their tale with their lot: it is told once for as long as the lot's facts are remembered. */
const shared = new WeakMap<Facts, Tale>()

function taleOf(facts: Facts, { own, way }: Glance): Tale {
  if (own.length > 0 || way.length > 0) return makeTale(facts, own, way)
  const known = shared.get(facts)
  if (known !== undefined) return known
  const tale = makeTale(facts, own, way)
  shared.set(facts, tale)
  return tale
}

function makeTale(facts: Facts, own: readonly PublicEvent[], ownWay: readonly PublicEvent[]): Tale {
  const maker = makerOf(facts.own)
  const lotEvents = facts.own.filter((event) => ownWay.length === 0 || !isMove(event))
  const way = ownWay.length > 0 ? ownWay : facts.way
  const steps = [...upstreamSteps(facts, maker?.at), ...ownSteps([...lotEvents, ...own, ...way])]
  return {
    product: productOf(facts.own, maker),
    inspection: inspectionOf(facts.own, maker),
    materials: { count: facts.materials.length, withoutOrigin: withoutOrigin(facts.materials) },
    halt: haltOf([...facts.own, ...own, ...way], maker?.byId),
    steps: steps.sort((a, b) => a.at.getTime() - b.at.getTime()),
  }
}

const MOVES = /^(storing|shipping|departing|transporting|arriving|receiving|stocking|packing|retail_selling)$/
const isMove = (event: PublicEvent) => MOVES.test(event.step)

function withoutOrigin(materials: readonly Material[]): string[] {
  return [...new Set(materials.filter((m) => m.origin === undefined).map((m) => m.name ?? '未写名称的原料'))]
}

/** What the maker said last counts; what others write about the lot does not. */
function declared(own: readonly PublicEvent[], maker: PublicEvent | undefined): Ilmd {
  const said = own.filter((event) => event.byId === maker?.byId && event.ilmd !== undefined)
  said.sort((a, b) => a.recordedAt.getTime() - b.recordedAt.getTime())
  return Object.assign({}, ...said.map((event) => event.ilmd))
}

function productOf(own: readonly PublicEvent[], maker: PublicEvent | undefined): Product {
  const said = declared(own, maker)
  const productionDay = dayOf(said.productionDate)
  const shelfLifeDays = wholeOf(said.shelfLifeDays)
  return {
    name: said.productName,
    category: said.productCategory,
    productionDay,
    expiryDay: dayOf(said.expiryDate) ?? dayAfter(productionDay, shelfLifeDays),
    shelfLifeDays,
    origin: said.originPlace ?? said.countryOfOrigin,
    salesArea: said.salesArea,
    retailPriceFen: wholeOf(said.retailPriceFen),
    netContent: said.netContent,
    brand: said.brand,
    specification: said.specification,
    process: said.process,
    maker: maker?.by ?? said.makerName,
  }
}

/** The latest inspection that the maker or an authority recorded; without one, the report that the maker declared. */
function inspectionOf(own: readonly PublicEvent[], maker: PublicEvent | undefined): Inspection | undefined {
  const { inspectionReport: report, inspectionStandard: standard } = declared(own, maker)
  const inspections = own.filter((e) => e.step === 'inspecting' && (e.byId === maker?.byId || e.authority))
  const last = inspections.sort((a, b) => b.at.getTime() - a.at.getTime())[0]
  if (last === undefined) return report || standard ? { result: 'untold', report, standard } : undefined
  const result =
    last.disposition === 'conformant' ? 'passed' : last.disposition === 'non_conformant' ? 'failed' : 'untold'
  return {
    at: last.at,
    result,
    report: last.ilmd?.inspectionReport ?? report,
    standard: last.ilmd?.inspectionStandard ?? standard,
  }
}

function dayOf(text: string | undefined): string | undefined {
  const day = text?.slice(0, 10)
  return day && /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)) ? day : undefined
}

function dayAfter(day: string | undefined, days: number | undefined): string | undefined {
  if (day === undefined || days === undefined || days > 36500) return undefined
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10)
}

function wholeOf(text: string | undefined): number | undefined {
  return text && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
