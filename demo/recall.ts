import { bagsPerCase, type Chain, luosifen } from './chain.ts'
import { epcisDocument, received, type Scene, seen, shipped, type Things } from './events.ts'
import { lotId, serialId, sscc, unitId } from './ids.ts'
import { type Story, soonAfter } from './story.ts'

const day = 86_400_000
const hour = 3_600_000

type Amount = { value: string; unit: string }
type Line = { name: string; involved?: Amount; returned?: Amount; destroyed?: Amount; lost?: Amount }
type Task = { id: string; version: number; goods: Line[] }

const pieces = (count: number): Amount => ({ value: String(count), unit: 'EA' })

/** What one lot's recall is told with. `at`: when it was ordered. */
class Recall {
  readonly #story: Story
  readonly #at: number

  constructor(story: Story, at: number) {
    this.#story = story
    this.#at = at
  }

  scene(by: string, hours: number, step: string, disposition = 'returned'): Scene {
    return { at: this.#at + hours * hour, gln: this.#story.glns[by] ?? '', step, disposition }
  }

  /** What somebody records so many hours after the order; held goods that leave are refused. */
  async record(by: string, hours: number, ...events: Record<string, unknown>[]): Promise<void> {
    soonAfter(this.#story, this.#at + hours * hour)
    await this.#story.apis[by]?.send('POST', '/epcis/capture', epcisDocument(events, this.#story.clock.now.getTime()))
  }

  /** The holder says that the goods are stopped, and how. */
  async acknowledge(by: string, hours: number, contact: string, stopped: string): Promise<Task> {
    soonAfter(this.#story, this.#at + hours * hour)
    const found = await this.#story.apis[by]?.send<{ items: Task[] }>('GET', '/api/v1/records/recall-task?limit=1')
    const task = found?.items[0]
    if (!task) throw new Error(`示例数据：${by} 没有收到召回任务`)
    return this.#step(by, task, 'acknowledge', { contact, stopped })
  }

  async report(by: string, hours: number, task: Task, told: Omit<Line, 'name' | 'involved'>, report: string) {
    soonAfter(this.#story, this.#at + hours * hour)
    const goods = task.goods.map((line, place) => (place === 0 ? { ...line, ...told } : line))
    return this.#step(by, task, 'report', { goods, report })
  }

  async verify(hours: number, task: Task): Promise<void> {
    soonAfter(this.#story, this.#at + hours * hour)
    await this.#step('city', task, 'verify', {})
  }

  async #step(by: string, task: Task, name: string, fields: object): Promise<Task> {
    const path = `/api/v1/records/recall-task/${task.id}/steps/${name}`
    const made = await this.#story.apis[by]?.send<Task>('POST', path, { version: task.version, ...fields })
    return { ...task, ...made }
  }
}

/**
 * 示例: one lot called back, as a user does it: its holders are told; one sends its goods back to the maker, one destroys them,
 * one does not answer and moves them all the same. What was sold before is told only afterwards, a sale is refused.
 */
export async function recall(story: Story, chain: Chain, serials: readonly string[], firstUnit: number): Promise<void> {
  const at = story.now - 2 * day
  soonAfter(story, at)
  await story.apis.city?.send('POST', '/api/v1/operations/start-recall', {
    from: 'lot',
    id: lotId(luosifen.gtin, chain.lot),
    level: 'second',
    mode: 'real',
    reason: '外包装袋没有合格证明，使用该批包装的产品召回（示例）',
    measures: '通知下游停止销售，已售出的张贴召回公告，退回的产品销毁并留存记录',
    subject: story.ids.noodle,
  })
  const told = new Recall(story, at)
  const cases = Array.from({ length: chain.cases }, (_, n) => unitId(sscc(firstUnit + 1 + n)))
  const bags = serials.slice(0, bagsPerCase).map((serial) => serialId(luosifen.gtin, chain.lot, serial))
  const [sold, destroyed, loose] = [bags.slice(0, 2), bags.slice(2, 4), bags.slice(4)]
  const half = Math.ceil(chain.cases / 2)
  const returned: Things = { epcs: [...cases.slice(1, half), ...loose] }
  const gln = (by: string) => story.glns[by] ?? ''

  const market = await told.acknowledge('market', 2, '示例店长', '全部下架，封存在后仓')
  await told.record('market', 3, seen(told.scene('market', -20, 'retail_selling', 'retail_sold'), { epcs: sold }))
  await told.record(
    'market',
    6,
    { ...seen(told.scene('market', 5, 'destroying', 'destroyed'), { epcs: destroyed }), action: 'DELETE' },
    { ...shipped(told.scene('market', 6, 'shipping'), returned, gln('noodle')), disposition: 'returned' },
  )
  await told.record('noodle', 22, {
    ...received(told.scene('noodle', 22, 'receiving'), returned, gln('market')),
    disposition: 'returned',
  })
  await told.record('noodle', 30, {
    ...seen(told.scene('noodle', 30, 'destroying', 'destroyed'), { epcs: loose }),
    action: 'DELETE',
  })
  const counted = { returned: pieces(68), destroyed: pieces(22), lost: pieces(2) }
  const reported = await told.report(
    'market',
    31,
    market,
    counted,
    '退回 68 袋，就地销毁 2 袋，2 袋在封存前已售出（示例）',
  )
  await told.verify(34, reported)

  const corner = await told.acknowledge('corner', 4, '示例店主', '已下架，等待处理')
  const one: Things = { amounts: [{ epcClass: lotId(luosifen.gtin, chain.lot), quantity: 1 }] }
  const rest: Things = { epcs: cases.slice(half, -1) }
  await told.record('corner', 7, seen(told.scene('corner', 7, 'retail_selling', 'retail_sold'), one))
  await told.record('corner', 26, {
    ...seen(told.scene('corner', 26, 'destroying', 'destroyed'), rest),
    action: 'DELETE',
  })
  await told.report('corner', 27, corner, { destroyed: pieces(48) }, '48 袋就地销毁，有录像（示例）')

  const last: Things = { epcs: cases.slice(-1) }
  await told.record('store', 9, seen(told.scene('store', 9, 'transporting', 'in_transit'), last))
}
