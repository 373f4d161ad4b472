import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkValue, propertyOf, things } from '../../src/standards/things/index.ts'

const titled = (clause: string) => [...things.values()].filter((each) => each.clause === clause)

test('[D4.3.10] each of the 25 kinds of device that the standard names has its thing model', () => {
  assert.equal(titled('D4.3.10').length, 25)
  for (const name of ['智能体征晨检仪', '智能阳光云秤', '智能瓦斯监控', '智能紫外灯管控精灵', '智能车载记录仪'])
    assert.ok(
      titled('D4.3.10').some((each) => each.title === name),
      name,
    )
})

test('[D4.3.10.b] each further kind that the scenes name has one too', () => {
  assert.equal(titled('D4.3.10.b').length, 25)
  for (const name of ['人脸识别门禁', '挡鼠板', '冷柜', '洗碗机', '车门监测', '摄像机'])
    assert.ok(
      titled('D4.3.10.b').some((each) => each.title === name),
      name,
    )
})

test('a thing model says of every number its unit, range and resolution, and of every flag its two words', () => {
  for (const thing of things.values()) {
    assert.match(thing.code, /^[0-9A-Z]{2,40}$/)
    assert.ok(thing.properties.length > 0, thing.code)
    const codes = thing.properties.map((each) => each.code)
    assert.equal(new Set(codes).size, codes.length, thing.code)
    for (const property of thing.properties) {
      assert.match(property.code, /^[a-z][A-Za-z0-9]*$/)
      if (property.type === 'flag') assert.equal(property.words?.length, 2, `${thing.code} ${property.code}`)
      if (property.type !== 'number') continue
      assert.ok(property.unit && property.resolution && property.range, `${thing.code} ${property.code}`)
      assert.ok(property.range[0] < property.range[1], `${thing.code} ${property.code}`)
    }
  }
})

test('[E5.3.8] every device can be told the time and asked for its state', () => {
  for (const thing of things.values())
    assert.deepEqual(
      thing.commands.slice(0, 2).map((each) => each.code),
      ['set-time', 'query-state'],
      thing.code,
    )
})

test('a value outside the instrument’s range, or of another type, is none of its values', () => {
  const of = (model: string, code: string) => propertyOf(model, code) as NonNullable<ReturnType<typeof propertyOf>>
  const core = of('CORETEMP', 'temperature')
  assert.equal(checkValue(core, 74.5), undefined)
  assert.match(checkValue(core, 400) ?? '', /量程/)
  assert.match(checkValue(core, '74') ?? '', /数/)
  assert.match(checkValue(core, Number.NaN) ?? '', /数/)
  assert.match(checkValue(of('FREEZER', 'door'), 1) ?? '', /是或否/)
  assert.match(checkValue(of('CORETEMP', 'dish'), '长'.repeat(201)) ?? '', /200/)
  assert.equal(propertyOf('CORETEMP', 'nothing'), undefined)
})
