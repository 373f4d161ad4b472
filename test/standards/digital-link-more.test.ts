import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  buildLinkset,
  compressElements,
  decompressDigitalLink,
  isSameLinkType,
  linkHeader,
  linkRelation,
  linkTypes,
  parseDigitalLink,
  patternPrefixes,
  writeLink,
} from '../../src/standards/digital-link/index.ts'
import { primaryKeys, qualifierRules } from '../../src/standards/digital-link/keys.ts'
import { applicationIdentifiers, type Element } from '../../src/standards/gs1/index.ts'
import { randomOf } from './mutation.ts'

test('keys and qualifiers of Digital Links are those of the table of identifiers', () => {
  const keys = [...applicationIdentifiers.values()].filter(({ link }) => link === 'key')
  assert.deepEqual(keys.map(({ ai }) => ai).sort(), [...new Set([...primaryKeys.values()].map(({ ai }) => ai))].sort())
  for (const { ai, qualifiers } of keys) {
    assert.deepEqual(primaryKeys.get(ai)?.qualifiers, qualifiers.flat(), ai)
    for (const qualifier of qualifiers.flat()) assert.ok(qualifierRules.has(qualifier), qualifier)
  }
})

test('identifiers in a link are held to the rules of their data', () => {
  const bad: [uri: string, code: string][] = [
    ['https://x.cn/01/06901234567892/21/S1/235/T1', 'qualifier'],
    ['https://x.cn/414/4012345000115/254/1/7040/1ABC', 'qualifier'],
    ['https://x.cn/417/4012345000115/7040/A123', 'qualifier-form'],
    ['https://x.cn/8013/1987654Ad4X4bL5ttr2310c2X', 'key-form'],
    ['https://x.cn/8006/069012345678920302', 'key-form'],
    ['https://x.cn/01/06901234567892?15=261331', 'attribute-form'],
    ['https://x.cn/01/06901234567892?3103=12', 'attribute-form'],
    ['https://x.cn/01/06901234567892?21=S1', 'attribute'],
    ['https://x.cn/01/06901234567892?05=1', 'attribute'],
    ['https://x.cn/01/06901234567892?123456=1', 'attribute'],
  ]
  for (const [uri, code] of bad) {
    const read = parseDigitalLink(uri, '/u')
    assert.ok(!read.ok, uri)
    assert.deepEqual(
      read.problems.map((problem) => [problem.code, problem.at]),
      [[code, '/u']],
      uri,
    )
    assert.match(read.problems[0]?.text ?? '', /\p{Script=Han}/u)
  }
  for (const uri of [
    '/414/4012345000115/7040/1ABC',
    '/01/06901234567892/235/T1',
    '/01/06901234567892?x1=a&linkType=gs1:pip',
  ]) {
    assert.ok(parseDigitalLink(uri).ok, uri)
  }
})

test('elements become a link: key, qualifiers in order, the rest in the query', () => {
  const elements = [
    { ai: '21', value: 'S/1' },
    { ai: '15', value: '261231' },
    { ai: '01', value: '06901234567892' },
    { ai: '10', value: 'L1' },
  ]
  assert.equal(writeLink(elements), 'https://id.gs1.org/01/06901234567892/10/L1/21/S%2F1?15=261231')
  assert.equal(writeLink(elements, { stem: '' }), '/01/06901234567892/10/L1/21/S%2F1?15=261231')
  assert.equal(writeLink([{ ai: '10', value: 'L1' }]), undefined)
})

test('a compressed link is read as what it was before, whole or in part', () => {
  const links: [compressed: string, link: string][] = [
    ['https://id.gs1.org/ARHKVAdpQg', '/01/09780345418913'],
    ['https://id.gs1.org/AREjalurbiAUO-cgohCz45Z67b8A', '/01/09421902960055/10/2010005828/21/xyz1234'],
    [
      'http://example.org/AQnYUc1gmiERBhQ0ytiyZuAGOLc1TXgpNWCv1',
      '/01/05412345000013/10/ABC%26%2B123?7003=1903061658&k1=v1',
    ],
    ['https://id.gs1.org/ABeRcNWtKMPA', '/00/106141412345678908'],
    ['https://id.gs1.org/QUCO_anbfA', '/414/0614141123452'],
    ['https://id.gs1.org/JAaasHt_dNNt4ADESMALumsUfMAm34', '/8003/09421012301014f9804dbf?240=qwe390023'],
    ['https://id.gs1.org/AQEd-1O2-GIGAD6A', '/01/00614141123452?3103=000500'],
    ['https://id.gs1.org/AQnYUc1gmiCNV4JGYgYAF6ckaEPg', '/01/05412345000013/10/ABC123?3103=000189&3923=2172'],
  ]
  for (const [compressed, link] of links) {
    const read = decompressDigitalLink(`${compressed}#top`)
    const plain = parseDigitalLink(link)
    assert.ok(read.ok && plain.ok, compressed)
    assert.deepEqual({ ...read.value, stem: '' }, plain.value)
    assert.equal(read.value.stem, compressed.slice(0, compressed.lastIndexOf('/')))
  }
  const tail = compressElements([
    { ai: '10', value: 'L1' },
    { ai: '15', value: '261231' },
  ])
  const part = decompressDigitalLink(`https://x.cn/p/gtin/06901234567892/${tail}?lang=zh`)
  assert.ok(part.ok)
  assert.equal(part.value.stem, 'https://x.cn/p')
  assert.deepEqual(part.value.qualifiers, [{ ai: '10', value: 'L1' }])
  assert.deepEqual(part.value.attributes, { 15: '261231' })
  assert.deepEqual(part.value.parameters, { lang: 'zh' })
})

test('what is no compressed link is refused', () => {
  const bad = [
    'https://x.cn/about-us-page',
    'https://x.cn/ARHKVAdpQh',
    'https://x.cn/ARHKVAdp',
    'https://x.cn/AAAAAAAAAAAB',
    'https://x.cn',
    '/',
    '',
    'urn:x:y',
    'https://x.cn/__________',
  ]
  for (const uri of bad) {
    const read = decompressDigitalLink(uri, '/u')
    assert.ok(!read.ok, uri)
    assert.equal(read.problems[0]?.at, '/u')
  }
})

test('any elements compressed come back', () => {
  const random = randomOf(3)
  const others: Element[] = [
    { ai: '10', value: 'L1' },
    { ai: '10', value: 'deadbeef' },
    { ai: '21', value: '000123' },
    { ai: '21', value: 'CAFE01' },
    { ai: '17', value: '261231' },
    { ai: '15', value: '260101' },
    { ai: '3103', value: '000195' },
    { ai: '3922', value: '1250' },
    { ai: '7003', value: '2612312359' },
    { ai: '91', value: '!"%&' },
    { ai: '423', value: '156276' },
    { ai: '7230', value: 'XX1' },
    { ai: '30', value: '12' },
  ]
  for (let round = 0; round < 300; round++) {
    const elements = new Map([['01', '06901234567892']])
    for (let i = random(5); i > 0; i--) {
      const { ai, value } = others[random(others.length)] ?? { ai: '10', value: 'x' }
      elements.set(ai, value)
    }
    const list = [...elements].map(([ai, value]) => ({ ai, value }))
    const read = decompressDigitalLink(`https://x.cn/${compressElements(list)}`)
    assert.ok(read.ok, JSON.stringify([list, read]))
    const back = {
      ...Object.fromEntries(read.value.qualifiers.map(({ ai, value }) => [ai, value])),
      ...read.value.attributes,
    }
    assert.deepEqual({ '01': read.value.value, ...back }, Object.fromEntries(elements))
  }
  assert.equal(compressElements([{ ai: '05', value: '1' }]), undefined)
})

test('no text makes the reader of compressed links throw', () => {
  const random = randomOf(9)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  for (let round = 0; round < 1000; round++) {
    let text = 'AR'
    for (let i = 5 + random(30); i > 0; i--) text += alphabet.charAt(random(64))
    decompressDigitalLink(`https://x.cn/${text}`)
  }
})

test('link types are known under every way of writing them', () => {
  for (const name of [
    'gs1:pip',
    'https://gs1.org/voc/pip',
    'https://ref.gs1.org/voc/pip',
    'http://www.gs1.org/voc/pip',
  ]) {
    assert.equal(linkRelation(name), 'https://gs1.org/voc/pip')
    assert.ok(isSameLinkType(name, 'gs1:pip'))
  }
  assert.equal(linkRelation('describedby'), 'describedby')
  assert.equal(linkRelation('https://x.cn/rel'), 'https://x.cn/rel')
  for (const bad of ['', 'gs1:', 'gs1:a b', 'Bad Word', 'javascript:alert(1)', 'https://x.cn/a?b'])
    assert.equal(linkRelation(bad), undefined)
  assert.equal(isSameLinkType('Bad Word', 'Bad Word'), false)
  for (const [name, title] of linkTypes) {
    assert.ok(linkRelation(name), name)
    assert.match(title, /\p{Script=Han}/u)
  }
})

const links = [
  {
    linkType: 'gs1:pip',
    href: 'https://x.cn/商品?a=1%2F2',
    title: '商品“信息”',
    hreflang: ['zh', 'not a tag'],
    type: 'text/html',
  },
  { linkType: 'gs1:pip', href: 'https://x.cn/en', title: 'Product', hreflang: ['en-US'], context: ['CN'] },
  { linkType: 'gs1:traceability', href: 'https://x.cn/t', title: '追溯' },
  { linkType: 'Bad Word', href: 'https://x.cn/b', title: '无' },
]

test('a linkset groups links by relation and has one default link', () => {
  const [item] = buildLinkset('https://x.cn/01/06901234567892', '螺蛳粉', links).linkset
  assert.deepEqual(Object.keys(item), [
    'anchor',
    'itemDescription',
    'https://gs1.org/voc/pip',
    'https://gs1.org/voc/traceability',
    'https://gs1.org/voc/defaultLink',
  ])
  assert.deepEqual(item['https://gs1.org/voc/pip'], [
    { href: 'https://x.cn/商品?a=1%2F2', title: '商品“信息”', hreflang: ['zh'], type: 'text/html' },
    { href: 'https://x.cn/en', title: 'Product', hreflang: ['en-US'], context: ['CN'] },
  ])
  const fallback = { linkType: 'gs1:defaultLink', href: 'https://x.cn/d', title: '默认' }
  const [other] = buildLinkset('https://x.cn/01/06901234567892', '', [
    ...links,
    fallback,
    { ...fallback, href: 'https://x.cn/e' },
  ]).linkset
  assert.deepEqual(other['https://gs1.org/voc/defaultLink'], [{ href: 'https://x.cn/d', title: '默认' }])
  assert.deepEqual(Object.keys(buildLinkset('https://x.cn/01/1', '', []).linkset[0]), ['anchor', 'itemDescription'])
})

test('a Link header is ASCII, and nothing in a link can break out of it', () => {
  const header = linkHeader([
    ...links,
    { linkType: 'gs1:pip', href: 'https://x.cn/>; rel="x', title: '\r\nX: y\ud800', type: 'a"b' },
  ])
  assert.match(header, /^[\x20-\x7e]*$/)
  assert.match(
    header,
    /^<https:\/\/x\.cn\/%E5%95%86%E5%93%81\?a=1%2F2>; rel="https:\/\/gs1\.org\/voc\/pip"; hreflang="zh"; type="text\/html"; title\*=UTF-8''%E5%95%86/,
  )
  assert.ok(
    header.includes(
      '<https://x.cn/%3E;%20rel=%22x>; rel="https://gs1.org/voc/pip"; title*=UTF-8\'\'%0D%0AX%3A%20y%EF%BF%BD',
    ),
  )
})

test('a pattern over a company is where its keys begin, whatever their indicator digit', () => {
  const ten = Array.from({ length: 10 }, (_, digit) => `https://id.gs1.org/01/${digit}6901000`)
  assert.deepEqual(patternPrefixes('urn:epc:idpat:sgtin:6901000.*.*'), ten)
  assert.deepEqual(patternPrefixes('urn:epc:idpat:sgtin:*.*.*'), ['https://id.gs1.org/01/'])
  assert.deepEqual(patternPrefixes('urn:epc:idpat:grai:6901000.*.*'), ['https://id.gs1.org/8003/06901000'])
  assert.deepEqual(patternPrefixes('urn:epc:idpat:sscc:6901000.*')?.length, 10)
  assert.deepEqual(patternPrefixes('urn:epc:idpat:gid:95100000.*.*'), ['urn:epc:id:gid:95100000.'])
  assert.deepEqual(patternPrefixes('urn:epc:idpat:lgtin:6901000.*.*'), ten)
  assert.deepEqual(patternPrefixes('urn:epc:idpat:lgtin:6901000.000030.*'), [
    'https://id.gs1.org/01/06901000000301/10/',
  ])
  for (const bad of [
    'urn:epc:idpat:sgtin:*.000030.*',
    'urn:epc:idpat:sgtin:69.*.*',
    'urn:epc:idpat:sgtin:6901000.000030.*',
    'urn:epc:id:sgtin:6901000.*.*',
    'urn:epc:idpat:nothing:*',
  ])
    assert.equal(patternPrefixes(bad), undefined, bad)
})
