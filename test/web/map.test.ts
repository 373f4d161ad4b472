import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clustersOf, freeLabels } from '../../src/web/map/clusters.ts'
import { metresAPixel, placeOf, spotOf, viewOf, worldPixels, zoomed } from '../../src/web/map/mercator.ts'

const liuzhou = { lng: 109.415, lat: 24.326 }
const nanning = { lng: 108.366, lat: 22.817 }

test('a place comes back from the projection as it went in', () => {
  for (const place of [liuzhou, { lng: -179.9, lat: -84 }, { lng: 0, lat: 0 }]) {
    const back = placeOf(spotOf(place))
    assert.ok(Math.abs(back.lng - place.lng) < 1e-9 && Math.abs(back.lat - place.lat) < 1e-9)
  }
  // The tile of Web Mercator that Liuzhou lies in at zoom 10, worked out by the published formula.
  const { x, y } = spotOf(liuzhou)
  assert.deepEqual([Math.floor(x * 1024), Math.floor(y * 1024)], [823, 440])
})

test('everything stands within the view that was made for it', () => {
  const spots = [liuzhou, nanning].map(spotOf)
  const view = viewOf(spots, 800, 400)
  for (const spot of spots) {
    assert.ok(Math.abs(spot.x - view.x) * worldPixels(view.zoom) <= 356.001)
    assert.ok(Math.abs(spot.y - view.y) * worldPixels(view.zoom) <= 156.001)
  }
  assert.equal(viewOf([spotOf(liuzhou)], 800, 400).zoom, 13, 'one place alone is seen in its town')
  assert.equal(viewOf([], 800, 400).zoom, 7, 'nothing at all shows the region')
})

test('the pixel that is zoomed about stays where it is', () => {
  const view = viewOf([liuzhou, nanning].map(spotOf), 800, 400)
  const at = { x: 120, y: 333 }
  const under = (v: typeof view) => ({
    x: v.x + (at.x - 400) / worldPixels(v.zoom),
    y: v.y + (at.y - 200) / worldPixels(v.zoom),
  })
  const [before, after] = [under(view), under(zoomed(view, 2.5, at, 800, 400))]
  assert.ok(Math.abs(before.x - after.x) < 1e-12 && Math.abs(before.y - after.y) < 1e-12)
})

test('a pixel’s metres agree with the distance of two towns', () => {
  const view = { ...spotOf({ lng: 108.9, lat: 23.57 }), zoom: 8 }
  const [a, b] = [spotOf(liuzhou), spotOf(nanning)]
  const km = (Math.hypot(a.x - b.x, a.y - b.y) * worldPixels(8) * metresAPixel(view)) / 1000
  assert.ok(Math.abs(km - 199) < 3, `${km} km`)
})

test('what is too near to be told apart is gathered, but never what is chosen', () => {
  const items = [0, 5, 9, 300].map((x) => ({ id: `p${x}`, on: { x, y: 0 } }))
  assert.deepEqual(
    clustersOf(items, 26).map(({ items }) => items.map(({ id }) => id)),
    [['p0', 'p5', 'p9'], ['p300']],
  )
  assert.deepEqual(
    clustersOf(items, 26, 'p5').map(({ items }) => items.length),
    [2, 1, 1],
  )
  const many = Array.from({ length: 20_000 }, (_, i) => ({
    id: `${i}`,
    on: { x: (i * 7919) % 1400, y: (i * 104729) % 800 },
  }))
  const start = process.cpuUsage()
  const found = clustersOf(many, 26)
  assert.ok(process.cpuUsage(start).user < 500_000 && found.length < 3000)
  assert.equal(
    found.reduce((sum, { items }) => sum + items.length, 0),
    20_000,
  )
})

test('labels never lie on one another, and that of the chosen always stands', () => {
  const labels = [
    { id: 'a', text: '示例米粉厂', x: 0, y: 0 },
    { id: 'b', text: '示例仓库', x: 20, y: 4, first: true },
    { id: 'c', text: '示例门店', x: 0, y: 40 },
  ]
  assert.deepEqual(
    freeLabels(labels).map(({ id }) => id),
    ['b', 'c'],
  )
})
