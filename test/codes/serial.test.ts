import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { test } from 'node:test'
import { BATCH, INDEX_LIMIT, permutation } from '../../src/trace/codes/permutation.ts'
import { ALPHABET, readSerial, SERIAL_LENGTH, tidySerial } from '../../src/trace/codes/serial.ts'

const gtin = '06901234567892'
const key = randomBytes(32)
const split = (text: string) =>
  Array.from({ length: text.length / SERIAL_LENGTH }, (_, i) => text.slice(i * SERIAL_LENGTH, (i + 1) * SERIAL_LENGTH))
const serials = (of: ReturnType<typeof permutation>, first: number, count: number) =>
  split(of.batch(first, count).toString('latin1'))

test('every index has one serial and every serial leads back to its index', () => {
  const codes = permutation(key, gtin)
  for (const first of [0, 4095, 2 ** 22 - 3, 2 ** 31 - 2, 2 ** 43, INDEX_LIMIT - 40]) {
    for (const [i, serial] of serials(codes, first, 40).entries()) assert.equal(codes.invert(serial), first + i)
  }
  for (let i = 0; i < 300; i++) {
    const index = randomInt(2 ** 44)
    assert.equal(codes.invert(serials(codes, index, 1)[0] as string), index)
  }
})

test('200,000 neighbouring indexes give 200,000 different serials of 14 characters without look-alikes', () => {
  const codes = permutation(key, gtin)
  const seen = new Set<string>()
  for (let first = 0; seen.size < 200_000; first += BATCH) for (const s of serials(codes, first, BATCH)) seen.add(s)
  assert.equal(seen.size, Math.ceil(200_000 / BATCH) * BATCH)
  for (const serial of seen) assert.match(serial, /^[0-9A-HJKMNP-TV-Z]{14}$/)
})

test('serials differ between neighbours as much as chance would have it', () => {
  const codes = permutation(key, gtin)
  const list = serials(codes, 0, 2000)
  let same = 0
  for (let i = 1; i < list.length; i++)
    for (let c = 0; c < SERIAL_LENGTH; c++) if (list[i]?.[c] === list[i - 1]?.[c]) same++
  const expected = (1999 * SERIAL_LENGTH) / 32
  assert.ok(Math.abs(same - expected) < 6 * Math.sqrt(expected), `${same} characters alike, expected about ${expected}`)
})

test('the check refuses random guesses and every single mistyped character', () => {
  const codes = permutation(key, gtin)
  for (let i = 0; i < 20_000; i++) {
    const guess = Array.from({ length: SERIAL_LENGTH }, () => ALPHABET[randomInt(32)]).join('')
    assert.equal(codes.invert(guess), undefined)
  }
  const good = serials(codes, 123_456, 1)[0] as string
  for (let at = 0; at < SERIAL_LENGTH; at++) {
    for (const character of ALPHABET) {
      if (character === good[at]) continue
      assert.equal(codes.invert(good.slice(0, at) + character + good.slice(at + 1)), undefined)
    }
  }
})

test('a serial is refused for another product and under another key', () => {
  const serial = serials(permutation(key, gtin), 7, 1)[0] as string
  assert.equal(permutation(key, '06901234567885').invert(serial), undefined)
  assert.equal(permutation(randomBytes(32), gtin).invert(serial), undefined)
})

test('what is not 14 characters of the set is no serial', () => {
  for (const text of [
    '',
    'A',
    '0'.repeat(13),
    '0'.repeat(15),
    'OOOOOOOOOOOOOO',
    '码'.repeat(14),
    '００００００００００００００',
  ]) {
    assert.equal(readSerial(text), undefined)
  }
  assert.equal(tidySerial('oil-a'), '011-A')
})
