import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Checked,
  checkOperationLicence,
  checkProductionLicence,
  checkUscc,
  cityOf,
  countiesOf,
  foodClasses,
  isRegion,
  legalDay,
  legalMinute,
  liuzhou,
  regionName,
  regionPath,
} from '../../src/standards/china/index.ts'

const codesOf = (result: Checked<unknown>) => (result.ok ? [] : result.problems.map(({ code }) => code))

test('a credit code of the right form is accepted, upper-cased and trimmed', () => {
  for (const code of ['91350200MA2YJ1XR9G', '91350200776049653A', ' 91350200ma2yj1xr9g ']) {
    assert.deepEqual(checkUscc(code), { ok: true, value: code.trim().toUpperCase(), warnings: [] })
  }
})

test('a credit code with a wrong check character only warns, for such codes are in use', () => {
  const read = checkUscc('91350203M0001QAY9B', '/uscc')
  assert.ok(read.ok)
  assert.deepEqual(
    read.warnings.map(({ code, at }) => [code, at]),
    [['uscc-check', '/uscc']],
  )
  const organisation = checkUscc('91350200MA2YJ1XR8G')
  assert.ok(organisation.ok)
  assert.deepEqual(
    organisation.warnings.map(({ code }) => code),
    ['uscc-check', 'uscc-organisation-check'],
  )
})

test('a credit code of another length or with I, O, S, V, Z is refused', () => {
  for (const code of ['', '9135020', '91350200MA2YJ1XR9GG', '91350200IA2YJ1XR9G', '91350200OA2YJ1XR9G']) {
    assert.deepEqual(codesOf(checkUscc(code)), ['uscc-format'], code)
  }
  for (const code of ['91350200SA2YJ1XR9G', '91350200VA2YJ1XR9G', '91350200ZA2YJ1XR9G', '9135A200MA2YJ1XR9G']) {
    assert.deepEqual(codesOf(checkUscc(code)), ['uscc-format'], code)
  }
})

test('a production licence tells its food class; format, class and check digit are checked', () => {
  assert.deepEqual(checkProductionLicence('sc11464010500015'), {
    ok: true,
    value: { number: 'SC11464010500015', foodClass: '14', region: '640105' },
    warnings: [],
  })
  assert.ok(checkProductionLicence('SC11333019700024').ok)
  assert.deepEqual(codesOf(checkProductionLicence('SC10600000000000')), ['sc-check'])
  assert.deepEqual(codesOf(checkProductionLicence('SC12345678901234')), ['sc-check'])
  assert.deepEqual(codesOf(checkProductionLicence('SC1146401050001')), ['sc-format'])
  assert.deepEqual(codesOf(checkProductionLicence('QS11464010500015')), ['sc-format'])
  for (const kind of ['100', '132', '199', '200', '204', '301']) {
    assert.deepEqual(codesOf(checkProductionLicence(`SC${kind}64010500015`)), ['sc-class'], kind)
  }
})

test('an operation licence tells its business; its region is never refused', () => {
  const read = checkOperationLicence('JY11108071215650')
  assert.ok(read.ok)
  assert.equal(read.value.business, '食品销售')
  assert.equal(read.value.region, '110807')
  assert.ok(checkOperationLicence('JY13301080111719').ok)
  assert.deepEqual(codesOf(checkOperationLicence('JY11108071215651')), ['jy-check'])
  assert.deepEqual(codesOf(checkOperationLicence('JY41108071215650')), ['jy-business'])
  assert.deepEqual(codesOf(checkOperationLicence('JY1110807121565')), ['jy-format'])
})

test('there are 32 food classes', () => {
  assert.equal(foodClasses.size, 32)
  assert.equal(foodClasses.get('07'), '方便食品')
  assert.equal(foodClasses.get('32'), '食品添加剂')
})

test('regions have names, and Liuzhou has ten counties and districts', () => {
  assert.equal(regionName(liuzhou), '柳州市')
  assert.equal(regionPath('450202'), '广西壮族自治区柳州市城中区')
  assert.equal(regionPath('110101'), '北京市东城区')
  assert.equal(regionPath('450299'), undefined)
  assert.equal(cityOf('450226'), liuzhou)
  assert.deepEqual(
    countiesOf(liuzhou).map(({ code }) => code),
    ['450202', '450203', '450204', '450205', '450206', '450222', '450223', '450224', '450225', '450226'],
  )
  assert.ok(isRegion('450202'))
  for (const bad of ['450299', '45020', '', '柳州市']) assert.ok(!isRegion(bad), bad)
})

test('the legal day begins at midnight in Shanghai', () => {
  assert.equal(legalDay(new Date('2026-07-22T15:59:59.999Z')), '2026-07-22')
  assert.equal(legalDay(new Date('2026-07-22T16:00:00Z')), '2026-07-23')
  assert.equal(legalDay(new Date('2026-12-31T16:00:00Z')), '2027-01-01')
  assert.equal(legalMinute(new Date('2026-07-22T06:45:30Z')), '2026-07-22 14:45')
  assert.throws(() => legalDay(new Date('x')), RangeError)
})
