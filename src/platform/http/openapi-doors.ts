type Json = Record<string, unknown>

/** What a door takes: names of its JSON members (`?` optional), raw bytes, or a schema of its own. */
type Body = readonly string[] | 'bytes' | Json

/** A route that no declaration derives: what it is called, what it takes, whether anybody may knock. */
export type DoorNote = { title: string; body?: Body; query?: readonly string[]; open?: boolean }

const text: Json = { type: 'string' }
const epcis = 'EPCIS 2.0'

/** The doors for programs beside records and operations, by method and path. */
export const doorNotes: Readonly<Record<string, DoorNote>> = {
  'GET /api/v1/session': { title: '现在登录的是谁', open: true },
  'POST /api/v1/session': { title: '登录', body: ['user', 'password'], open: true },
  'DELETE /api/v1/session': { title: '退出登录', open: true },
  'GET /api/v1/catalogue': { title: '本账号可用的记录和操作' },
  'GET /api/v1/search': { title: '检索', query: ['q'] },
  'PUT /api/v1/files/{sha256}': { title: '上传文件，网址是内容的 sha256', body: 'bytes' },
  'GET /api/v1/files/{sha256}': { title: '取回文件' },
  'GET /api/v1/trace': { title: '追溯一个批次', query: ['id', 'direction', 'asOf'] },
  'GET /api/v1/records/{kind}/{id}/proof': { title: '一个版本的存证证明', query: ['version'] },
  'GET /api/v1/notices': { title: '待办提醒' },
  'GET /api/v1/devices/{id}/latest': { title: '设备最近的读数' },
  'GET /api/v1/devices/{id}/history': { title: '设备的历史读数', query: ['property', 'from', 'to', 'points'] },
  'POST /api/v1/devices/{id}/credentials': { title: '接入设备', body: ['protocol', 'identity', 'secret?'] },
  'POST /api/v1/ingest/telemetry': { title: '设备上报读数', body: { type: 'object' } },
  'POST /api/v1/ingest/events': { title: '设备上报事件', body: { type: 'object' } },
  'POST /api/v1/ingest/frame': { title: '设备上报原始帧', body: 'bytes' },
  'POST /epcis/capture': { title: `${epcis}：采集一份文件`, body: { type: 'object' } },
  'GET /epcis/capture': { title: `${epcis}：采集任务` },
  'GET /epcis/events': { title: `${epcis}：查询事件`, query: ['GE_eventTime', 'EQ_bizStep', 'MATCH_epc', 'perPage'] },
  'POST /epcis/events': { title: `${epcis}：采集一个事件`, body: { type: 'object' } },
  'GET /epcis/queries': { title: `${epcis}：已保存的查询` },
  'POST /epcis/queries': { title: `${epcis}：保存查询`, body: { type: 'object' } },
  'POST /api/v1/audit/log': { title: '上报其他应用的日志', body: { type: 'object' } },
  'GET /api/v1/me/data': { title: '平台里我的个人信息' },
  'POST /api/v1/me/data/requests': {
    title: '要求更正、撤回同意、删除或复制',
    body: ['wish', 'words', 'kind?', 'recordId?'],
  },
  'GET /ledger/checkpoint': { title: '存证日志的最新检查点', open: true },
  'GET /ledger/keys': { title: '存证日志和见证方的公钥', open: true },
}

function bodyOf(body: Body): Json {
  if (body === 'bytes') return { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
  if (!Array.isArray(body)) return { 'application/json': { schema: body } }
  const names = body as readonly string[]
  const properties = Object.fromEntries(names.map((name) => [name.replace('?', ''), text]))
  return {
    'application/json': { schema: { type: 'object', required: names.filter((n) => !n.endsWith('?')), properties } },
  }
}

/** The paths of the doors in the OpenAPI document. */
export function doorPaths(problem: Json): Json {
  const paths: Record<string, Json> = {}
  for (const [route, { title, body, query = [], open }] of Object.entries(doorNotes)) {
    const [method = '', path = ''] = route.split(' ')
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: text,
    }))
    const asked = query.map((name) => ({ name, in: 'query', required: false, schema: text }))
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: {
        summary: title,
        ...(open ? { security: [] } : {}),
        parameters: [...inPath, ...asked],
        ...(body ? { requestBody: { required: true, content: bodyOf(body) } } : {}),
        responses: { '2XX': { description: '办成' }, default: problem },
      },
    }
  }
  return paths
}
