import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openTown, type Person, type Town } from '../people.ts'

let town: Town
let id = ''

before(async () => {
  town = await openTown()
  const { status, body } = await town.factory.call('POST', '/api/v1/records/site', {
    name: '示例一车间',
    use: 'workshop',
    keeper: '示例人',
    address: '示例路 1 号',
  })
  assert.equal(status, 201, JSON.stringify(body))
  id = String(body.id)
})
after(() => town.server.close())

type Found = { what: string; title: string; text: string; to?: string }
const search = async (person: Person, q: string) => {
  const { status, body } = await person.call('GET', `/api/v1/ledger/search?q=${encodeURIComponent(q)}`)
  return { status, items: (body.items ?? []) as Found[] }
}

test('[B6.1] a record is found in the log by its address, version by version, and by nobody who may not read it', async () => {
  const address = `https://shisu.example/records/site/${id}`
  for (let attempt = 0; attempt < 60; attempt++) {
    if (/^第 \d+ 条存证/.test((await search(town.factory, address)).items[0]?.text ?? '')) break
    await sleep(250)
  }
  const { items } = await search(town.factory, address)
  assert.deepEqual(
    items.map(({ what, to }) => [what, to]),
    [['record', `/records/site/${id}`]],
  )
  const place = /\d+/.exec(items[0]?.text ?? '')?.[0] ?? ''
  assert.equal((await search(town.factory, place)).items[0]?.title, `第 ${place} 条存证`)
  assert.deepEqual((await search(town.otherCounty, address)).items, [])
  assert.deepEqual((await search(town.factory, 'site/01920000-0000-7000-8000-000000000001')).items, [])
  assert.deepEqual((await search(town.factory, `nothing/${id}`)).items, [])
})

test('what is nothing is not found, and nothing asked is refused', async () => {
  for (const q of ['999999999', '0', 'f'.repeat(64), "'; drop table change; --", '成员'])
    assert.deepEqual((await search(town.factory, q)).items, [], q)
  assert.equal((await search(town.factory, ' ')).status, 422)
})
