import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonical, canonicalExact, parseExact } from '../../src/standards/jcs/index.ts'

test('RFC 8785’s own example gets its one text', () => {
  const value = JSON.parse(
    '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
  )
  assert.equal(
    canonical(value),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
})

test('keys stand in the order of their UTF-16 code units, as RFC 8785, 3.2.3 shows', () => {
  const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 }
  assert.deepEqual(Object.values(JSON.parse(canonical(value))).length, 7)
  assert.equal(canonical(value), '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}')
})

test('what JSON cannot say is refused', () => {
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, '\ud800', { '\udc00': 1 }])
    assert.throws(() => canonical(wrong), RangeError)
  let deep: object = {}
  for (let level = 0; level < 200; level++) deep = { deep }
  assert.throws(() => canonical(deep as never), RangeError)
  assert.equal(canonical({ there: 1, absent: undefined }), '{"there":1}')
})

test('numbers are kept as they were written', () => {
  assert.equal(
    canonical(parseExact('{"q":0.10,"n":[12345678901234567890,1e2],"s":"7"}')),
    '{"n":["12345678901234567890","1e2"],"q":"0.10","s":"7"}',
  )
})

test('the one pass gives what reading and writing give, and refuses what they refuse', () => {
  const texts = [
    '{"q":0.10,"n":[12345678901234567890,1e2,-0,-1.5E-3],"s":"7","t":true,"f":false,"z":null}',
    ' { "b" : [ ] , "a" : { } , "a" : [ 1 , { "x" : "\\u20ac$\\u000F\\n\\"\\\\\\/" } ] } ',
    '{"\\r":2,"1":4,"":6,"ö":7,"€":1,"\\ud83d\\ude00":5,"דּ":3,"\\u0031":9,"__proto__":1,"":0}',
    '"螺蛳粉   "',
    '0',
    '[[[["1"]]]]',
  ]
  for (const text of texts) assert.equal(canonicalExact(text), canonical(parseExact(text)), text)
  for (const wrong of [
    ...[
      '',
      '{',
      '{"a"}',
      '{"a":}',
      '{"a":1,}',
      '[1,]',
      '[1 2]',
      '01',
      '1.',
      '.5',
      '+1',
      'tru',
      'nul',
      "'a'",
      '"\t"',
      '"\\x"',
    ],
    ...['"\\ud800"', '{a:1}', '1 1', ' 1', '{"a":1}}', '[1}', `${'['.repeat(200)}${']'.repeat(200)}`],
  ]) {
    assert.throws(() => canonicalExact(wrong), /JSON/, wrong)
    assert.throws(() => canonical(parseExact(wrong)))
  }
})
