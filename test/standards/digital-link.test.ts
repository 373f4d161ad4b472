import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  buildDigitalLink,
  canonicalKey,
  digitalLinkToEpc,
  epcToDigitalLink,
  parseDigitalLink,
} from '../../src/standards/digital-link/index.ts'

test('the same thing has the same key as EPC URN, as Digital Link of any host, and as bare path', () => {
  const things: [key: string, level: string, written: string[]][] = [
    [
      'https://id.gs1.org/01/06901234567892/21/S1',
      'serial',
      [
        'urn:epc:id:sgtin:690123.0456789.S1',
        'urn:epc:id:sgtin:6901234.056789.S1',
        'https://id.gs1.org/01/06901234567892/21/S1',
        'http://trace.example.cn/01/6901234567892/21/S1',
        'https://trace.example.cn/a/b/gtin/6901234567892/ser/S1',
        'HTTPS://trace.example.cn/01/06901234567892/22/2A/10/L1/21/S1',
        'https://trace.example.cn/01/06901234567892/10/L1/21/S1?15=261231#top',
        '/01/06901234567892/21/S1',
        '  https://id.gs1.org/01/06901234567892/21/S1/ ',
      ],
    ],
    [
      'https://id.gs1.org/01/06901234567892/10/L%2F1',
      'lot',
      [
        'urn:epc:class:lgtin:690123.0456789.L%2F1',
        'https://example.cn/01/06901234567892/10/L%2f1',
        '/01/6901234567892/lot/L%2F1',
      ],
    ],
    [
      'https://id.gs1.org/01/06901234567892',
      'class',
      ['urn:epc:idpat:sgtin:690123.0456789.*', 'https://example.cn/01/06901234567892/22/2A', '/gtin/6901234567892'],
    ],
    [
      'https://id.gs1.org/00/069012300000000010',
      'logistic',
      ['urn:epc:id:sscc:690123.00000000001', 'https://example.cn/sscc/069012300000000010'],
    ],
    [
      'https://id.gs1.org/414/4012345000115',
      'location',
      ['urn:epc:id:sgln:4012345.00011.0', 'https://example.cn/414/4012345000115', '/414/4012345000115/254/0'],
    ],
    [
      'https://id.gs1.org/414/4012345000115/254/987',
      'location',
      ['urn:epc:id:sgln:4012345.00011.987', 'https://example.cn/gln/4012345000115/glnx/987'],
    ],
    ['https://id.gs1.org/417/4012345000115', 'party', ['urn:epc:id:pgln:4012345.00011', '/party/4012345000115']],
    ['https://id.gs1.org/253/4012345111118123', 'document', ['urn:epc:id:gdti:4012345.11111.123']],
    ['https://id.gs1.org/8003/04012345000221', 'class', ['urn:epc:idpat:grai:4012345.00022.*']],
    ['https://id.gs1.org/8003/04012345000221334455', 'serial', ['urn:epc:id:grai:4012345.00022.334455']],
    ['https://id.gs1.org/8004/4000001111', 'serial', ['urn:epc:id:giai:4000001.111', '/giai/4000001111']],
  ]
  for (const [key, level, written] of things) {
    for (const id of written) {
      const read = canonicalKey(id)
      assert.equal(read.key, key, id)
      assert.equal(read.level, level, id)
    }
  }
})

test('a key tells GTIN, lot, serial, SSCC and GLN as plain text', () => {
  assert.deepEqual(canonicalKey('https://x.cn/01/6901234567892/10/L%2F1/21/S%20'), {
    key: 'https://id.gs1.org/01/06901234567892/21/S%20',
    level: 'serial',
    gtin: '06901234567892',
    lot: 'L/1',
    serial: 'S ',
  })
  assert.equal(canonicalKey('urn:epc:id:sscc:4012345.0000000333').sscc, '040123450000003338')
  assert.equal(canonicalKey('urn:epc:id:sgln:4012345.00011.987').gln, '4012345000115')
  assert.equal(canonicalKey('urn:epc:id:pgln:4012345.00011').gln, '4012345000115')
  assert.equal(canonicalKey('urn:epc:id:itip:4012345.011111.01.02.987').gtin, '04012345111118')
})

test('what is no GS1 key keeps its own text, trimmed', () => {
  for (const id of [
    'http://transaction.example.com/po/12345678',
    'https://example.com/01/123',
    'https://example.com/01/06901234567892/extra',
    'https://example.com/01/06901234567892/21/',
    'https://example.com/01/06901234567892/99/x',
    'https://example.com/01/06901234567892/21/%E6%89',
    'https://example.com/21/S1',
    `https://example.com/01/06901234567892/10/${'L'.repeat(21)}`,
    'https://example.com/01/06901234567892/21/\ud800',
    'https://example.com',
    'https://',
    '/',
    '/01',
    'geo:24.3,109.4',
    'urn:epcglobal:cbv:bt:0614141073467:1152',
    'urn:epc:id:sgtin:broken',
    'urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8',
    '随便写的',
    '',
  ]) {
    assert.deepEqual(canonicalKey(` ${id}\n`), { key: id, level: 'other' })
  }
  assert.equal(canonicalKey('urn:epc:idpat:sgtin:4012345.*.*').level, 'pattern')
  assert.equal(canonicalKey('urn:epc:id:gid:95100000.12345.400').level, 'serial')
  assert.equal(canonicalKey('urn:epc:id:bic:CSQU3054383').level, 'logistic')
})

test('a Digital Link is read with qualifiers, attributes and stem, and written back the same', () => {
  const uri = 'https://trace.example.cn/q/01/06901234567892/22/2A/10/L%2F1/21/S1?15=261231&3103=000195&lang=zh#x'
  const read = parseDigitalLink(uri)
  assert.ok(read.ok)
  assert.deepEqual(read.value, {
    ai: '01',
    value: '06901234567892',
    qualifiers: [
      { ai: '22', value: '2A' },
      { ai: '10', value: 'L/1' },
      { ai: '21', value: 'S1' },
    ],
    stem: 'https://trace.example.cn/q',
    attributes: { 15: '261231', 3103: '000195' },
    parameters: { lang: 'zh' },
  })
  const written = 'https://trace.example.cn/q/01/06901234567892/22/2A/10/L%2F1/21/S1?15=261231&3103=000195'
  assert.equal(buildDigitalLink(read.value, read.value.stem), written)
  assert.equal(
    buildDigitalLink({ ai: '01', value: '6901234567892', qualifiers: [{ ai: '10', value: 'A(1)!' }] }),
    'https://id.gs1.org/01/06901234567892/10/A%281%29%21',
  )
})

test('a Digital Link with a wrong check digit, qualifier, order or form is refused with its reason', () => {
  const bad: [uri: string, codes: string[]][] = [
    ['https://example.cn/about', ['not-a-digital-link']],
    ['https://example.cn/01/0690123456789X', ['not-a-digital-link']],
    ['https://example.cn/01/06901234567893', ['check-digit']],
    ['https://example.cn/00/340123451111111112', ['check-digit']],
    ['https://example.cn/8003/04012345000229334455', ['check-digit']],
    ['https://example.cn/253/4012345000092%E5%8D%95', ['charset']],
    ['https://example.cn/01/06901234567892/254/1', ['qualifier']],
    ['https://example.cn/01/06901234567892/21/S1/10/L1', ['qualifier-order']],
    ['https://example.cn/01/06901234567892/10/L1/10/L2', ['qualifier-order']],
    [`https://example.cn/01/06901234567892/10/${'L'.repeat(21)}`, ['qualifier-form']],
    ['https://example.cn/01/06901234567892/10/%E6%89%B9', ['qualifier-form']],
    ['https://example.cn/8010/4012345A/8011/012', ['qualifier-form']],
  ]
  for (const [uri, codes] of bad) {
    const read = parseDigitalLink(uri, '/code')
    assert.ok(!read.ok, uri)
    assert.deepEqual(
      read.problems.map(({ code, at }) => [code, at]),
      codes.map((code) => [code, '/code']),
      uri,
    )
  }
})

test('an EPC URN and its Digital Link turn into each other, given the length of the company prefix', () => {
  const urn = 'urn:epc:id:sgtin:0614141.812345.6789%2F%26%25%22!%3F()'
  const link = 'https://id.gs1.org/01/80614141123458/21/6789%2F%26%25%22%21%3F%28%29'
  assert.equal(epcToDigitalLink(urn), link)
  assert.equal(digitalLinkToEpc(link, 7), urn)
  assert.equal(digitalLinkToEpc('https://example.cn/414/4012345000115', 7), 'urn:epc:id:sgln:4012345.00011.0')
  assert.equal(epcToDigitalLink('urn:epc:id:gid:95100000.12345.400'), undefined)
  assert.equal(digitalLinkToEpc('https://example.cn/about', 7), undefined)
  assert.equal(digitalLinkToEpc(link.replace('458/', '459/'), 7), undefined, 'a wrong check digit is not put right')
  assert.equal(digitalLinkToEpc(link, 5), undefined)
  assert.equal(digitalLinkToEpc(link, 13), undefined)
  assert.equal(digitalLinkToEpc('https://example.cn/8013/1987654Ad4X4bL5ttr2310c2K', 7), undefined)
})
