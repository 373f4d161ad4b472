import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalInstant, parseBound, parseInstant } from '../../src/standards/instant.ts'
import { randomOf } from './mutation.ts'

test('an instant is read to the millisecond, whatever its offset and fraction', () => {
  const instants: [text: string, iso: string][] = [
    ['2026-07-22T06:45:00Z', '2026-07-22T06:45:00.000Z'],
    ['2026-07-22T06:45:00+08:00', '2026-07-21T22:45:00.000Z'],
    ['2026-07-22T06:45:00-14:00', '2026-07-22T20:45:00.000Z'],
    ['2026-07-22T06:45:00.1Z', '2026-07-22T06:45:00.100Z'],
    ['2026-07-22T06:45:00.12Z', '2026-07-22T06:45:00.120Z'],
    ['2026-07-22T06:45:00.1234Z', '2026-07-22T06:45:00.123Z'],
    ['2026-07-22T06:45:00.123500+05:30', '2026-07-22T01:15:00.124Z'],
    ['2026-12-31T23:59:59.9995Z', '2027-01-01T00:00:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['1900-01-01T00:00:00Z', '1900-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
    ['2026-07-22t06:45:00.000z', '2026-07-22T06:45:00.000Z'],
    ['2026-07-22t06:45:00+08:00', '2026-07-21T22:45:00.000Z'],
  ]
  for (const [text, iso] of instants) assert.equal(parseInstant(text), Date.parse(iso), text)
  for (const [text, iso] of instants)
    assert.equal(canonicalInstant(text, Date.parse(iso)), new Date(iso).toISOString(), text)
})

test('what is no instant is none', () => {
  const bad = `2026-02-31T00:00:00Z 2023-02-29T00:00:00Z 1900-02-29T00:00:00Z 2026-13-01T00:00:00Z 2026-00-01T00:00:00Z
    2026-01-00T00:00:00Z 2026-01-01T24:00:00Z 2026-01-01T00:60:00Z 2026-01-01T00:00:60Z 1899-12-31T00:00:00Z
    2026-01-01T00:00:00 2026-01-01T00:00:00. 2026-01-01T00:00:00.Z 2026-01-01T00:00:00.1
    2026-01-01T00:00:00Zx 2026-01-01T00:00:00+8:00 2026-01-01T00:00:00+08:0 2026-01-01T00:00:00+08:000
    2026-01-01T00:00:00+0800 2026-01-01T00:00:00+14:01 2026-01-01T00:00:00-14:30 2026-01-01T00:00:00+08:60
    2026-01-01 2026-1-1T00:00:00Z 2026/01/01T00:00:00Z x2026-01-01T00:00:00Z 2026-01-01T00:00Z
    ２026-01-01T00:00:00Z 2026-01-01T0a:00:00Z +2026-01-01T00:00:00Z 2026-01-01T00:00:00,5Z`
  for (const text of [
    '',
    ' ',
    '2026-01-01 00:00:00Z',
    '2026-01-01T00:00:00 Z',
    '2026-01-01T00:00:00Z ',
    ...bad.split(/\s+/),
  ]) {
    assert.equal(parseInstant(text), undefined, text)
  }
})

test('a bound that others are compared with may lie before 1900, and stays within four digits of a year', () => {
  for (const [text, iso] of [
    ['0001-01-01T00:00:00+08:00', '0001-01-01T00:00:00.000Z'],
    ['0004-02-29T00:00:00Z', '0004-02-29T00:00:00.000Z'],
    ['1753-01-01T00:00:00Z', '1753-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    ['9999-12-31T23:59:59-08:00', '9999-12-31T23:59:59.999Z'],
  ] as const) {
    assert.equal(parseBound(text), Date.parse(iso), text)
  }
  for (const text of ['0000-01-01T00:00:00Z', '0001-02-29T00:00:00Z', '2026-07-22'])
    assert.equal(parseBound(text), undefined, text)
})

test('an instant mutated in any character is read as the platform reads it, or not at all', () => {
  const random = randomOf(13)
  for (let round = 0; round < 5000; round++) {
    const at = random(25)
    const text = '2026-07-22T06:45:10+08:00'
    const mutated = text.slice(0, at) + '0123456789-+:.TZ '.charAt(random(17)) + text.slice(at + 1)
    const read = parseInstant(mutated)
    if (read !== undefined) assert.equal(read, Date.parse(mutated), mutated)
  }
})
