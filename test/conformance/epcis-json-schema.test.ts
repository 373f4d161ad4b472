import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { openFactory } from '../epcis/factory.ts'
import { openReceiver, type Receiver } from '../epcis/receiver.ts'
import { eventually } from '../eventually.ts'
import type { Person } from '../people.ts'
import type { TestServer } from '../server.ts'
import { context, documentOf, eventTypes, fullEvent, smallEvent } from '../standards/sample-events.ts'
import { corpusFiles, corpusTest } from './corpus.ts'

let server: TestServer
let factory: Person
let receiver: Receiver

before(async () => {
  process.env.SHISU_HOOK_NETWORKS = '127.0.0.0/8'
  ;({ server, factory } = await openFactory())
  receiver = await openReceiver()
})

after(async () => {
  await receiver.close()
  await server.close()
})

/** GS1's JSON schema of EPCIS 2.0. Its own slip is mended: it has persistentDisposition in two of the five types only. */
function validator(): (value: unknown) => string {
  const [file] = corpusFiles('epcis/EPCIS-JSON-Schema.json')
  const schema = JSON.parse(file?.text ?? '', (_name, value) =>
    Array.isArray(value) && value.length > 5 && value.includes('sensorElementList')
      ? [...new Set([...value, 'persistentDisposition'])]
      : value,
  )
  const ajv = new Ajv({ strict: false })
  ;(formats as unknown as (ajv: Ajv) => void)(ajv)
  const check = ajv.compile(schema)
  return (value) => (check(value) ? '' : ajv.errorsText(check.errors))
}

async function ask(method: string, path: string, headers: Record<string, string> = {}, body?: string) {
  const response = await fetch(new URL(path, server.url), {
    method,
    headers: { authorization: `Bearer ${factory.token}`, ...headers },
    body,
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const inJson = { 'content-type': 'application/json' }
const forms = ['No_Preference', 'Always_GS1_Digital_Link', 'Always_EPC_URN', 'Never_Translates']

corpusTest('what the server answers in JSON, or sends on, is what GS1’s JSON schema takes', 121, async () => {
  const problemsOf = validator()
  const query = { name: 'all', query: { eventType: eventTypes } }
  assert.equal((await factory.call('POST', '/epcis/queries', query)).status, 201)
  const subscription = { dest: receiver.url, stream: true }
  assert.equal((await factory.call('POST', '/epcis/queries/all/subscriptions', subscription)).status, 201)

  for (const { name, text } of corpusFiles(
    '{epcis/json-examples/**/*.jsonld,openepcis/json-capture/*.json,epcis/xml-examples/**/*.xml,openepcis/xml-*/*.xml}',
  )) {
    // Single events and capture jobs are nothing to capture; a sensor report of one has no type, as XML may.
    if (/CaptureJob|Single_event|SensorDataExamples\.xml/.test(name)) continue
    const headers = {
      'content-type': name.endsWith('.xml') ? 'application/xml' : 'application/json',
      'GS1-Capture-Error-Behaviour': 'proceed',
    }
    assert.equal((await ask('POST', '/epcis/capture', headers, text)).status, 202, name)
  }
  const full = eventTypes.map((type) => ({ ...fullEvent(type), eventID: `urn:x:${type}`, errorDeclaration: undefined }))
  assert.equal((await ask('POST', '/epcis/capture', inJson, JSON.stringify(documentOf(...full)))).status, 202)

  let count = 0
  for (const form of forms) {
    let path: string | undefined = '/epcis/queries/all/events?perPage=10'
    while (path) {
      const { text, headers } = await ask('GET', path, { 'GS1-EPC-Format': form })
      assert.equal(problemsOf(JSON.parse(text)), '', text.slice(0, 5000))
      count++
      path = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
    }
  }
  assert.ok(count > 40, String(count))
  for (const path of ['/epcis/events/urn:x:ObjectEvent', '/epcis/bizSteps/shipping/events', '/epcis/events?perPage=1'])
    assert.equal(problemsOf(JSON.parse((await ask('GET', path)).text)), '', path)
  const one = { '@context': context, ...smallEvent(), eventID: 'urn:x:one' }
  const captured = await ask('POST', '/epcis/events', inJson, JSON.stringify(one))
  assert.deepEqual([captured.status, problemsOf(JSON.parse(captured.text))], [201, ''], captured.text)
  await eventually(() => receiver.received.some(({ text }) => text.includes('urn:x:one')) || undefined)
  for (const { text } of receiver.received) assert.equal(problemsOf(JSON.parse(text)), '', text.slice(0, 5000))
})
