import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { type Parsed, parseDocument, parseXml } from '../../src/standards/epcis/index.ts'
import { openFactory } from '../epcis/factory.ts'
import type { Person } from '../people.ts'
import type { TestServer } from '../server.ts'
import { corpusFiles, corpusTest } from './corpus.ts'

let server: TestServer
let factory: Person

before(async () => {
  ;({ server, factory } = await openFactory())
})

after(() => server.close())

type Event = { name: string; own: boolean }

async function ask(headers: Record<string, string>): Promise<Event[]> {
  const response = await fetch(`${server.url}/epcis/events?perPage=1000`, {
    headers: { authorization: `Bearer ${factory.token}`, ...headers },
  })
  const text = await response.text()
  assert.equal(response.status, 200, text.slice(0, 500))
  const parsed: Parsed = headers.accept ? parseXml(text) : parseDocument(JSON.parse(text))
  assert.ok(parsed.ok, JSON.stringify(parsed).slice(0, 500))
  return parsed.document.events.map(({ eventId, hash, raw }) => ({
    name: `${eventId} ${hash}`,
    own: '@context' in raw,
  }))
}

corpusTest(
  'the official events come back as the same events, by their hash, in either binding and every form of identifier',
  46,
  async () => {
    let count = 0
    for (const { name, text } of corpusFiles('epcis/json-examples/**/*.jsonld')) {
      if ((JSON.parse(text) as { type: string }).type !== 'EPCISDocument') continue
      const { status, body } = await factory.call<{ stored: number }>('POST', '/epcis/capture', text)
      // Three documents use an eventID of another one for other content.
      assert.ok(status === 202 || status === 400, name)
      if (status !== 202) continue
      count += body.stored
    }
    assert.ok(count > 40)
    const xml = { accept: 'application/xml' }
    const asCaptured = await ask({})
    assert.equal(asCaptured.length, count)
    const names = (list: readonly Event[]) => list.map(({ name }) => name)
    // Events whose documents use one prefix otherwise bring their own context, which XML cannot redeclare for words yet.
    const plain = (list: readonly Event[]) => names(list.filter((_, index) => !asCaptured[index]?.own))
    for (const headers of [
      { 'GS1-EPC-Format': 'Always_GS1_Digital_Link' },
      { 'GS1-EPC-Format': 'Always_EPC_URN' },
      xml,
      { ...xml, 'GS1-CBV-XML-Format': 'Always_Web_URI' },
      { ...xml, 'GS1-EPC-Format': 'Always_GS1_Digital_Link' },
    ] as Record<string, string>[]) {
      const found = await ask(headers)
      const compared = 'accept' in headers ? plain : names
      assert.deepEqual(compared(found), compared(asCaptured), JSON.stringify(headers))
    }
  },
)
