import assert from 'node:assert/strict'
import { test } from 'node:test'
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
