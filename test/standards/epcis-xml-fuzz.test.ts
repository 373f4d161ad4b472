import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDocument, parseXml, writeXml } from '../../src/standards/epcis/index.ts'
import { mutate, randomOf } from './mutation.ts'
import { documentOf, eventTypes, fullEvent } from './sample-events.ts'

test('whatever JSON is accepted comes back from XML with the same hashes', () => {
  const random = randomOf(20260723)
  let accepted = 0
  for (let round = 0; round < 250; round++) {
    const mutated = documentOf(fullEvent(eventTypes[round % 5] ?? ''), fullEvent(eventTypes[random(5)] ?? ''))
    for (let i = random(3); i >= 0; i--) mutate(mutated, random)
    const text = JSON.stringify(mutated)
    const json = JSON.parse(text)
    const parsed = parseDocument(json)
    // XML has no control characters.
    if (!parsed.ok || /\\u00[01]/.test(text)) continue
    accepted++
    const back = parseXml(writeXml(json))
    assert.ok(back.ok, `${JSON.stringify(json)} ${JSON.stringify(back)}`)
    assert.deepEqual(
      back.document.events.map(({ hash }) => hash),
      parsed.document.events.map(({ hash }) => hash),
      JSON.stringify(json),
    )
  }
  assert.ok(accepted > 30, `${accepted} accepted`)
})

test('no mutated XML makes the reader throw, and each problem tells what is wrong', () => {
  const random = randomOf(7)
  const seeds = eventTypes.map((type) => writeXml(documentOf(fullEvent(type))))
  const parts = [
    '<',
    '>',
    '/>',
    '</',
    '&',
    '&#1;',
    '"',
    '<!DOCTYPE a [',
    '<![CDATA[',
    ']]>',
    '<!--',
    '\0',
    '\ud800',
    ' x="1"',
    '<extension>',
    '__proto__',
    'xmlns:a=""',
    '<a xmlns="urn:x">',
  ]
  let refused = 0
  for (let round = 0; round < 300; round++) {
    let xml = seeds[round % seeds.length] ?? ''
    for (let i = random(3); i >= 0; i--) {
      const at = random(xml.length)
      const from = random(xml.length)
      const piece = random(2) === 0 ? (parts[random(parts.length)] ?? '') : xml.slice(from, from + random(60))
      xml = xml.slice(0, at) + piece + xml.slice(at + random(40))
    }
    const parsed = parseXml(xml)
    if (parsed.ok) continue
    refused++
    assert.ok(parsed.problems.length > 0 && parsed.problems.length <= 100)
    for (const { code, text } of parsed.problems) assert.ok(code.length > 0 && /\p{Script=Han}/u.test(text))
  }
  assert.ok(refused > 60, `${refused} refused`)
})
