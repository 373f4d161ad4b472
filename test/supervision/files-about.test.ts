import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { kinds } from '../../src/catalogue.ts'
import type { Kind } from '../../src/language/index.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'
import type { Person } from '../people.ts'

let laws: LawTown
before(async () => {
  laws = await openLawTown()
})
after(() => laws.town.server.close())

test('an inspected subject opens the photos of its inspection and nobody else’s; one that stands in no record stays closed', async () => {
  const { county, neighbour, factory, server } = laws.town
  const photo = async () => {
    const bytes = Buffer.from(`%PDF-1.4 示例 ${Math.random()}`)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const { status } = await fetch(new URL(`/api/v1/files/${sha256}`, server.url), {
      method: 'PUT',
      headers: { authorization: `Bearer ${county.token}`, 'content-type': 'application/pdf' },
      body: bytes,
    })
    assert.equal(status, 201)
    return sha256
  }
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

  const path = `/api/v1/records/inspection/${body.id}/void`
  assert.equal((await county.call('POST', path, { version: body.version, reason: '示例' })).status, 200)
  assert.equal(await opens(neighbour, seen), 404, 'not of a void one')
})
