import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDigit, gln13, gtin14, hasCheckDigit, isLot, splitEpc, sscc18 } from '../../src/standards/gs1/index.ts'

const codesOf = (result: { ok: boolean; problems?: { code: string }[] }) => result.problems?.map(({ code }) => code)

test('a check digit is worked out mod 10, and only of digits', () => {
  assert.equal(checkDigit('690123456789'), '2')
  assert.equal(checkDigit('00000000000'), '0')
  assert.equal(checkDigit('69012345678X'), undefined)
  assert.equal(checkDigit(''), undefined)
  assert.ok(hasCheckDigit('6901234567892'))
  assert.ok(!hasCheckDigit('6901234567891'))
  assert.ok(!hasCheckDigit('2'))
})

test('a GTIN of 8, 12, 13 or 14 digits becomes 14 digits', () => {
  for (const [text, value] of [
    ['96385074', '00000096385074'],
    ['036000291452', '00036000291452'],
    ['6901234567892', '06901234567892'],
    ['16901234567899', '16901234567899'],
  ] as const) {
    assert.deepEqual(gtin14(text), { ok: true, value })
  }
})

test('a GTIN of another length, with letters or with a wrong check digit is refused at its place', () => {
  assert.deepEqual(codesOf(gtin14('690123456789')), ['gtin-check'])
  assert.deepEqual(codesOf(gtin14('69012345')), ['gtin-check'])
  assert.deepEqual(codesOf(gtin14('690123456')), ['gtin-format'])
  assert.deepEqual(codesOf(gtin14('69012345678９2')), ['gtin-format'])
  assert.deepEqual(gtin14('6901234567891', '/gtin'), {
    ok: false,
    problems: [{ code: 'gtin-check', text: '商品条码（GTIN）“6901234567891”的校验位不对，应为 2', at: '/gtin' }],
  })
})

test('a GLN has 13 digits and an SSCC 18, each with its check digit', () => {
  assert.ok(gln13('4012345000115').ok)
  assert.deepEqual(codesOf(gln13('4012345000116')), ['gln-check'])
  assert.deepEqual(codesOf(gln13('401234500011')), ['gln-format'])
  assert.ok(sscc18('340123451111111111').ok)
  assert.deepEqual(codesOf(sscc18('340123451111111112')), ['sscc-check'])
  assert.deepEqual(codesOf(sscc18('34012345111111111X')), ['sscc-format'])
})

test('a lot has 1 to 20 characters without spaces or Chinese', () => {
  assert.ok(isLot('L20260722-A/1'))
  for (const bad of ['', 'A'.repeat(21), '批次1', 'A B', 'A#']) assert.ok(!isLot(bad), bad)
})

test('EPC URNs of every scheme are taken apart', () => {
  const good: [string, string, string, string?][] = [
    ['urn:epc:id:sgtin:0614141.107346.2017', '01', '10614141073464', '2017'],
    ['urn:epc:id:sgtin:0614141.107346.A.B%2F1', '01', '10614141073464', 'A.B/1'],
    ['urn:epc:class:lgtin:4012345.012345.998877', '01', '04012345123456', '998877'],
    ['urn:epc:id:upui:1234567.098765.51qIgY)', '01', '01234567987651', '51qIgY)'],
    ['urn:epc:id:itip:4012345.011111.01.02.987', '8006', '040123451111180102', '987'],
    ['urn:epc:id:sscc:4012345.0000000333', '00', '040123450000003338'],
    ['urn:epc:id:sgln:4012345.00011.987', '414', '4012345000115', '987'],
    ['urn:epc:id:sgln:4012345.00011.0', '414', '4012345000115'],
    ['urn:epc:id:pgln:999999999999.', '417', '9999999999994'],
    ['urn:epc:id:grai:4012345.00022.334455', '8003', '04012345000221334455'],
    ['urn:epc:id:gdti:4012345.00009.PO-4711', '253', '4012345000092PO-4711'],
    ['urn:epc:id:sgcn:4012345.22222.77', '255', '401234522222777'],
    ['urn:epc:id:giai:4000001.111', '8004', '4000001111'],
    ['urn:epc:id:ginc:0614141.xyz47%2F11', '401', '0614141xyz47/11'],
    ['urn:epc:id:gsin:4012345.222333444', '402', '40123452223334442'],
    ['urn:epc:id:gsrn:4012345.0000006765', '8018', '401234500000067657'],
    ['urn:epc:id:gsrnp:4012345.0000000007', '8017', '401234500000000074'],
    ['urn:epc:id:cpi:0614141.11-A%23.1234', '8010', '061414111-A#', '1234'],
    ['urn:epc:idpat:sgtin:4012345.012345.*', '01', '04012345123456'],
  ]
  for (const [urn, ai, value, serial] of good) {
    const key = splitEpc(urn)?.key
    assert.equal(key?.ai, ai, urn)
    assert.equal(key?.value, value, urn)
    assert.equal(key?.qualifiers[0]?.value, serial, urn)
  }
})

test('EPC URNs of other numbering authorities, and patterns over more than the serial, name no GS1 key', () => {
  for (const urn of [
    'urn:epc:id:gid:95100000.12345.400',
    'urn:epc:id:usdod:CJ194.12345678',
    'urn:epc:id:adi:35962.PQ7VZ4.M37GXB92',
    'urn:epc:id:bic:CSQU3054383',
    'urn:epc:id:imovn:9176187',
    'urn:epc:idpat:sgtin:4012345.*.*',
  ]) {
    const epc = splitEpc(urn)
    assert.ok(epc, urn)
    assert.equal(epc.key, undefined, urn)
    assert.equal(epc.pattern, urn.includes('idpat'), urn)
  }
})

test('a malformed EPC URN is no EPC', () => {
  for (const urn of [
    '',
    'urn:epc:',
    'urn:epc:id',
    'urn:epc:id:sgtin',
    'urn:epc:id:sgtin:',
    'urn:epc:tag:sgtin-96:1.2.3.4',
    'urn:epc:id:nosuch:1.2.3',
    'urn:epc:id:lgtin:4012345.012345.1',
    'urn:epc:class:sgtin:4012345.012345.1',
    'urn:epc:id:sgtin:4012345.012345',
    'urn:epc:id:sgtin:4012345.01234.1',
    'urn:epc:id:sgtin:40123.01234567.1',
    'urn:epc:id:sgtin:4012345.01234X.1',
    'urn:epc:id:sgtin:4012345.012345.',
    'urn:epc:id:sgtin:4012345.012345.a b',
    'urn:epc:id:sgtin:4012345.012345.%ZZ',
    'urn:epc:id:sgtin:4012345.012345.%E6%89',
    'urn:epc:id:sgtin:4012345.012345.批',
    `urn:epc:id:sgtin:4012345.012345.${'9'.repeat(29)}`,
    'urn:epc:id:sscc:4012345.000000033',
    'urn:epc:id:sgln:4012345.00011',
    'urn:epc:id:itip:4012345.011111.1.02.987',
    'urn:epc:id:giai:4000001.',
    'urn:epc:id:giai:40.111',
    'urn:epc:id:gid:95100000..400',
    'urn:epc:id:bic:',
  ]) {
    assert.equal(splitEpc(urn), undefined, urn)
  }
})
