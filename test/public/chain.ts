import { randomUUID } from 'node:crypto'
import type { Sql } from 'postgres'
import { parseDocument } from '../../src/standards/epcis/index.ts'
import { CBV_MDA, type Ilmd, SHISU, writeIlmd } from '../../src/trace/ilmd.ts'
import { append } from '../../src/trace/index.ts'

/** A small chain of 示例 firms, captured through the trace core, for the shoppers' pages. */
export const gtin = '06901234567892'
export const lot = 'A20261012-3'
export const lotUri = `https://id.gs1.org/01/${gtin}/10/${lot}`
export const materialUri = (n: number) => `https://id.gs1.org/01/0690999900001${[8, 5, 2][n]}/10/M${n}`
const palletUri = 'https://id.gs1.org/00/106901234567890012'
export const place = (n: number) => `https://id.gs1.org/414/${glns[n]}`
const glns = ['6901234500009', '6901234500016', '6901234500023']

export type Firm = { id: string; region: string }
export type Chain = { maker: Firm; warehouse: Firm; shop: Firm; authority: Firm }

export async function addFirms(sql: Sql): Promise<Chain> {
  const titles = ['示例螺蛳粉厂甲', '示例仓储乙', '示例超市丙', '示例市市场监督管理局']
  const firms: Firm[] = []
  for (const [n, title] of titles.entries()) {
    const firm = { id: randomUUID(), region: n === 3 ? '450200' : '450205' }
    await sql`insert into owner (id, title, region, gln) values (${firm.id}, ${title}, ${firm.region}, ${glns[n] ?? null})`
    firms.push(firm)
  }
  const [maker, warehouse, shop, authority] = firms as [Firm, Firm, Firm, Firm]
  await sql`insert into account (id, owner_id, login, name, role, password_hash, created_at)
    values (${randomUUID()}, ${authority.id}, ${randomUUID()}, '示例', 'city', '', now())`
  return { maker, warehouse, shop, authority }
}

export async function capture(sql: Sql, by: Firm, events: object[], recordTime = new Date()): Promise<void> {
  const context = [
    'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld',
    { [SHISU.prefix]: SHISU.iri, [CBV_MDA.prefix]: CBV_MDA.iri },
  ]
  const parsed = parseDocument({
    '@context': context,
    type: 'EPCISDocument',
    schemaVersion: '2.0',
    creationDate: '2026-11-20T00:00:00Z',
    epcisBody: { eventList: events },
  })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  await append(sql, { ownerId: by.id, region: by.region }, parsed.document.events, { context, recordTime })
}

export const at = (eventTime: string, rest: object) => ({
  type: 'ObjectEvent',
  eventTime,
  eventTimeZoneOffset: '+08:00',
  ...rest,
})

export const ofLot = (uri: string, quantity = 8420) => ({
  quantityList: [{ epcClass: uri, quantity }],
})

/** All that E5.2.1 and E5.2.3 (table 2, row 4) ask for. */
export const master: Ilmd = {
  productName: '柳州螺蛳粉（原味）',
  lotNumber: lot,
  productionDate: '2026-10-12',
  expiryDate: '2027-04-10',
  netContent: '300 g',
  brand: '示例牌',
  specification: '300 g × 24 袋',
  process: '非油炸，热风干燥',
  productCategory: '07 方便食品',
  originPlace: '广西柳州',
  salesArea: '全国',
  retailPriceFen: '1280',
  shelfLifeDays: '180',
  inspectionReport: '出厂检验 2026-1013',
  inspectionStandard: 'DBS45/034',
}

/** From three materials to the shelf. */
export async function captureChain(sql: Sql, { maker, warehouse, shop }: Chain, ilmd: Ilmd = master): Promise<void> {
  const names = ['干米粉', '螺蛳', '酸笋']
  const received = names.map((productName, n) =>
    at(`2026-09-${28 + (n % 2)}T09:00:00+08:00`, {
      action: 'ADD',
      bizStep: 'receiving',
      bizLocation: { id: place(0) },
      ...ofLot(materialUri(n), 500),
      ilmd: writeIlmd({ productName, originPlace: n === 2 ? undefined : '广西' }),
    }),
  )
  await capture(sql, maker, [
    ...received,
    {
      type: 'TransformationEvent',
      eventTime: '2026-10-12T10:00:00+08:00',
      eventTimeZoneOffset: '+08:00',
      transformationID: `urn:uuid:${randomUUID()}`,
      inputQuantityList: names.map((_, n) => ({ epcClass: materialUri(n), quantity: 500 })),
      outputQuantityList: [{ epcClass: lotUri, quantity: 8420 }],
      bizStep: 'commissioning',
      bizLocation: { id: place(0) },
      ilmd: writeIlmd(ilmd),
    },
    at('2026-10-13T15:00:00+08:00', {
      action: 'OBSERVE',
      bizStep: 'inspecting',
      disposition: 'conformant',
      bizLocation: { id: place(0) },
      ...ofLot(lotUri),
    }),
    {
      type: 'AggregationEvent',
      eventTime: '2026-10-14T08:00:00+08:00',
      eventTimeZoneOffset: '+08:00',
      parentID: palletUri,
      childQuantityList: [{ epcClass: lotUri, quantity: 480 }],
      action: 'ADD',
      bizStep: 'packing',
      bizLocation: { id: place(0) },
    },
    at('2026-10-15T08:00:00+08:00', {
      action: 'OBSERVE',
      bizStep: 'shipping',
      epcList: [palletUri],
      bizLocation: { id: place(0) },
      destinationList: [{ type: 'owning_party', destination: `https://id.gs1.org/417/${glns[1]}` }],
    }),
  ])
  await capture(sql, warehouse, [
    at('2026-10-15T17:00:00+08:00', {
      action: 'OBSERVE',
      bizStep: 'storing',
      epcList: [palletUri],
      bizLocation: { id: place(1) },
    }),
  ])
  await capture(sql, shop, [
    at('2026-11-02T09:00:00+08:00', {
      action: 'OBSERVE',
      bizStep: 'stocking',
      epcList: [palletUri],
      bizLocation: { id: place(2) },
    }),
  ])
}
