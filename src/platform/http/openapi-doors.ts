import { deskDoors } from './openapi-desks.ts'
import { workDoors } from './openapi-work.ts'

type Json = Record<string, unknown>

/**
 * What a door takes: names of its JSON members, one after the other (`?` optional; `#` a number, `!` true or false, `[]` a
 * list, `{}` an object, else a text), raw bytes, or a schema of its own.
 */
type Body = string | Json

/** A route that no declaration derives: what it is called, what it takes, whether anybody may knock. */
export type DoorNote = { title: string; body?: Body; query?: string; open?: boolean }

const text: Json = { type: 'string' }
const epcis = 'EPCIS 2.0'
const whole: Json = { type: 'object' }

const lists = {
  eventTypes: '事件类型',
  epcs: '追溯码',
  bizSteps: '业务步骤',
  bizLocations: '业务地点',
  readPoints: '读取点',
  dispositions: '处置状态',
}

const epcisLists: Readonly<Record<string, DoorNote>> = Object.fromEntries(
  Object.entries(lists).flatMap(([name, title]) => [
    [`GET /epcis/${name}`, { title: `${epcis}：有哪些${title}`, query: 'perPage nextPageToken' }],
    [`GET /epcis/${name}/{value}`, { title: `${epcis}：一个${title}` }],
    [`GET /epcis/${name}/{value}/events`, { title: `${epcis}：一个${title}的事件`, query: 'perPage nextPageToken' }],
  ]),
)

/** The doors for programs beside records and operations, by method and path. */
const programDoors: Readonly<Record<string, DoorNote>> = {
  'GET /healthz': { title: '进程是否活着', open: true },
  'GET /readyz': { title: '是否可以服务', open: true },
  'GET /metrics': { title: '运行指标（Prometheus），系统管理员或有“运行指标”权限的令牌' },
  'GET /api/v1/openapi.json': { title: '这份文档', open: true },
  'GET /api/v1/catalogue': { title: '本账号可用的记录和操作' },
  'GET /api/v1/search': { title: '检索', query: 'q' },
  'PUT /api/v1/files/{sha256}': { title: '上传文件，网址是内容的 sha256', body: 'bytes' },
  'GET /api/v1/files/{sha256}': { title: '取回文件' },
  'GET /api/v1/trace': { title: '追溯一个批次', query: 'id direction asOf limit' },
  'GET /api/v1/trace/frontier': { title: '现在谁手里有多少', query: 'id direction asOf limit' },
  'GET /api/v1/trace/journey': { title: '时间线、流向表和路线', query: 'id direction asOf limit' },
  'GET /api/v1/trace/balance': { title: '物料平衡', query: 'id direction asOf chain' },
  'GET /api/v1/trace/paths': { title: '两批之间怎样走到', query: 'from to asOf' },
  'GET /api/v1/trace/events.ndjson': { title: '全部追溯事件，每行一条 JSON', query: 'since before' },
  'GET /api/v1/trace/recent': { title: '最近查过和收到的批次' },
  'POST /api/v1/trace/names': { title: '批次的名称', body: 'ids[]' },
  'POST /api/v1/trace/doubts': { title: '哪些事件还没有确认、不计入链条', body: 'events[]? things[]?' },
  'GET /api/v1/trace/chain.xlsx': { title: '整条链，Excel', query: 'id direction asOf' },
  'GET /api/v1/records/{kind}/{id}/proof': { title: '一个版本的存证证明', query: 'version' },
  'GET /api/v1/notices': { title: '待办提醒', query: 'level region after limit' },
  'POST /api/v1/notices/{id}/done': { title: '标为已办', body: 'undo!?' },
  'GET /api/v1/home': { title: '工作台' },
  'GET /api/v1/devices/{id}/latest': { title: '设备最近的读数' },
  'GET /api/v1/devices/{id}/history': { title: '设备的历史读数', query: 'property from to points' },
  'POST /api/v1/devices/{id}/credentials': { title: '接入设备', body: 'protocol identity secret?' },
  'POST /api/v1/ingest/telemetry': { title: '设备上报读数', body: whole },
  'POST /api/v1/ingest/events': { title: '设备上报事件', body: whole },
  'POST /api/v1/ingest/frame': { title: '设备上报原始帧', body: 'bytes' },
  'GET /epcis': { title: `${epcis}：有哪些资源`, open: true },
  'POST /epcis/capture': { title: `${epcis}：采集一份文件`, body: whole },
  'GET /epcis/capture': { title: `${epcis}：采集任务`, query: 'perPage nextPageToken' },
  'GET /epcis/capture/{id}': { title: `${epcis}：一次采集的结果` },
  'POST /api/v1/epcis-check': { title: `${epcis}：试读一份文件，不写入`, body: whole },
  'GET /epcis/events': { title: `${epcis}：查询事件`, query: 'GE_eventTime EQ_bizStep MATCH_epc perPage' },
  'GET /epcis/events/{id}': { title: `${epcis}：一个事件` },
  'POST /epcis/events': { title: `${epcis}：采集一个事件`, body: whole },
  'DELETE /epcis/nextPageToken/{token}': { title: `${epcis}：放弃翻页` },
  'GET /epcis/queries': { title: `${epcis}：已保存的查询` },
  'POST /epcis/queries': { title: `${epcis}：保存查询`, body: whole },
  'GET /epcis/queries/{name}': { title: `${epcis}：一个查询` },
  'DELETE /epcis/queries/{name}': { title: `${epcis}：删除查询` },
  'GET /epcis/queries/{name}/events': { title: `${epcis}：运行已保存的查询`, query: 'perPage nextPageToken' },
  'GET /epcis/queries/{name}/subscriptions': { title: `${epcis}：订阅` },
  'POST /epcis/queries/{name}/subscriptions': { title: `${epcis}：订阅一个查询`, body: whole },
  'GET /epcis/queries/{name}/subscriptions/{id}': { title: `${epcis}：一个订阅` },
  'DELETE /epcis/queries/{name}/subscriptions/{id}': { title: `${epcis}：取消订阅` },
  ...epcisLists,
  'GET /ledger/checkpoint': { title: '存证日志的最新检查点', open: true },
  'GET /ledger/keys': { title: '存证日志和见证方的公钥', open: true },
  'GET /ledger/tile/{path}': { title: '存证日志的分块', open: true },
  'GET /video/{camera}/live.m3u8': { title: '直播（HLS），凭限时地址', query: 'ticket' },
  'GET /video/{camera}/live.flv': { title: '直播（HTTP-FLV），凭限时地址', query: 'ticket' },
  'GET /video/{camera}/playback.m3u8': { title: '回放，凭限时地址', query: 'ticket from to' },
  'GET /video/{camera}/files/{name}': { title: '回放的一段', query: 'ticket' },
  'GET /video/{camera}/{name}': { title: '直播的一段', query: 'ticket' },
}

/** Every door beside records and operations, by method and path. */
export const doorNotes: Readonly<Record<string, DoorNote>> = {
  ...programDoors,
  ...Object.fromEntries(
    Object.entries({ ...deskDoors, ...workDoors }).map(([route, note]) => [route.replace(' /', ' /api/v1/'), note]),
  ),
}

const types: Readonly<Record<string, Json>> = {
  '#': { type: 'number' },
  '!': { type: 'boolean' },
  '[]': { type: 'array', items: {} },
  '{}': { type: 'object' },
}

function bodyOf(body: Body): Json {
  if (body === 'bytes') return { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
  if (typeof body !== 'string') return { 'application/json': { schema: body } }
  const members = body.split(' ').map((each) => {
    const [, name = '', type = '', optional] = /^(\w+)(#|!|\[\]|\{\})?(\?)?$/.exec(each) ?? []
    return { name, schema: types[type] ?? text, required: !optional }
  })
  const required = members.filter((each) => each.required).map(({ name }) => name)
  const properties = Object.fromEntries(members.map(({ name, schema }) => [name, schema]))
  return { 'application/json': { schema: { type: 'object', required, properties } } }
}

/** The paths of the doors in the OpenAPI document. */
export function doorPaths(problem: Json): Json {
  const paths: Record<string, Json> = {}
  for (const [route, { title, body, query = '', open }] of Object.entries(doorNotes)) {
    const [method = '', path = ''] = route.split(' ')
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: text,
    }))
    const names = query.split(' ').filter(Boolean)
    const asked = names.map((name) => ({ name, in: 'query', required: false, schema: text }))
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
