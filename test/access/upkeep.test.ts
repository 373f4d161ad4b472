import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { kinds } from '../../src/catalogue.ts'
import type { Kind } from '../../src/language/index.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'

let laws: LawTown
before(async () => {
  laws = await openLawTown()
})
after(() => laws.town.server.close())

const kindOf = (name: string) => kinds.find((each) => each.name === name) as Kind
const post = async (name: string, more: object) => {
  const kind = kindOf(name)
  const given = { ...laws.valid(kind), ...more }
  return laws.writer(kind).call<{ problems?: { at: string }[] }>('POST', `/api/v1/records/${name}`, given)
}

test('[D6.4.7] an upgrade is recorded with who approved it, who did it and the way back, or not at all', async () => {
  assert.equal((await post('system-upgrade', {})).status, 201)
  for (const field of ['approver', 'operator', 'rollback']) {
    const answer = await post('system-upgrade', { [field]: null })
    assert.equal(answer.status, 422, field)
    assert.equal(answer.body.problems?.[0]?.at, `/${field}`)
  }
  const self = await post('system-upgrade', { approver: '示例甲', operator: '示例甲' })
  assert.deepEqual([self.status, self.body.problems?.[0]?.at], [422, '/approver'])
})

test('[D6.4.6] what is destroyed is allowed and watched by others than who destroys it', async () => {
  const people = { approver: '示例甲', operator: '示例乙', witness: '示例丙' }
  const made = await post('data-destruction', people)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  for (const field of ['approver', 'witness']) {
    const answer = await post('data-destruction', { ...people, [field]: people.operator })
    assert.deepEqual([answer.status, answer.body.problems?.[0]?.at], [422, `/${field}`])
  }
})

test('[A8.6.4.b] a risk assessment names each risk with its remedy’s state, and a conclusion', async () => {
  const { body, status } = await post('risk-assessment', {})
  assert.equal(status, 201, JSON.stringify(body))
  for (const field of ['assessor', 'scope', 'conclusion'])
    assert.equal((await post('risk-assessment', { [field]: null })).status, 422, field)
})

test('[D6.4.6.b] a medium is registered with its custodian, place and content', async () => {
  assert.equal((await post('storage-medium', {})).status, 201)
  for (const field of ['custodian', 'place', 'content', 'label'])
    assert.equal((await post('storage-medium', { [field]: null })).status, 422, field)
})
