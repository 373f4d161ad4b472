import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Shot, shotOf, withShot } from '../../src/web/input/exif.ts'

/** The beginning and end of a JPEG, enough to write into. */
const jpeg = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xd9])

const shots: Record<string, Shot> = {
  whole: {
    at: '2026-11-20T01:30:05.000Z',
    place: { lng: 109.421123, lat: 24.321987, accuracyM: 12 },
    by: '示例检查员 · 示例柳南区市场监督管理局',
  },
  'without a place': { at: '2026-12-31T16:00:00.000Z', by: '甲' },
  'west and south': { at: '2026-01-01T00:00:00.000Z', place: { lng: -0.000028, lat: -89.999999 } },
}

test('[B6.3] a picture taken on the spot carries when, where and by whom, in its own bytes', () => {
  for (const [name, shot] of Object.entries(shots)) {
    const bytes = withShot(jpeg, shot)
    assert.deepEqual([...bytes.subarray(0, 4)], [0xff, 0xd8, 0xff, 0xe1], name)
    assert.deepEqual([...bytes.subarray(-8)], [...jpeg.subarray(-8)], 'the picture itself is as it was')
    assert.deepEqual(shotOf(bytes), shot, name)
  }
})

test('a picture that says nothing, is cut off or broken is a picture without a shot, never a fault', () => {
  const bytes = withShot(jpeg, shots.whole as Shot)
  assert.equal(shotOf(jpeg), undefined)
  assert.equal(shotOf(new Uint8Array()), undefined)
  for (let length = 0; length < bytes.length - jpeg.length; length++) shotOf(bytes.slice(0, length))
  for (let at = 12; at < bytes.length; at++) shotOf(bytes.with(at, 0xff))
})
