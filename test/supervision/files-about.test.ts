import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { kinds } from '../../src/catalogue.ts'
import type { Kind } from '../../src/language/index.ts'
import { give } from '../files.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'
import type { Person } from '../people.ts'

let laws: LawTown
before(async () => {
  laws = await openLawTown()
})
after(() => laws.town.server.close())

test('an inspected subject opens the photos of its inspection and nobody else’s; one that stands in no record stays closed', async () => {
  const { county, neighbour, factory, server } = laws.town
  const photo = () => give(server, county, `示例 ${Math.random()}`)
  const [seen, unused] = [await photo(), await photo()]
  const opens = async (person: Person, sha256: string) => (await person.call('GET', `/api/v1/files/${sha256}`)).status
  assert.equal(await opens(neighbour, seen), 404)

  const inspection = kinds.find(({ name }) => name === 'inspection') as Kind
  const [answer] = (laws.valid(inspection).answers ?? []) as object[]
  const answers = [{ section: '示例', point: '示例', weight: 'key', verdict: 'passed', ...answer, photos: [seen] }]
  const { status, body } = await county.call('POST', '/api/v1/records/inspection', {
    ...laws.valid(inspection),
    subject: neighbour.ownerId,
    answers,
  })
  assert.equal(status, 201, JSON.stringify(body))
  assert.equal(await opens(neighbour, seen), 200)
  assert.equal(await opens(factory, seen), 404)
  assert.equal(await opens(neighbour, unused), 404)

  const product = kinds.find(({ name }) => name === 'product') as Kind
  const named = (person: Person, sha256: string) =>
    person.call('POST', '/api/v1/records/product', { ...laws.valid(product), label: null, photos: [sha256] })
  assert.equal((await named(neighbour, seen)).status, 201, 'what may be opened may be named')
  assert.equal((await named(neighbour, unused)).status, 422)
  assert.equal((await named(factory, seen)).status, 422)

  const path = `/api/v1/records/inspection/${body.id}/void`
  assert.equal((await county.call('POST', path, { version: body.version, reason: '示例' })).status, 200)
  assert.equal(await opens(neighbour, seen), 404, 'not of a void one')
})
