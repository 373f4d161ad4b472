import { fieldsSchema, type Kind, type Transition } from '../../language/index.ts'

type Json = Record<string, unknown>

const problem: Json = { $ref: '#/components/responses/Problem' }
const id: Json = { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }
const text: Json = { type: 'string' }
const whole: Json = { type: 'object' }
const taken = (schema: Json): Json => ({ required: true, content: { 'application/json': { schema } } })
const given = (description: string, schema: Json = whole): Json => ({
  200: { description, content: { 'application/json': { schema } } },
  default: problem,
})

/** What a step takes: the version it read, and the fields that it asks for. */
function stepSchema(kind: Kind, { asks = [], needs = [] }: Transition): Json {
  const own = Object.fromEntries(asks.map((name) => [name, kind.fields[name]]))
  const { properties } = fieldsSchema(own as Kind['fields'], { partial: true }) as { properties: Json }
  const required = ['version', ...asks.filter((name) => needs.includes(name))]
  return { type: 'object', required, properties: { ...properties, version: { type: 'integer', minimum: 1 } } }
}

/** Steps from state to state, trial, bulk, merging, and who refers to what, of one kind. */
export function kindActPaths(kind: Kind): Json {
  const path = `/api/v1/records/${kind.name}`
  const tags = [kind.title]
  const one: Json = { $ref: `#/components/schemas/${kind.name}` }
  const post = (summary: string, schema: Json, answer: Json, parameters: Json[] = []): Json => ({
    post: { tags, summary: `${kind.title}：${summary}`, parameters, requestBody: taken(schema), responses: answer },
  })
  const get = (summary: string, parameters: Json[]): Json => ({
    get: { tags, summary: `${kind.title}：${summary}`, parameters, responses: given(summary) },
  })
  const steps = (kind.states?.transitions ?? []).map((step) => [
    `${path}/{id}/steps/${step.name}`,
    post(step.title, stepSchema(kind, step), given(step.title, one), [id]),
  ])
  const into = { type: 'string', format: 'uuid' }
  const merging = {
    type: 'object',
    required: ['version', 'reason', 'into'],
    properties: { version: { type: 'integer' }, reason: text, into },
  }
  return {
    ...Object.fromEntries(steps),
    [`${path}/{id}/merge`]: post('并入另一条', merging, given('已并入', one), [id]),
    [`${path}/{id}/referrers`]: get('哪些记录引用了它', [id]),
    [`${path}/check`]: post(
      '试填，不写入',
      { type: 'object', required: ['content'], properties: { content: whole, state: text } },
      given('问题'),
    ),
    [`${path}/batch`]: post(
      '一次登记多条，逐条答复',
      { type: 'object', required: ['items'], properties: { items: { type: 'array', items: whole } } },
      given('逐条的结果'),
    ),
    [`/api/v1/references/${kind.name}`]: get('可以引用哪些', [{ name: 'q', in: 'query', schema: text }]),
    [`/api/v1/references/${kind.name}/{id}`]: get('被引用的一条叫什么', [id]),
  }
}
