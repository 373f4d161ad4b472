import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { invalid } from '../../failure.ts'
import { units } from '../../language/index.ts'
import { calledBy, doubtedOf, type LotQuery, recentLots, type TraceAnswer, trace } from '../../trace/index.ts'
import { minuteOf } from '../indicators/words.ts'
import { book, sheetName } from '../sheets/xlsx-write.ts'
import { requireScope } from './authenticate.ts'
import { attach } from './export.ts'
import type { House } from './house.ts'
import { readRequest, scopeOf } from './trace.ts'

const xlsxType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const recentMax = 12
const foundMax = 60
const namesMax = 200

type Query = Record<string, unknown>

/** What the desk's pages about goods need beside the answers: where to begin, what people call things, a workbook. */
export function traceDeskRoutes(app: FastifyInstance, house: House): void {
  app.get('/api/v1/trace/recent', async (request) => {
    const actor = requireScope(request, 'desk')
    const query = readLotQuery(request.query as Query)
    const limit = Object.keys(query).length > 0 ? foundMax : recentMax
    return { lots: await recentLots(house.sql, scopeOf(actor), { ...query, now: house.clock(), limit }) }
  })
  app.post('/api/v1/trace/names', async (request) => {
    const actor = requireScope(request, 'desk')
    const ids = idsOf(request.body, 'ids')
    return { names: await calledBy(house.sql, scopeOf(actor), ids) }
  })
  app.post('/api/v1/trace/doubts', async (request) => {
    const actor = requireScope(request, 'desk')
    const { events, things } = (request.body ?? {}) as Query
    if (events === undefined && things === undefined) idsOf(request.body, 'events')
    const asked = {
      events: events === undefined ? [] : idsOf(request.body, 'events'),
      things: things === undefined ? [] : idsOf(request.body, 'things'),
    }
    return { doubts: await doubtedOf(house.sql, scopeOf(actor), asked) }
  })
  app.get('/api/v1/trace/chain.xlsx', async (request, reply) => {
    const actor = requireScope(request, 'desk')
    const answer = await trace(house.sql, scopeOf(actor), readRequest(request.query as Query, house.clock()))
    attach(reply, '追溯链条', house.clock(), 'xlsx')
    return reply.type(xlsxType).send(Readable.from(workbookOf(answer, actor), { objectMode: false }))
  })
}

/** A list of identifiers in a request's body. */
function idsOf(body: unknown, name: string): string[] {
  const ids = ((body ?? {}) as Query)[name]
  const isList = Array.isArray(ids) && ids.length <= namesMax && ids.every((id) => typeof id === 'string')
  if (!isList || ids.some((id: string) => id.length > 2000 || id.includes('\0'))) {
    throw invalid([{ code: 'wrong-type', text: `${name} 应为最多 ${namesMax} 个标识`, at: `/${name}` }])
  }
  return ids
}

const lotForms: Readonly<Record<keyof LotQuery, [RegExp, string]>> = {
  gtin: [/^\d{8,14}$/, '商品条码应为 8 到 14 位数字'],
  lot: [/^[^\p{C}]{1,20}$/u, '批号应为 1 到 20 个字'],
  bizStep: [/^[^\p{C}\s]{1,200}$/u, '环节应为 CBV 的业务步骤'],
  region: [/^\d{6}$/, '地区应为 6 位行政区划代码'],
  gln: [/^\d{13}$/, '位置码（GLN）应为 13 位数字'],
}

/** Which lots are looked for; what is left empty asks nothing. */
function readLotQuery(given: Query): LotQuery {
  const query: LotQuery = {}
  for (const name of Object.keys(lotForms) as (keyof LotQuery)[]) {
    const value = given[name]
    if (value === undefined || value === '') continue
    const [form, text] = lotForms[name]
    if (typeof value !== 'string' || !form.test(value)) throw invalid([{ code: 'pattern', text, at: `/${name}` }])
    query[name] = name === 'gtin' ? value.padStart(14, '0') : value
  }
  return query
}

const states: Readonly<Record<string, string>> = {
  here: '在此处',
  in_transit: '在途',
  gone: '已用完或售出',
  unknown: '下落不明',
}
const kinds: Readonly<Record<TraceAnswer['edges'][number]['kind'], string>> = {
  transformation: '加工成',
  aggregation: '装入',
  association: '放入',
  'class-of': '其中一件',
  mix: '可能混入',
}

const columnsOf = (titles: readonly string[]) =>
  titles.map((title) => ({
    title,
    required: false,
    readable: false,
    format: title === '数量' || title === '距离' ? ('number' as const) : ('text' as const),
    hint: '',
  }))

const unitWord = (uom = 'EA'): string => (units as Readonly<Record<string, string>>)[uom] ?? uom

/** Four sheets: the things, the steps between them with their evidence, who holds or held them, where they are now. */
function workbookOf(answer: TraceAnswer, { name, ownerTitle }: { name: string; ownerTitle: string }) {
  const names = new Map(answer.nodes.map((node) => [node.key, node]))
  const said = (key: string) => {
    const node = names.get(key)
    return [node?.name ?? '', node?.serial ?? node?.lot ?? key]
  }
  const time = (text: string | undefined) => (text ? minuteOf(text) : '')
  const cut = answer.truncated ? ['物品太多，只取了离所查物品最近的部分，数量也只算到这一部分，不是全部。'] : []
  const hidden = answer.hidden > 0 ? [`另有 ${answer.hidden} 处来源或去向无权查看。`] : []
  const foot = [`数据到 ${minuteOf(answer.asOf)}；${ownerTitle} ${name} 导出。`, ...cut, ...hidden]
  const sheet = (title: string, titles: readonly string[], rows: readonly string[][]) => ({
    name: sheetName(title),
    columns: columnsOf(titles),
    rows,
    foot,
  })
  return book([
    sheet(
      '物品',
      ['距离', '名称', '批号或序列号', '商品条码', '企业', '状态', '最早记录', '最近记录', '标识'],
      answer.nodes.map((node) => [
        String(node.layer),
        node.name ?? '',
        node.serial ?? node.lot ?? '',
        node.gtin ?? '',
        node.holder?.title ?? node.holder?.id ?? '',
        states[node.state ?? ''] ?? '',
        time(node.firstTime),
        time(node.lastTime),
        node.key,
      ]),
    ),
    sheet(
      '环节',
      ['时间', '从', '批号或序列号', '关系', '到', '批号或序列号', '数量', '单位', '依据（事件编号）'],
      answer.edges.map((edge) => [
        time(edge.time),
        ...said(edge.from),
        kinds[edge.kind],
        ...said(edge.to),
        edge.quantity ?? '',
        edge.quantity ? unitWord(edge.uom) : '',
        edge.events.join(' '),
      ]),
    ),
    sheet(
      '经手企业',
      ['企业', '物品', '数量', '单位', '情形', '最早记录', '最近记录'],
      answer.holders.flatMap((holder) =>
        [['现有', holder.now] as const, ['在途', holder.inTransit] as const, ['经手过', holder.ever] as const].flatMap(
          ([sort, list]) =>
            list.map((each) => [
              holder.title ?? holder.id,
              each.name ?? each.gtin ?? '',
              each.quantity,
              unitWord(each.uom),
              sort,
              time(holder.firstTime),
              time(holder.lastTime),
            ]),
        ),
      ),
    ),
    sheet(
      '现在在哪里',
      ['名称', '批号或序列号', '数量', '单位', '企业', '状态', '所在箱托', '标识'],
      answer.frontier.map((each) => [
        ...said(each.key),
        each.quantity,
        unitWord(each.uom),
        each.holder?.title ?? each.holder?.id ?? '',
        states[each.state] ?? each.state,
        each.container ?? '',
        each.key,
      ]),
    ),
  ])
}
