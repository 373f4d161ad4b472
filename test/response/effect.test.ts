import assert from 'node:assert/strict'
import { test } from 'node:test'
import { product } from '../../src/areas/registry/records/product.ts'
import { fsmaTables } from '../../src/areas/response/operations/recall-fsma.ts'
import { effectOf, excessOf } from '../../src/areas/response/operations/recall-progress.ts'
import type { Line } from '../../src/areas/response/operations/wire.ts'

const pieces = (value: string) => ({ value, unit: 'EA' })
const shop = (told: Partial<Line>): Line => ({ name: '示例螺蛳粉', lot: 'PK1', involved: pieces('30'), ...told })
const silent: Line = { name: '示例螺蛳粉', lot: 'PK2', involved: pieces('20') }

test('[B7.2] a holder’s report of more than it had is named, and makes up for nobody else’s shortfall', () => {
  const slip = shop({ returned: pieces('270') })
  assert.deepEqual(excessOf([slip, silent]), ['PK1'])
  const [effect] = effectOf([slip, silent])
  assert.deepEqual([effect?.involved, effect?.returned, effect?.rate], ['50', '270', '60.0'])
})

test('what came back and was then destroyed is one amount; lost goods count against what there was', () => {
  const honest = shop({ returned: pieces('27'), destroyed: pieces('26'), lost: pieces('3') })
  assert.deepEqual(excessOf([honest, silent]), [])
  assert.equal(effectOf([honest, silent])[0]?.rate, '54.0')
  assert.deepEqual(excessOf([shop({ returned: pieces('27'), lost: pieces('4') })]), ['PK1'])
  assert.deepEqual(excessOf([shop({ returned: { value: '270', unit: 'KGM' } })]), [], 'kilograms are no pieces')
})

test('what FSMA 204 asks for and nobody says in an event is taken from what was filed: zip, facility number, list category', () => {
  const key = 'https://id.gs1.org/01/06901000000301/10/PK1'
  const maker = { id: '6901000000028', ownerId: 'maker', title: '示例螺蛳粉厂' }
  const shop = { id: '6901000000042', title: '示例便利店' }
  const good = { key, gtin: '06901000000301', lot: 'PK1', name: '示例鲜切菜', quantity: '30' }
  const [at, later] = ['2026-07-06T08:00:00.000Z', '2026-07-07T08:00:00.000Z']
  const flow = { key, from: maker, to: shop, goods: [good], sentAt: at, receivedAt: later, state: 'received' as const }
  const lineage = {
    asOf: later,
    flows: [{ ...flow, events: ['e'] }],
    makings: [],
    origins: new Map([[key, { key, at, eventId: 'e', assigner: maker }]]),
    papers: new Map([['e', ['desadv urn:epcglobal:cbv:bt:6901000000004:%E9%80%81%E8%B4%A7%E5%8D%95%207']]]),
    hidden: 0,
    truncated: false,
  }
  const filed = { address: '示例路 1 号', region: '450204', place: null, postcode: '545000', ffrn: '12345678901' }
  const tables = fsmaTables(lineage, new Map([['maker', filed]]), new Map([[good.gtin, 'vegetables-cut']]))
  const cell = (title: string, head: string) => {
    const table = tables.find((each) => each.title === title)
    return table?.rows[0]?.[table.heads.indexOf(head)]
  }
  assert.equal(cell('Shipping', '(7) TLC Source Reference FFRN'), '12345678901')
  assert.equal(cell('Receiving', '(a)(7) TLC Source Zip Code'), '545000')
  assert.equal(cell('Locations', 'Zip or Postal Code'), '545000')
  assert.equal(cell('Locations', 'FFRN**'), '12345678901')
  assert.equal(cell('Shipping', '(8) Ref Doc Type and Number'), 'DESADV 送货单 7')
  // The county stands before the street once, whether or not it was filed with it.
  assert.equal(cell('Receiving', '(a)(7) TLC Source Street'), '柳南区示例路 1 号')
  const whole = fsmaTables(lineage, new Map([['maker', { ...filed, address: '柳南区示例路 1 号' }]]), new Map())
  assert.ok(whole.find(({ title }) => title === 'Receiving')?.rows[0]?.includes('柳南区示例路 1 号'))
  assert.equal(cell('Products', 'FTL List Category'), 'Vegetables other than leafy greens (fresh-cut)')
  // Areas do not know each other: what may be filed and what it is called on the sheet are two lists that must agree.
  for (const category of Object.keys(product.fields.ftlCategory.options)) {
    const sheets = fsmaTables(lineage, new Map(), new Map([[good.gtin, category]]))
    assert.ok(sheets.find(({ title }) => title === 'Products')?.rows[0]?.[0], category)
  }
})
