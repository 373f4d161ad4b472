import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  checkElement,
  checkPair,
  checkTogether,
  decimalOf,
  encodeElements,
  formatElements,
  linters,
  parseElementString,
} from '../../src/standards/gs1/index.ts'
import { processorMs, randomOf } from './mutation.ts'

const elements = [
  { ai: '01', value: '06901234567892' },
  { ai: '15', value: '261231' },
  { ai: '10', value: 'L(1' },
  { ai: '3103', value: '000195' },
  { ai: '21', value: 'S1' },
]

test('an element string is read the same from brackets, from a scanner with or without symbology, and written back', () => {
  const people = '(01)06901234567892(15)261231(10)L\\(1(3103)000195(21)S1'
  const data = '010690123456789215261231' + '10L(1\x1d' + '3103000195' + '21S1'
  for (const text of [people, data, `]C1${data}`, `]d2\x1d${data}`, `]Q3${data}`, `]e0${data}\x1d`, `]J1${people}`]) {
    const read = parseElementString(text)
    assert.ok(read.ok, text)
    assert.deepEqual(read.value, elements)
  }
  assert.equal(formatElements(elements), people)
  assert.equal(encodeElements(elements), data)
})

test('an element string that breaks a rule is refused with the rule in Chinese', () => {
  const bad: [text: string, code: string][] = [
    ['', 'element-string'],
    ['\x1d', 'element-string'],
    ['(01)', 'element-string'],
    ['(01)06901234567892(x)', 'element-string'],
    ['(01)06901234567892(10)L(1)', 'element-string'],
    ['(05)1', 'unknown-ai'],
    ['051', 'unknown-ai'],
    ['ABC', 'unknown-ai'],
    ['(01)06901234567893', 'incorrect-check-digit'],
    ['(01)0690123456789', 'too-short'],
    ['(01)069012345678921', 'too-long'],
    ['(15)261331', 'illegal-month'],
    ['(10)批', 'invalid-cset82-character'],
    ['(8010)4012345a', 'invalid-cset39-character'],
    ['(8030)ab+', 'invalid-cset64-character'],
    ['(422)000', 'not-iso3166'],
    ['(3912)000100', 'not-iso4217'],
    ['(3912)15', 'too-short'],
  ]
  for (const [text, code] of bad) {
    const read = parseElementString(text, '/code')
    assert.ok(!read.ok, text)
    assert.deepEqual(
      read.problems.map((problem) => [problem.code, problem.at]),
      [[code, '/code']],
      text,
    )
    assert.match(read.problems[0]?.text ?? '', /\p{Script=Han}/u)
  }
})

test('identifiers that contradict, exclude or miss each other are told', () => {
  const gtin = { ai: '01', value: '06901234567892' }
  const cases: [elements: { ai: string; value: string }[], codes: string[]][] = [
    [[gtin, { ai: '10', value: 'L1' }, { ai: '10', value: 'L1' }], []],
    [[gtin, { ai: '10', value: 'L1' }, { ai: '10', value: 'L2' }], ['ai-repeated']],
    [[{ ai: '10', value: 'L1' }], ['ai-required']],
    [
      [gtin, { ai: '3101', value: '000001' }, { ai: '3102', value: '000001' }],
      ['ai-excluded', 'ai-excluded'],
    ],
    [[gtin, { ai: '3101', value: '000001' }], []],
    [
      [
        { ai: '253', value: '1234567890128' },
        { ai: '8030', value: 'A' },
      ],
      ['ai-serial-required'],
    ],
    [[{ ai: '07', value: '1' }], []],
  ]
  for (const [together, codes] of cases) {
    assert.deepEqual(
      checkTogether(together).map(({ code }) => code),
      codes,
      formatElements(together),
    )
  }
})

test('a measure, price or amount is read with its decimals', () => {
  const cases: [ai: string, value: string, decimal: string | undefined][] = [
    ['3103', '000195', '0.195'],
    ['3100', '000195', '195'],
    ['3105', '123456', '1.23456'],
    ['3922', '1250', '12.50'],
    ['3932', '1561250', '12.50'],
    ['3900', '0', '0'],
    ['3103', 'x', undefined],
    ['310', '000195', undefined],
    ['37', '12', undefined],
  ]
  for (const [ai, value, decimal] of cases) assert.equal(decimalOf({ ai, value }), decimal, `${ai} ${value}`)
})

test('check characters of alphanumeric keys', () => {
  assert.equal(checkPair('1987654Ad4X4bL5ttr2310c'), '2K')
  assert.equal(checkPair(''), '22')
  assert.equal(checkPair('中'), undefined)
  assert.equal(checkPair('1'.repeat(98)), undefined)
})

test('every linter and the readers of elements take any text without throwing', () => {
  const random = randomOf(11)
  const pieces = [
    '(',
    ')',
    '\\',
    '01',
    '10',
    '0',
    '9',
    '^',
    '\x1d',
    ']C1',
    'A',
    '%',
    '/',
    '批',
    '\ud800',
    '06901234567892',
  ]
  for (let round = 0; round < 1000; round++) {
    let text = ''
    for (let i = random(9); i >= 0; i--) text += pieces[random(pieces.length)] ?? ''
    parseElementString(text)
    checkElement(String(random(10_000)), text)
    for (const lint of Object.values(linters)) lint(text)
  }
  const time = processorMs(() => {
    parseElementString('('.repeat(100_000))
    parseElementString(`(10)${'\\('.repeat(100_000)}`)
    linters.cset64('='.repeat(100_000))
    linters.pcenc('%'.repeat(100_000))
  })
  assert.ok(time < 500)
})
