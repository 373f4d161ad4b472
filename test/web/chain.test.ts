import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Edge, type Node, pooled, relatives } from '../../src/web/trace/answer.ts'
import { linesOf } from '../../src/web/trace/json-lines.ts'
import { draw } from '../../src/web/trace/layout.ts'
import { followable } from '../../src/web/trace/typed.ts'

const node = (key: string, level = 'lot', rest: Partial<Node> = {}): Node => ({ key, level, layer: 0, ...rest })
const edge = (from: string, to: string, kind: Edge['kind'] = 'transformation'): Edge => ({
  from,
  to,
  kind,
  time: '2026-11-07T01:00:00.000Z',
  events: [`${from}${to}`],
})

test('what came from something stands to the right of it, and an origin right before its first use', () => {
  const nodes = ['a', 'b', 'c', 'late', 'd'].map((key) => node(key))
  const { cards, lines, columns } = draw(
    nodes,
    [edge('a', 'b'), edge('b', 'c'), edge('c', 'd'), edge('late', 'd'), edge('a', 'd')],
    'd',
  )
  const column = Object.fromEntries(cards.map((card) => [card.id, card.column]))
  assert.deepEqual(column, { a: 0, b: 1, c: 2, late: 2, d: 3 })
  assert.equal(columns, 4)
  assert.equal(lines.find((line) => line.from === 'a' && line.to === 'd')?.bends.length, 2, 'a long line bends around')
})

test('no two cards of a column overlap', () => {
  const nodes = Array.from({ length: 12 }, (_, i) => node(`n${i}`))
  const edges = Array.from({ length: 11 }, (_, i) => edge(`n${i}`, i % 2 ? 'n11' : `n${i + 1}`)).filter(
    (e) => e.from !== e.to,
  )
  const { cards } = draw(nodes, edges, 'n11')
  for (const column of Map.groupBy(cards, (card) => card.column).values()) {
    const ys = column.map((card) => card.y).sort((a, b) => a - b)
    for (const [i, y] of ys.entries()) assert.ok(i === 0 || y - (ys[i - 1] as number) >= 1 - 1e-9)
  }
})

test('many things alike are one card, but never the one that was asked for', () => {
  const bags = Array.from({ length: 500 }, (_, i) => node(`bag${i}`, 'serial', { gtin: '1', lot: 'A' }))
  const edges = bags.flatMap((bag) => [edge('lot', bag.key, 'class-of'), edge(bag.key, 'case', 'aggregation')])
  const { cards, lines } = draw([node('lot'), ...bags, node('case', 'logistic')], edges, 'bag7')
  assert.equal(cards.length, 4)
  assert.equal(cards.find((card) => card.id === 'bag7')?.nodes.length, 1)
  assert.equal(Math.max(...cards.map((card) => card.nodes.length)), 499)
  assert.equal(lines.length, 4)
})

test('an input is drawn into the lot, not once more into each of its pieces', () => {
  const nodes = [node('rice'), node('lot'), node('bag', 'serial')]
  const { lines } = draw(nodes, [edge('rice', 'lot'), edge('rice', 'bag'), edge('lot', 'bag', 'class-of')], 'bag')
  assert.deepEqual(
    lines.map((line) => `${line.from} ${line.to}`),
    ['rice lot', 'lot bag'],
  )
})

test('a circle in the records does not hang the drawing', () => {
  const { cards } = draw([node('a'), node('b'), node('c')], [edge('a', 'b'), edge('b', 'c'), edge('c', 'a')], 'a')
  assert.equal(cards.length, 3)
})

test('two thousand nodes are laid out within a second of a core', () => {
  const nodes = Array.from({ length: 2000 }, (_, i) => node(`n${i}`))
  const edges = Array.from({ length: 4000 }, (_, i) => edge(`n${(i * 7) % 1990}`, `n${((i * 7) % 1990) + 1 + (i % 9)}`))
  const start = process.cpuUsage()
  draw(nodes, edges, 'n0')
  const took = process.cpuUsage(start).user / 1000
  assert.ok(took < 1000, `${Math.round(took)} ms`)
})

test('relatives of a thing are what it came from and what it went into, not its siblings', () => {
  const edges = [edge('a', 'b'), edge('b', 'c'), edge('a', 'x')]
  assert.deepEqual([...relatives(edges, 'b')].sort(), ['a', 'b', 'c'])
})

test('what a person types becomes an id that can be followed', () => {
  const lot = 'https://id.gs1.org/01/09524500000106/10/A%2F1'
  assert.equal(followable('09524500000106 A/1'), lot)
  assert.equal(followable('(01)09524500000106(10)A/1'), lot)
  assert.equal(followable('010952450000010610A/1'), lot)
  assert.equal(followable('９５２４５０００００１０６'), 'https://id.gs1.org/01/09524500000106')
  assert.equal(followable('095245020000010004'), 'https://id.gs1.org/00/095245020000010004')
  assert.equal(followable('example.org/01/09524500000106/21/X'), 'https://example.org/01/09524500000106/21/X')
  assert.equal(followable(' urn:epc:id:sscc:1.2 '), 'urn:epc:id:sscc:1.2')
  assert.equal(followable('示例'), '示例')
})

test('each error of a pasted document is told with the line on which its value begins, else what holds it', () => {
  const text = `{
  "type": "EPCISDocument",
  "epcisBody": {
    "eventList": [
      { "type": "ObjectEvent",
        "sourceList": [{ "type": "a,b", "source": "x\\"}" }],
        "epcList": [
          "one",
          "two" ] },
      { "action": "LOOK",
        "type": "ObjectEvent" }
    ]
  }
}`
  const asked = [
    '/epcisBody/eventList/1/action',
    '/epcisBody/eventList/0/epcList/1',
    '/epcisBody/eventList/1/eventTime',
    '/x',
  ]
  assert.deepEqual([...linesOf(text, asked).values()], [10, 9, 10])
  assert.equal(linesOf('<epcis/>', asked).size, 0)
})

test('pieces of one lot that went together are one amount, exact to six decimals; other lots and units stay apart', () => {
  const piece = { name: '粉', lot: 'A', quantity: '1' }
  const kilograms = { name: '粉', lot: 'A', uom: 'KGM' }
  const goods = [
    ...Array.from({ length: 240 }, () => piece),
    { ...kilograms, quantity: '0.1' },
    { ...kilograms, quantity: '0.2' },
    { ...piece, lot: 'B', quantity: '100' },
  ]
  assert.deepEqual(
    pooled(goods).map(({ lot, quantity }) => [lot, quantity]),
    [
      ['A', '240'],
      ['A', '0.3'],
      ['B', '100'],
    ],
  )
})
