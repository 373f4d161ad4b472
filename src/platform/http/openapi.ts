import { fieldsSchema, type Kind } from '../../language/index.ts'
import type { Operation } from '../operation.ts'
import type { Catalogue } from './house.ts'
import { kindActPaths } from './openapi-acts.ts'
import { doorPaths } from './openapi-doors.ts'
import { importPaths, importSchema, kindSheetPaths } from './openapi-sheets.ts'

type Json = Record<string, unknown>

const problem: Json = { $ref: '#/components/responses/Problem' }
const json = (schema: Json): Json => ({ 'application/json': { schema } })
const answer = (description: string, schema: Json): Json => ({ description, content: json(schema) })
const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })
const id: Json = { type: 'string', format: 'uuid' }
const parameter = (name: string, place: 'path' | 'query', schema: Json): Json => ({
  name,
  in: place,
  required: place === 'path',
  schema,
})
const idParameter = parameter('id', 'path', id)

const base: Json = {
  id,
  ownerId: id,
  region: { type: 'string' },
  version: { type: 'integer' },
  state: { enum: ['active', 'void'] },
  voidReason: { type: 'string' },
  createdAt: { type: 'string', format: 'date-time' },
  updatedAt: { type: 'string', format: 'date-time' },
  titles: { type: 'object', additionalProperties: { type: 'string' } },
}

function recordSchema(kind: Kind): Json {
  const own = fieldsSchema(kind.fields) as { properties: Json }
  return {
    ...own,
    title: kind.title,
    description: kind.help,
    additionalProperties: true,
    properties: { ...own.properties, ...base },
  }
}

function inputSchema(kind: Kind, partial: boolean): Json {
  const writable = Object.fromEntries(Object.entries(kind.fields).filter(([, field]) => !field.derived))
  const own = fieldsSchema(writable, { partial }) as { properties: Json; required: string[] }
  const extra = partial ? { version: { type: 'integer', minimum: 1 } } : { id, ownerId: id }
  return { ...own, required: partial ? ['version'] : own.required, properties: { ...own.properties, ...extra } }
}

function kindPaths(kind: Kind): Json {
  const path = `/api/v1/records/${kind.name}`
  const tags = [kind.title]
  const one = { 200: answer(kind.title, ref(kind.name)), default: problem }
  const page = {
    type: 'object',
    properties: {
      items: { type: 'array', items: ref(kind.name) },
      next: { type: ['string', 'null'] },
      total: { type: 'integer' },
      totalCapped: { type: 'boolean' },
      titles: { type: 'object' },
    },
  }
  const words = ['q', 'sort', 'after', 'state', 'region', 'ownerId', 'createdAt.from', 'createdAt.to']
  return {
    [path]: {
      get: {
        tags,
        summary: `${kind.title}列表`,
        parameters: [
          ...words.map((name) => parameter(name, 'query', { type: 'string' })),
          parameter('limit', 'query', { type: 'integer', minimum: 1, maximum: 200 }),
        ],
        responses: { 200: answer('一页', page), default: problem },
      },
      post: {
        tags,
        summary: `登记${kind.title}`,
        requestBody: { required: true, content: json(inputSchema(kind, false)) },
        responses: {
          200: answer('已有同样的一条', ref(kind.name)),
          201: answer('已登记', ref(kind.name)),
          default: problem,
        },
      },
    },
    [`${path}/{id}`]: {
      get: { tags, summary: `一条${kind.title}`, parameters: [idParameter], responses: one },
      patch: {
        tags,
        summary: `修改${kind.title}`,
        parameters: [idParameter],
        requestBody: { required: true, content: json(inputSchema(kind, true)) },
        responses: one,
      },
    },
    [`${path}/{id}/void`]: {
      post: {
        tags,
        summary: `作废${kind.title}`,
        parameters: [idParameter],
        requestBody: {
          required: true,
          content: json({
            type: 'object',
            required: ['version', 'reason'],
            properties: { version: { type: 'integer' }, reason: { type: 'string', minLength: 2, maxLength: 200 } },
          }),
        },
        responses: one,
      },
    },
    [`${path}/{id}/history`]: {
      get: {
        tags,
        summary: `${kind.title}的历史`,
        parameters: [idParameter],
        responses: { 200: answer('各版本', { type: 'object' }), default: problem },
      },
    },
  }
}

function operationPath(operation: Operation): Json {
  return {
    [`/api/v1/operations/${operation.name}`]: {
      post: {
        summary: operation.title,
        description: operation.help,
        requestBody: { required: true, content: json(fieldsSchema(operation.fields)) },
        responses: { 200: answer('结果', { type: 'object' }), default: problem },
      },
    },
  }
}

/** The OpenAPI 3.1 document of everything that is derived from declarations, and of the doors for programs beside it. */
export function openapi(catalogue: Catalogue): Json {
  const kinds = [...catalogue.kinds.values()]
  return {
    openapi: '3.1.0',
    info: { title: '食溯 Shisu', version: '1', description: '城市食品安全追溯与监管平台' },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { session: [] }],
    paths: Object.assign(
      {},
      ...kinds.map(kindPaths),
      ...kinds.map(kindActPaths),
      ...kinds.map(kindSheetPaths),
      importPaths,
      ...[...catalogue.operations.values()].map(operationPath),
      doorPaths(problem),
    ),
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'shisu_session' },
      },
      responses: {
        Problem: { description: '拒绝的原因', content: { 'application/problem+json': { schema: ref('Problem') } } },
      },
      schemas: {
        Import: importSchema,
        Problem: {
          type: 'object',
          properties: {
            code: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string' },
            requestId: { type: 'string' },
            problems: {
              type: 'array',
              items: {
                type: 'object',
                properties: { at: { type: 'string' }, code: { type: 'string' }, text: { type: 'string' } },
              },
            },
          },
        },
        ...Object.fromEntries(kinds.map((kind) => [kind.name, recordSchema(kind)])),
      },
    },
  }
}
