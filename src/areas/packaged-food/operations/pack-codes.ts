import type { ISql } from 'postgres'
import { Failure, invalid, type Problem } from '../../../failure.ts'
import { choice, instant, text } from '../../../language/index.ts'
import { uuidv7 } from '../../../platform/id.ts'
import type { Operation } from '../../../platform/operation.ts'
import { parseScan } from '../../../standards/digital-link/index.ts'
import { parseDocument } from '../../../standards/epcis/index.ts'
import { type CodeOrder, type Codes, lotKey, serialOf } from '../../../trace/codes/index.ts'
import { append, requireFree } from '../../../trace/index.ts'

const context = 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld'
const CHILDREN_LIMIT = 2000

type Input = {
  parent: string
  children: string
  act: 'pack' | 'return' | 'unpack'
  at?: string | null
  id?: string | null
}

/** 装箱关联 (E5.2.3.a 内外包装关联): what went into which case or onto which pallet, as an AggregationEvent. */
export const packCodes: Operation = {
  name: 'pack-codes',
  title: '装箱关联',
  help: '把单件装进箱、把箱放上托盘：扫外包装的码，再逐个扫里面的码。',
  fields: {
    act: choice({
      title: '动作',
      help: '退回或送去销毁的封存货物选“退货装箱”',
      required: true,
      options: { pack: '装入', unpack: '取出', return: '退货装箱' },
    }),
    parent: text({ title: '箱码或托盘码', help: '外包装上的码', required: true, max: 500 }),
    children: text({
      title: '里面的码',
      help: '一行一个；取出时不填，表示全部取出',
      multiline: true,
      max: 200_000,
    }),
    at: instant({ title: '时间', help: '不填时为现在' }),
    id: text({
      title: '编号',
      help: '由程序填写：同一个编号重复提交，只记一次',
      pattern: {
        matches: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
        text: '应为小写的 UUID',
      },
    }),
  },
  roles: ['enterprise'],
  async run({ sql, actor, codes, now }, raw) {
    const { parent, children, act, at, id } = raw as Input
    const problems: Problem[] = []
    const parentKey = thingOf(parent, '/parent', problems)
    const lines = (children ?? '').split(/\r?\n/).map((line) => line.trim())
    const keys = lines.flatMap((line, place) =>
      line === '' ? [] : (thingOf(line, '/children', problems, `第 ${place + 1} 行：`) ?? []),
    )
    const isPacking = act !== 'unpack'
    if (isPacking && keys.length === 0 && problems.length === 0)
      problems.push({ at: '/children', code: 'missing', text: '请扫里面的码，一行一个' })
    if (keys.length > CHILDREN_LIMIT)
      problems.push({ at: '/children', code: 'too-many', text: `一次最多 ${CHILDREN_LIMIT} 个` })
    if (parentKey && keys.includes(parentKey))
      problems.push({ at: '/children', code: 'itself', text: '外包装不能装进它自己' })
    if (new Set(keys).size < keys.length)
      problems.push({ at: '/children', code: 'repeated', text: '有重复的码：同一个码只能扫一次' })
    if (problems.length > 0) throw invalid(problems.slice(0, 100))
    const [own] = await sql<{ gln: string | null }[]>`select gln from owner where id = ${actor.ownerId}`
    if (!own?.gln) throw new Failure(409, 'no-place', '本企业还没有登记位置码（GLN），请先在企业档案中补上')
    const eventID = `urn:uuid:${id ?? uuidv7(now.getTime())}`
    const place = { id: `https://id.gs1.org/414/${own.gln}` }
    const orders = isPacking ? await ordersOf(sql, codes, keys) : new Map<string, CodeOrder>()
    const read = parseDocument({
      '@context': context,
      type: 'AggregationEvent',
      eventID,
      eventTime: at ?? now.toISOString(),
      eventTimeZoneOffset: '+08:00',
      action: isPacking ? 'ADD' : 'DELETE',
      bizStep: isPacking ? 'packing' : 'unpacking',
      ...(act === 'return' && { disposition: 'returned' }),
      parentID: parentKey,
      ...(keys.length > 0 || isPacking ? { childEPCs: keys.map((key) => withLot(key, orders, actor.ownerId)) } : {}),
      readPoint: place,
      bizLocation: place,
    })
    if (!read.ok) throw invalid(read.problems.map((problem) => ({ ...problem, at: '/children' })))
    // Held goods go into no outgoing case; one that returns carries the hold with it and goes nowhere else.
    if (act === 'pack') {
      const packing = { ownerId: actor.ownerId, bizStep: 'packing', now }
      const lots = new Set([...orders.values()].map(({ gtin, lot }) => lotKey(gtin, lot)))
      if (parentKey) await requireFree(sql, { ...packing, at: '/parent' }, [parentKey])
      await requireFree(sql, { ...packing, at: '/children' }, [...keys, ...lots])
    }
    const capturer = { ownerId: actor.ownerId, region: actor.region }
    const [outcome] = await append(sql, capturer, read.document.events, {
      context,
      recordTime: now,
      codes,
      at: '/children',
    })
    return { eventID, parent: parentKey, children: keys.length, known: outcome === 'known' }
  },
}

/** The single thing that a scanned text names. */
function thingOf(text: string, at: string, problems: Problem[], where = ''): string | undefined {
  const read = parseScan(text)
  if (!read.ok) {
    problems.push({ at, code: 'code', text: `${where}${read.problems[0]?.text ?? '看不懂这个码'}` })
    return undefined
  }
  const { key, level } = read.value.key
  if (level === 'serial' || level === 'logistic') return key
  problems.push({ at, code: 'no-thing', text: `${where}这个码不是单件、箱或托盘的码` })
  return undefined
}

/** The orders of single things by our own codes: no event need have said yet which lot they are of. */
async function ordersOf(sql: ISql, codes: Codes, keys: readonly string[]): Promise<Map<string, CodeOrder>> {
  const orders: CodeOrder[] = []
  const found = new Map<string, CodeOrder>()
  for (const key of keys) {
    const thing = serialOf(key)
    if (!thing) continue
    const { gtin, serial } = thing
    const places = codes.indexesOf(gtin, serial)
    const isIn = (order: CodeOrder) =>
      places.some(
        ({ index, keyVersion }) =>
          order.gtin === gtin &&
          order.keyVersion === keyVersion &&
          index >= order.firstIndex &&
          index < order.firstIndex + order.quantity,
      )
    // Bags of one case are of one order or two: each is asked for once.
    let order = orders.find(isIn)
    if (!order && places.length > 0) {
      order = (await codes.resolve(sql, gtin, serial))?.order
      if (order) orders.push(order)
    }
    if (order) found.set(key, order)
  }
  return found
}

/** Whoever ordered a code says its lot as it is packed, so that the lot is followed into the case. */
function withLot(key: string, orders: ReadonlyMap<string, CodeOrder>, packer: string): string {
  const order = orders.get(key)
  return order?.ownerId === packer ? `${lotKey(order.gtin, order.lot)}${key.slice(key.lastIndexOf('/21/'))}` : key
}
