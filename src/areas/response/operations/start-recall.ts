import { Failure } from '../../../failure.ts'
import { type RecordOf, reference, text } from '../../../language/index.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { uuidv7 } from '../../../platform/id.ts'
import type { Operation, Work } from '../../../platform/operation.ts'
import { legalMinute } from '../../../standards/china/index.ts'
import { recallOrder } from '../records/recall-order.ts'
import { recallTask } from '../records/recall-task.ts'
import { holdGoods } from './hold-goods.ts'
import { raiseFor } from './raise-for.ts'
import { clockOf } from './recall-clock.ts'
import { drillMark, recallFields } from './recall-fields.ts'
import { type RecallInput, type RecallScope, recallScope, sum } from './recall-scope.ts'
import type { Clock, Goods, HolderScope } from './wire.ts'

type StartInput = RecallInput & {
  level: 'first' | 'second' | 'third'
  mode: 'real' | 'drill'
  reason: string
  measures: string
  subject?: string | null
  disposer?: string | null
  order?: string | null
}

const LOTS_SHOWN = 200
const GOODS_SHOWN = 300

/**
 * 启动召回: finds the scope and in one transaction writes the order, a task and a notice for every holder that is filed,
 * and holds the goods. A drill writes order, tasks and notices that say so, and holds nothing. Idempotent by `order`.
 */
export const startRecall: Operation = {
  name: 'start-recall',
  title: '启动召回',
  help: '按范围发布召回：封存货物、通知每个持有单位并开始计时。演练只通知，不封存。',
  fields: {
    ...recallFields,
    reason: text({ title: '召回原因', required: true, multiline: true, max: 480 }),
    measures: text({ title: '处理措施', required: true, multiline: true, max: 500 }),
    subject: reference({ title: '召回责任单位', help: '不填时为最早生产涉事批次的单位', to: 'subject' }),
    disposer: reference({
      title: '销毁单位',
      help: '封存货物不能发货，只能退回召回责任单位；就地销毁或不送外单位销毁的不填',
      to: 'subject',
    }),
    order: text({
      title: '召回编号',
      help: '由程序填写：同一个编号重复提交，只启动一次',
      pattern: {
        matches: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
        text: '应为小写的 UUID',
      },
    }),
  },
  roles: ['city', 'county', 'enterprise'],
  ofPage: true,
  async run(work, raw) {
    const input = raw as StartInput
    const id = input.order ?? uuidv7(work.now.getTime())
    const [known] = await work.sql<{ scope: RecallScope }[]>`
      select scope from recall_scope where order_id = ${id} and owner_id in (${work.actor.ownerId}, ${(await bookOf(work)).ownerId})`
    if (known) return { order: id, known: true, holders: known.scope.holders.length }
    const scope = await recallScope(work, input)
    const clock = await clockOf(work.sql, input.level, work.now)
    const registrar = await bookOf(work)
    const order = await writeOrder(work, { id, input, scope, registrar })
    const tasks = await writeTasks(work, { order, input, scope, clock, registrar })
    const isDrill = input.mode === 'drill'
    await work.sql`insert into recall_scope (order_id, owner_id, is_drill, scope, made_at)
      values (${id}, ${registrar.ownerId}, ${isDrill}, ${work.sql.json(JSON.parse(JSON.stringify(scope)))}, ${work.now})`
    const held = isDrill
      ? 0
      : await holdGoods(work, {
          ...{ id, registrar, title: order.reason, keys: scope.keys },
          returnTo: [order.subject, input.disposer],
        })
    return {
      // The order as a row, so that the signature it was given under stands beside it.
      ...{ id, ownerId: registrar.ownerId, version: order.version },
      order: id,
      number: order.number,
      mode: input.mode,
      state: order.state,
      tasks: tasks.length,
      // Known by their GLN only: they must be told by other means.
      unreached: scope.holders.filter(({ ownerId }) => !ownerId).map(({ id: gln, title }) => ({ id: gln, title })),
      held,
      hidden: scope.hidden,
      truncated: scope.truncated,
      clock,
    }
  },
}

/**
 * In whose book the recall stands: the authority's that orders it; what an enterprise starts itself is entered with its
 * county's authority, to which the law has it reported.
 */
async function bookOf({ sql, actor }: Work): Promise<Actor> {
  if (actor.role !== 'enterprise') return actor
  const [authority] = await sql<{ id: string; region: string; role: 'city' | 'county' }[]>`
    select o.id, o.region, a.role from owner o join account a on a.owner_id = o.id
    where (a.role = 'county' and o.region = ${actor.region}) or (a.role = 'city' and o.region = left(${actor.region}, 4) || '00')
    order by a.role = 'city', o.id limit 1`
  if (!authority) throw new Failure(409, 'no-authority', '本县区还没有监管部门账号，无法登记召回')
  return { ...actor, role: authority.role, ownerId: authority.id, region: authority.region, scopes: [] }
}

type Order = RecordOf<typeof recallOrder>

async function writeOrder(
  work: Work,
  { id, input, scope, registrar }: { id: string; input: StartInput; scope: RecallScope; registrar: Actor },
): Promise<Order> {
  const store = work.store.as(registrar)
  const isDrill = input.mode === 'drill'
  const made = await store.create(recallOrder, {
    id,
    subject: work.actor.role === 'enterprise' ? work.actor.ownerId : (input.subject ?? (await makerOf(work, scope))),
    mode: input.mode,
    level: input.level,
    decidedAt: work.now.toISOString(),
    reason: isDrill ? drillMark + input.reason : input.reason,
    lots: orderLines(scope),
    measures: input.measures,
    ...(input.disposer && { disposer: input.disposer }),
  })
  const step = isDrill ? 'drill' : 'issue'
  return (await store.transition(recallOrder, id, step, { version: made.row.version })) as unknown as Order
}

/** Whoever made the first of the goods, or held them first. */
async function makerOf({ sql }: Work, scope: RecallScope): Promise<string> {
  const [maker] = await sql<{ id: string }[]>`
    select s.id from trace_key t join event_key k on k.key = t.id join event e on e.id = k.event
    join subject s on s.id = any(e.party_ids)
    where t.key = any(${scope.starts}::text[]) and s.state <> 'void'
    order by s.id <> e.owner_id, (k.role = 'output' or e.action = 'ADD') desc, e.event_time limit 1`
  const id = maker?.id ?? scope.holders.find(({ ownerId }) => ownerId)?.ownerId
  if (!id)
    throw new Failure(422, 'no-subject', '没有找到召回责任单位，请选择', {
      problems: [{ at: '/subject', code: 'missing', text: '请选择召回责任单位' }],
    })
  return id
}

function orderLines(scope: RecallScope) {
  const lines = scope.lots
    .filter(({ gtin, quantity }) => gtin && !quantity.startsWith('-'))
    .slice(0, LOTS_SHOWN)
    .map((goods) => ({
      name: goods.name ?? goods.gtin,
      gtin: goods.gtin,
      lot: goods.lot ?? '无批号',
      ...(quantityOf(goods) && { sold: quantityOf(goods) }),
    }))
  if (lines.length === 0) throw new Failure(422, 'nothing-to-recall', '找到的货物都没有商品条码，无法列入召回令')
  return lines
}

const known = new Set(['EA', 'CS', 'PA', 'KGM', 'GRM', 'TNE', 'LTR', 'MLT'])

/** As a record holds it; undefined where the unit is none of those that records know. */
function quantityOf({ quantity, uom }: Goods): { value: string; unit: string } | undefined {
  const unit = uom ?? 'EA'
  return known.has(unit) ? { value: quantity, unit } : undefined
}

async function writeTasks(
  work: Work,
  {
    order,
    input,
    scope,
    clock,
    registrar,
  }: { order: Order; input: StartInput; scope: RecallScope; clock: Clock; registrar: Actor },
): Promise<string[]> {
  const filed = await work.sql<{ id: string; region: string }[]>`
    select id, region from subject where state <> 'void'
      and id = any(${scope.holders.flatMap(({ ownerId }) => ownerId ?? [])}::uuid[])`
  const regions = new Map(filed.map(({ id, region }) => [id, region]))
  const store = work.store.as(registrar)
  const written: string[] = []
  for (const holder of scope.holders) {
    const region = holder.ownerId && regions.get(holder.ownerId)
    if (!holder.ownerId || !region) continue
    const { row } = await store.create(recallTask, {
      recall: order.id,
      holder: holder.ownerId,
      mode: input.mode,
      reason: order.reason,
      sentAt: work.now.toISOString(),
      dueAt: clock.acknowledgeBy,
      finishBy: clock.finishBy,
      goods: taskLines(holder),
    })
    written.push(row.id)
    await raiseFor(work.sql, work.now, {
      ownerId: holder.ownerId,
      region,
      kind: recallTask.name,
      id: row.id,
      level: input.mode === 'drill' ? 'info' : 'bad',
      title: `召回通知：${order.reason}`.slice(0, 200),
      detail: `请在 ${local(clock.acknowledgeBy)} 前确认，${input.mode === 'drill' ? '本次为演练，不必处置货物' : '立即停售封存，不得发货'}`,
    })
  }
  return written
}

function taskLines({ goods, sold }: HolderScope) {
  const lines = new Map<string, { goods: Goods; quantities: string[] }>()
  for (const each of [...goods, ...sold]) {
    const name = `${each.gtin ?? ''}\n${each.lot ?? ''}\n${each.uom ?? ''}`
    const line = lines.get(name) ?? { goods: each, quantities: [] }
    line.quantities.push(each.quantity)
    lines.set(name, line)
  }
  return [...lines.values()].slice(0, GOODS_SHOWN).map(({ goods: each, quantities }) => {
    const involved = quantityOf({ ...each, quantity: sum(...quantities) })
    return {
      name: each.name ?? each.gtin ?? each.key.slice(-80),
      ...(each.gtin && { gtin: each.gtin }),
      ...(each.lot && { lot: each.lot }),
      ...(involved && { involved }),
    }
  })
}

/** The minute without its year: 07-22 14:45. */
const local = (instant: string): string => legalMinute(new Date(instant)).slice(5)
