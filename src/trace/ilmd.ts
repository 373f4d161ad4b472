/**
 * The names under which a lot's master data travel in an event's `ilmd` (commissioning ObjectEvent, or
 * TransformationEvent), written once for writers and readers. What GS1's Core Business Vocabulary 2.0 has a word for is
 * written with it; the rest has ours. A document that uses them declares both prefixes in its `@context`.
 */
export const CBV_MDA = { prefix: 'cbvmda', iri: 'urn:epcglobal:cbv:mda:' } as const
export const SHISU = { prefix: 'shisu', iri: 'https://ns.shisu.example/epcis/' } as const

const cbv = (name: string) => ({ prefix: CBV_MDA.prefix, iri: CBV_MDA.iri, name })
const own = (name: string) => ({ prefix: SHISU.prefix, iri: SHISU.iri, name })

/** field -> its name, with the clause that asks for it. Days are YYYY-MM-DD, texts are Chinese as on the label. */
export const ILMD = {
  /** 产品名称, E5.2.1 */
  productName: cbv('descriptionShort'),
  /** 批次, E5.2.3 table 2 row 4 */
  lotNumber: cbv('lotNumber'),
  /** 生产日期, E5.2.1 */
  productionDate: cbv('productionDate'),
  /** The last day of the shelf life; follows from 生产日期 and 保质期, E5.2.1 */
  expiryDate: cbv('itemExpirationDate'),
  /** 净含量 as printed (`300 g`), E5.2.3 table 2 row 4 */
  netContent: cbv('netContentDescription'),
  /** 品牌, 规格 (`300 g × 24 袋`) and 工艺 as printed, E5.2.3 table 2 row 4 */
  brand: own('brand'),
  specification: own('specification'),
  process: own('process'),
  /** ISO 3166-1 code, for imported food */
  countryOfOrigin: cbv('countryOfOrigin'),
  /** 产品类别, E5.2.1 */
  productCategory: own('productCategory'),
  /** 原产地, E5.2.1 */
  originPlace: own('originPlace'),
  /** 销售区域, E5.2.1 */
  salesArea: own('salesArea'),
  /** 零售价 in fen, a whole number, E5.2.1 */
  retailPriceFen: own('retailPriceFen'),
  /** 保质期 in days, a whole number, E5.2.1 */
  shelfLifeDays: own('shelfLifeDays'),
  /** 产品质量检验合格报告: its number or title, E5.2.1 */
  inspectionReport: own('inspectionReport'),
  /** 检验标准, E5.2.3 table 2 row 3 */
  inspectionStandard: own('inspectionStandard'),
  /** 企业名称 where the maker's GLN is unknown here, E5.2.3 table 2 row 2 */
  makerName: own('makerName'),
} as const

export type IlmdField = keyof typeof ILMD
export type Ilmd = { [F in IlmdField]?: string }

/** Our values as an event's `ilmd`, with prefixes. */
export function writeIlmd(values: Ilmd): Record<string, string> {
  const ilmd: Record<string, string> = {}
  for (const field of Object.keys(ILMD) as IlmdField[]) {
    const value = values[field]
    if (value !== undefined) ilmd[`${ILMD[field].prefix}:${ILMD[field].name}`] = value
  }
  return ilmd
}

/** What an event's `ilmd` says, whether its keys are prefixed, whole IRIs or bare. Anything else in it is left alone. */
export function readIlmd(ilmd: unknown): Ilmd {
  const values: Ilmd = {}
  if (typeof ilmd !== 'object' || ilmd === null) return values
  const given = ilmd as Record<string, unknown>
  for (const { field, prefixed, full, bare } of written) {
    const text = textOf(given[prefixed] ?? given[full] ?? given[bare])
    if (text !== undefined) values[field] = text
  }
  return values
}

/** Every form of every name, put together once: there are fifty of them, and each captured event asks for all. */
const written = (Object.keys(ILMD) as IlmdField[]).map((field) => {
  const { prefix, iri, name } = ILMD[field]
  return { field, prefixed: `${prefix}:${name}`, full: iri + name, bare: name }
})

/** A text, a number, a JSON-LD value object, or the first of several; bounded, since it comes from anybody's document. */
function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return textOf(value[0])
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return value.trim().slice(0, 200) || undefined
  if (typeof value === 'object' && value !== null && '@value' in value) return textOf(value['@value'])
  return undefined
}
