import assert from 'node:assert/strict'
import { test } from 'node:test'
import { convert, convertible } from '../../src/language/index.ts'

test('amounts of one measure convert exactly; counts and temperatures do not', () => {
  assert.equal(convert('500', 'GRM', 'KGM'), '0.5')
  assert.equal(convert('1.25', 'TNE', 'KGM'), '1250')
  assert.equal(convert('0.000001', 'KGM', 'GRM'), '0.001')
  assert.equal(convert('1', 'MGM', 'KGM'), '0.000001')
  assert.equal(convert('-2.5', 'LTR', 'MLT'), '-2500')
  assert.equal(convert('3', 'MTQ', 'LTR'), '3000')
  assert.equal(convert('7', 'CS', 'EA'), undefined)
  assert.equal(convert('7', 'KGM', 'LTR'), undefined)
  assert.equal(convert('36.5', 'CEL', 'CEL'), '36.5')
  assert.equal(convertible('EA', 'PA'), false)
})

test('what is finer than six decimals is rounded half up, and nothing becomes minus zero', () => {
  assert.equal(convert('0.0004', 'GRM', 'KGM'), '0')
  assert.equal(convert('0.0005', 'GRM', 'KGM'), '0.000001')
  assert.equal(convert('-0.0001', 'GRM', 'KGM'), '0')
})
