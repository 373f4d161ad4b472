import type { Kind } from '../../language/index.ts'
import { xlsxType as workbook } from './media.ts'

type Json = Record<string, unknown>

const problem: Json = { $ref: '#/components/responses/Problem' }
const bytes: Json = { schema: { type: 'string', format: 'binary' } }
const file = (description: string, ...types: string[]): Json => ({
  description,
  content: Object.fromEntries(types.map((type) => [type, bytes])),
})
const staged = (description: string): Json => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Import' } } },
})
const query = (name: string, schema: Json): Json => ({ name, in: 'query', schema })
const id: Json = { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }

/** Template, import and export of one kind. */
export function kindSheetPaths(kind: Kind): Json {
  const path = `/api/v1/records/${kind.name}`
  const tags = [kind.title]
  return {
    [`${path}/template.xlsx`]: {
      get: { tags, summary: `${kind.title}的填写模板`, responses: { 200: file('模板', workbook), default: problem } },
    },
    [`${path}/imports`]: {
      post: {
        tags,
        summary: `从 Excel 或 CSV 导入${kind.title}：先读入预览，再提交`,
        parameters: [query('name', { type: 'string' })],
        requestBody: { required: true, content: { [workbook]: bytes, 'text/csv': bytes } },
        responses: { 202: staged('已收下，正在读取'), default: problem },
      },
    },
    [`${path}/export`]: {
      get: {
        tags,
        summary: `导出${kind.title}：筛选和次序与列表相同`,
        parameters: [
          query('format', { enum: ['csv', 'xlsx', 'ndjson'], default: 'csv' }),
          query('columns', { type: 'string', description: '字段名，逗号分隔；不写为全部' }),
          ...['q', 'sort', 'state', 'region', 'ownerId', 'createdAt.from', 'createdAt.to'].map((name) =>
            query(name, { type: 'string' }),
          ),
        ],
        responses: { 200: file('全部的行', 'text/csv', workbook, 'application/x-ndjson'), default: problem },
      },
    },
  }
}

/** What is asked of an import, whatever its kind. */
export const importPaths: Json = {
  '/api/v1/imports': {
    get: {
      summary: '我的导入',
      parameters: ['limit', 'after', 'kind'].map((name) => query(name, { type: 'string' })),
      responses: { 200: { description: '由近到远' }, default: problem },
    },
  },
  '/api/v1/imports/{id}': {
    get: {
      summary: '一次导入：进度、计数、逐条预览',
      parameters: [id, ...['state', 'limit', 'after'].map((name) => query(name, { type: 'string' }))],
      responses: { 200: staged('导入'), default: problem },
    },
  },
  '/api/v1/imports/{id}/commit': {
    post: { summary: '写入没有问题的各条', parameters: [id], responses: { 202: staged('正在写入'), default: problem } },
  },
  '/api/v1/imports/{id}/errors.xlsx': {
    get: {
      summary: '没有写入的各行和原因，改正后可再导入',
      parameters: [id],
      responses: { 200: file('待改正的行', workbook), default: problem },
    },
  },
}

const count: Json = { type: 'integer', minimum: 0 }

export const importSchema: Json = {
  type: 'object',
  properties: {
    id: { type: 'string', format: 'uuid' },
    kind: { type: 'string' },
    name: { type: 'string' },
    state: { enum: ['reading', 'ready', 'committing', 'done', 'failed'] },
    failure: { type: ['string', 'null'] },
    notes: { type: 'array', items: { type: 'string' } },
    heads: { type: 'array', items: { type: 'string' } },
    rows: { type: ['integer', 'null'] },
    readRows: count,
    counts: { type: 'object', properties: { good: count, bad: count, known: count, written: count, refused: count } },
    items: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          number: count,
          recordId: { type: ['string', 'null'] },
          state: { enum: ['good', 'bad', 'known', 'written', 'refused'] },
          rows: {
            type: 'array',
            items: {
              type: 'object',
              properties: { number: count, cells: { type: 'array', items: { type: 'string' } } },
            },
          },
          more: count,
          problems: {
            type: 'array',
            items: {
              type: 'object',
              properties: { cell: { type: 'string' }, code: { type: 'string' }, text: { type: 'string' } },
            },
          },
        },
      },
    },
    next: { type: ['string', 'null'] },
  },
}
