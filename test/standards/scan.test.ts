import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recogniseChinese } from '../../src/standards/china/index.ts'
import { parseScan } from '../../src/standards/digital-link/index.ts'
import { formatElements } from '../../src/standards/gs1/index.ts'
import { processorMs, randomOf } from './mutation.ts'

const lot = 'https://id.gs1.org/01/06901234567892/10/L1'
const serial = 'https://id.gs1.org/01/06901234567892/21/S1'
const gtin = 'https://id.gs1.org/01/06901234567892'

test('whatever a scanner gives is told for what it is, with its key', () => {
  const scans: [text: string, form: string, key: string, elements?: string][] = [
    ['https://x.cn/01/06901234567892/10/L1?15=261231', 'digital-link', lot, '(01)06901234567892(10)L1(15)261231'],
    [']Q1 HTTPS://X.cn/gtin/6901234567892/lot/L1\r\n', 'digital-link', lot, '(01)06901234567892(10)L1'],
    ['/01/06901234567892/10/L1', 'digital-link', lot],
    ['https://id.gs1.org/ARHKVAdpQg', 'compressed-link', 'https://id.gs1.org/01/09780345418913', '(01)09780345418913'],
    [']C1010690123456789210L1\x1d21S1', 'element-string', serial, '(01)06901234567892(10)L1(21)S1'],
    ['010690123456789210L1', 'element-string', lot],
    ['0106901234567892', 'element-string', gtin],
    ['010690123456789210L1\x1d21S1', 'element-string', serial],
    ['(10)L1(01)06901234567892', 'element-string', lot],
    [']d2\x1d10L1', 'element-string', '\x1d10L1', '(10)L1'],
    ['urn:epc:id:sgtin:690123.0456789.S1', 'epc', serial, '(01)06901234567892(21)S1'],
    ['6901234567892', 'gtin', gtin, '(01)06901234567892'],
    [']E06901234567892', 'gtin', gtin],
    ['06901234567892', 'gtin', gtin],
    ['069012300000000010', 'sscc', 'https://id.gs1.org/00/069012300000000010', '(00)069012300000000010'],
    ['00069012300000000010', 'element-string', 'https://id.gs1.org/00/069012300000000010'],
    ['1.2.156.3088.1', 'chinese', 'urn:oid:1.2.156.3088.1', ''],
    ['http://e.cn/gtin/06901234567892/bat/L1/ser/S1', 'chinese', serial, '(01)06901234567892(10)L1(21)S1'],
    ['http://e.cn/gtin/06901234567892/bat/L1', 'chinese', lot],
    ['http://e.cn/gtin/06901234567893/bat/L1', 'chinese', 'commodity-code:http://e.cn/gtin/06901234567893/bat/L1', ''],
    ['https://example.com/about-us', 'uri', 'https://example.com/about-us', ''],
    ['mailto:a@b.cn', 'uri', 'mailto:a@b.cn'],
    ['12345', 'text', '12345'],
    ['螺蛳粉', 'text', '螺蛳粉', ''],
  ]
  for (const [text, form, key, elements] of scans) {
    const read = parseScan(text)
    assert.ok(read.ok, `${text} ${JSON.stringify(read)}`)
    assert.equal(read.value.form, form, text)
    assert.equal(read.value.key.key, key, text)
    if (elements !== undefined) assert.equal(formatElements(read.value.elements), elements, text)
  }
  const read = parseScan(']C10106901234567892')
  assert.equal(read.ok && read.value.symbology, ']C1')
})

test('what claims to be a GS1 form and breaks its rules is refused, so that a misread code is no other thing', () => {
  const bad: [text: string, code: string][] = [
    ['', 'empty'],
    [']C1', 'empty'],
    ['6901234567893', 'gtin-check'],
    ['69012345', 'gtin-check'],
    ['069012300000000011', 'sscc-check'],
    ['https://x.cn/01/06901234567893', 'check-digit'],
    ['https://x.cn/01/06901234567892/21/S1/10/L1', 'qualifier-order'],
    ['https://x.cn/01/06901234567892?15=261331', 'attribute-form'],
    ['(01)06901234567893', 'incorrect-check-digit'],
    [']C115', 'too-short'],
    [']d2ABC', 'unknown-ai'],
    ['(01)06901234567892(10)L1(10)L2', 'ai-repeated'],
    ['urn:epc:id:sgtin:1.2.3', 'epc'],
    ['x'.repeat(5000), 'too-long'],
  ]
  for (const [text, code] of bad) {
    const read = parseScan(text, '/code')
    assert.ok(!read.ok, text.slice(0, 50))
    assert.deepEqual([read.problems[0]?.code, read.problems[0]?.at], [code, '/code'], text.slice(0, 50))
  }
})

test('Chinese identifiers are told by their shape and kept as scheme and value', () => {
  const known: [text: string, scheme: string, value: string][] = [
    ['1.2.156.3088.1.2', 'oid', '1.2.156.3088.1.2'],
    ['2.16.156.1', 'oid', '2.16.156.1'],
    ['OID：1.2.156.10', 'oid', '1.2.156.10'],
    ['urn:oid:1.2.156.10', 'oid', '1.2.156.10'],
    ['86.1000.11/A-1', 'handle', '86.1000.11/A-1'],
    ['hdl:88.106.3/x/y', 'handle', '88.106.3/x/y'],
    ['https://hdl.handle.net/86.5/1', 'handle', '86.5/1'],
    ['Ecode：100640012345', 'ecode', '100640012345'],
    ['https://www.iotroot.com/e/1', 'ecode', 'https://www.iotroot.com/e/1'],
    ['追溯码：4502-2026-0001', 'trace-code', '4502-2026-0001'],
    ['12345678901234567890', 'trace-code', '12345678901234567890'],
    ['https://www.2dcode.org/0106901234567892OXjVB3', 'commodity-code', '0106901234567892OXjVB3'],
  ]
  for (const [text, scheme, value] of known) {
    const found = recogniseChinese(text)
    assert.deepEqual([found?.scheme, found?.value], [scheme, value], text)
  }
  assert.deepEqual(recogniseChinese('https://e.cn/a/gtin/06901234567892/bat/L%2F1/?x=1'), {
    scheme: 'commodity-code',
    value: 'https://e.cn/a/gtin/06901234567892/bat/L%2F1/?x=1',
    gtin: '06901234567892',
    lot: 'L/1',
  })
  const unknown = [
    '1.2.840.1',
    '1.2.156',
    '1.2.156.01',
    '87.1/x',
    '86/x',
    '86.1',
    '86.1000/ x',
    'ecode',
    'ecode:a',
    '1'.repeat(19),
  ]
  const others = [
    '1'.repeat(21),
    'http://e.cn/gtin/123/bat/L1',
    'https://evil.cn/?www.iotroot.com',
    '追溯码',
    '',
    'x'.repeat(3000),
  ]
  for (const text of [...unknown, ...others]) assert.equal(recogniseChinese(text), undefined, text)
})

test('no text makes the reader of scans throw or slow', () => {
  const random = randomOf(5)
  const pieces = [
    ']C1',
    '(01)',
    '06901234567892',
    '(10)',
    'L1',
    '\x1d',
    '/',
    'https://x.cn',
    '01',
    'urn:epc:id:',
    'gtin',
    'bat',
    '.',
    '156',
    '86',
    '%',
    '%E4',
    '\ud800',
    'ARHKVAdpQg',
    '?',
    '=',
  ]
  for (let round = 0; round < 1000; round++) {
    let text = ''
    for (let i = random(8); i >= 0; i--) text += pieces[random(pieces.length)] ?? ''
    const read = parseScan(text)
    if (!read.ok) assert.ok(read.problems.length > 0)
  }
  const long = ['('.repeat(4000), `1.2.156${'.1'.repeat(1900)}`, `https://${'a.'.repeat(1900)}`, '/gtin/'.repeat(600)]
  const time = processorMs(() => {
    for (const text of long) parseScan(text)
  })
  assert.ok(time < 500)
})
