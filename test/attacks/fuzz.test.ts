import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Administrators, administratorsOf, type Visitor } from '../access/visitor.ts'
import { call, openTown, type Person, type Town } from '../people.ts'
import { closeSwarm, credentials, forAll, type Sent, send } from './swarm.ts'

type Schema = Record<string, unknown> & { properties?: Record<string, Schema>; items?: Schema; required?: string[] }
type Parameter = { name: string; in: string; schema: Schema }
type Operation = {
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema?: Schema }> }
  responses: object
}
type Document = { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, Schema> } }

let town: Town
let admins: Administrators
let document: Document

before(async () => {
  town = await openTown()
  admins = await administratorsOf(town.server)
  document = (await call<Document>(town.server.url, undefined, 'GET', '/api/v1/openapi.json')).body
})
after(async () => {
  closeSwarm()
  await town.server.close()
})

/** Numbers that look random and are the same each time (mulberry32): what was found is found again. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const texts = [
  '',
  'x',
  '示例',
  "'; drop table change; --",
  '\u0000',
  '\u202e倒',
  '#{7*7}',
  '../../etc/passwd',
  '<svg/onload=1>',
  '=1+1',
  'é'.normalize('NFD'),
  '9'.repeat(300),
  '2026-02-30',
  '01920000-0000-7000-8000-00000000dead',
  '\ud83d',
  '__proto__',
]
const numbers = [0, -1, 1, 2 ** 31, 2 ** 53 + 2, 1e308, -1e-7, 0.1]
const strangers: readonly unknown[] = [null, true, [], {}, [[[[]]]], { toString: 1 }, { constructor: { prototype: 1 } }]

/** A value of a schema: mostly one that fits, at times one from the other side of its limits, at times another shape. */
function value(schema: Schema, dice: () => number, depth = 0): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(dice() * list.length)] as T
  if (dice() < 0.08) return pick(strangers)
  const { $ref } = schema as { $ref?: string }
  if ($ref) return value(document.components.schemas[$ref.split('/').at(-1) ?? ''] ?? {}, dice, depth + 1)
  const options = schema.enum as unknown[] | undefined
  if (options) return dice() < 0.85 ? pick(options) : pick(texts)
  if ('const' in schema) return schema.const
  const any = (schema.oneOf ?? schema.anyOf) as Schema[] | undefined
  if (any) return value(pick(any), dice, depth + 1)
  const [type] = [schema.type].flat() as (string | undefined)[]
  if (type === 'object' || schema.properties) {
    if (depth > 5) return {}
    const own = Object.entries(schema.properties ?? {}).filter(
      ([name]) => schema.required?.includes(name) || dice() < 0.6,
    )
    const filled = own.filter(() => dice() < 0.97).map(([name, each]) => [name, value(each, dice, depth + 1)])
    return Object.fromEntries(dice() < 0.1 ? [...filled, [pick(texts), pick(texts)]] : filled)
  }
  if (type === 'array') {
    const length = pick([0, 1, 1, 2, 5])
    return Array.from({ length }, () => value(schema.items ?? {}, dice, depth + 1))
  }
  if (type === 'integer' || type === 'number') {
    const { minimum = 0, maximum = 100 } = schema as { minimum?: number; maximum?: number }
    return dice() < 0.7 ? Math.floor(minimum + dice() * (maximum - minimum)) : pick(numbers)
  }
  if (type === 'boolean') return dice() < 0.5
  const format = schema.format as string | undefined
  if (dice() < 0.6) {
    if (format === 'uuid') return dice() < 0.5 ? town.factory.ownerId : '01920000-0000-7000-8000-00000000dead'
    if (format === 'date') return '2026-11-02'
    if (format === 'date-time') return '2026-11-02T07:20:00.000Z'
    if (/\^-\?|\\d/.test(String(schema.pattern ?? ''))) return pick(['1', '12.5', '-3', '1e3', '0.000001'])
  }
  return pick(texts)
}

const leaks =
  /PostgresError|node_modules|\bat Object\.|syntax error at|relation "|violates|password_hash|argon2id|\/src\/|ECONNREFUSED/i

function holds(what: string, { status, body }: Sent): void {
  const said = JSON.stringify(body)
  assert.ok(status < 500 || status === 503, `${what}: ${status} ${said.slice(0, 400)}`)
  assert.doesNotMatch(said, leaks, what)
  if (status < 400 || status === 404) return
  const { code, detail } = body as { code?: string; detail?: string }
  assert.ok(
    typeof code === 'string' && typeof detail === 'string',
    `${what}: ${status} says what is wrong: ${said.slice(0, 200)}`,
  )
}

/** A value as an address says it. */
const spoken = (given: unknown): string =>
  (typeof given === 'object' ? JSON.stringify(given) : String(given)).toWellFormed()

/** Ways to fill one operation's address and body. */
function* requests(path: string, operation: Operation, dice: () => number, times: number) {
  const json = operation.requestBody?.content['application/json']?.schema
  for (let n = 0; n < times; n++) {
    const given = (place: string) => (operation.parameters ?? []).filter((each) => each.in === place)
    let to = path
    for (const { name, schema } of given('path')) {
      const filled = spoken(value(schema, dice))
      to = to.replace(`{${name}}`, encodeURIComponent(filled) || 'x')
    }
    const asked = given('query').filter(() => dice() < 0.5)
    const words = asked.map(({ name, schema }) => [name, spoken(value(schema, dice))] as [string, string])
    const query = words.length > 0 ? `?${new URLSearchParams(words)}` : ''
    yield { to: to + query, sent: json ? value(json, dice) : undefined }
  }
}

test('[D6.4.4] a fuzzer over the whole OpenAPI finds neither a defect nor a word from behind the doors', async () => {
  const people: [string, Person | Visitor | undefined][] = [
    ['city', town.city],
    ['factory', town.factory],
    ['system', admins.system],
    ['nobody', undefined],
  ]
  const dice = random(20261121)
  const tries = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      [...requests(path, operation, dice, method === 'get' ? 2 : 5)].map((request, n) => ({
        ...{ method: method.toUpperCase(), path, person: people[n % people.length] as (typeof people)[number] },
        ...request,
      })),
    ),
  )
  assert.ok(tries.length > 1000, `${tries.length} requests`)
  const wrong: string[] = []
  await forAll(tries, async ({ method, path, person: [who, person], to, sent }) => {
    const answer = await send(town.server.url, credentials(person), method, to, sent)
    try {
      holds(`${method} ${path} as ${who}: ${to} ${JSON.stringify(sent)?.slice(0, 600)}`, answer)
    } catch (error) {
      wrong.push((error as Error).message.slice(0, 1500))
    }
  })
  assert.deepEqual(wrong, [])
})

test('[D4.3.8] the document names the doors for programs, and each is there', async () => {
  for (const path of ['/api/v1/session', '/epcis/capture', '/api/v1/ingest/telemetry', '/api/v1/files/{sha256}'])
    assert.ok(document.paths[path], path)
  // The ways to an outside identity are there where the operator names one.
  const paths = Object.entries(document.paths).filter(([path]) => !path.startsWith('/api/v1/session/outside'))
  for (const [path, methods] of paths)
    for (const method of Object.keys(methods)) {
      const answer = await send(town.server.url, {}, method.toUpperCase(), path.replace(/\{\w+\}/g, 'x'))
      assert.notEqual((answer.body as { code?: string }).code, 'no-such-page', `${method} ${path}`)
    }
})
