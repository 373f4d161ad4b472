import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalKey, parseDigitalLink } from '../../src/standards/digital-link/index.ts'
import { parseDocument } from '../../src/standards/epcis/index.ts'
import { splitEpc } from '../../src/standards/gs1/index.ts'
import { mutate, randomOf } from './mutation.ts'
import { documentOf, eventTypes, fullEvent } from './sample-events.ts'

/** True where the place that a pointer names, or at least the object it would stand in, exists. */
function exists(json: unknown, pointer: string): boolean {
  const names = pointer.split('/').slice(1, -1)
  let value = json
  for (const name of names) {
    if (typeof value !== 'object' || value === null) return false
    value = (value as Record<string, unknown>)[name.replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  return names.length === 0 || (typeof value === 'object' && value !== null)
}

test('a mutated document never throws, and each problem names a place in an object that exists', () => {
  const random = randomOf(20260722)
  let accepted = 0
  let refused = 0
  for (let round = 0; round < 400; round++) {
    const json = documentOf(fullEvent(eventTypes[round % 5] ?? ''), fullEvent(eventTypes[random(5)] ?? ''))
    for (let i = random(4); i >= 0; i--) mutate(json, random)
    const parsed = parseDocument(json)
    if (parsed.ok) {
      accepted++
      for (const event of parsed.document.events)
        assert.match(event.hash, /^ni:\/\/\/sha-256;[0-9a-f]{64}\?ver=CBV2\.0$/)
    } else {
      refused++
      assert.ok(parsed.problems.length > 0 && parsed.problems.length <= 100)
      for (const { at, text, code } of parsed.problems) {
        assert.ok(exists(json, at), at)
        assert.ok(text.length > 0 && code.length > 0)
      }
    }
  }
  assert.ok(accepted > 20 && refused > 200, `${accepted} accepted, ${refused} refused`)
})

test('no text makes the readers of identifiers throw', () => {
  const random = randomOf(1)
  const seeds = [
    'urn:epc:id:sgtin:0614141.107346.2017',
    'urn:epc:class:lgtin:4012345.012345.998877',
    'urn:epc:id:itip:4012345.011111.01.02.987',
    'https://id.gs1.org/01/09521141012345/10/L1/21/2017?15=261231&a=b#c',
    '/8003/04012345000221334455',
  ]
  for (let round = 0; round < 20_000; round++) {
    let text = seeds[random(seeds.length)] ?? ''
    for (let i = random(4); i >= 0; i--) {
      const at = random(text.length + 1)
      text = text.slice(0, at) + ['%', '/', '.', ':', '*', '?', '\ud800', '9'][random(8)] + text.slice(at + random(4))
    }
    assert.equal(typeof canonicalKey(text).key, 'string')
    // A key is stable: the key of a key is itself.
    assert.equal(canonicalKey(canonicalKey(text).key).key, canonicalKey(text).key, text)
    splitEpc(text)
    parseDigitalLink(text)
  }
})
