import { type Source, sourceOf } from '../../language/expression/index.ts'
import { choice, instant, type Kind, text } from '../../language/index.ts'
import { bizSteps } from '../../standards/epcis/vocabulary.ts'

/** A source with what the database needs to judge and count its rows `t`. */
export type Ground = {
  source: Source
  /** Missing for events. */
  kind?: Kind
  from: string
  id: string
  owner: string
  about: string
  county: string
  /** Rows that count at all: neither void records nor events declared wrong. */
  alive: string
}

export const stepTitles: Readonly<Record<string, string>> = {
  commissioning: '赋码',
  shipping: '发货',
  receiving: '收货',
  storing: '入库',
  packing: '装箱',
  unpacking: '拆箱',
  inspecting: '检验',
  retail_selling: '零售',
  destroying: '销毁',
  holding: '封存',
  transporting: '运输',
  arriving: '到达',
  departing: '出发',
  picking: '拣货',
  loading: '装车',
  accepting: '接收',
}

/** EPCIS events, counted for whoever captured them. */
export const eventSource: Source = {
  name: 'epcis-event',
  title: '追溯事件',
  table: 'event',
  isEvents: true,
  fields: {
    eventTime: instant({ title: '发生时间' }),
    recordTime: instant({ title: '收到时间' }),
    type: choice({
      title: '事件类型',
      options: {
        ObjectEvent: '对象事件',
        AggregationEvent: '聚合事件',
        TransactionEvent: '交易事件',
        TransformationEvent: '转换事件',
        AssociationEvent: '关联事件',
      },
    }),
    action: choice({ title: '动作', options: { ADD: '新增', OBSERVE: '观察', DELETE: '解除' } }),
    bizStep: choice({
      title: '业务步骤',
      options: Object.fromEntries([...bizSteps.words].map((word) => [word, stepTitles[word] ?? word])),
    }),
    disposition: text({ title: '处置状态' }),
    readPoint: text({ title: '读取点' }),
    bizLocation: text({ title: '所在地点' }),
  },
}

const grounds = new WeakMap<Kind, Ground>()

/** The ground of a kind. */
export function groundOf(kind: Kind): Ground {
  const known = grounds.get(kind)
  if (known) return known
  const source = sourceOf(kind)
  const made: Ground = {
    source,
    kind,
    from: `${source.table} t`,
    id: 't.id',
    owner: 't.owner_id',
    about: kind.about ? 'coalesce(t.about_id, t.owner_id)' : 't.owner_id',
    county: 't.county',
    alive: "t.state <> 'void'",
  }
  grounds.set(kind, made)
  return made
}

export const eventGround: Ground = {
  source: eventSource,
  from: 'event t join owner o on o.id = t.owner_id',
  id: 't.content_digest',
  owner: 't.owner_id',
  about: 't.owner_id',
  county: 'o.region',
  alive: 'not exists (select from event_voided v where v.event = t.id)',
}

/** The ground that a name stands for. */
export function groundNamed(kinds: ReadonlyMap<string, Kind>, name: unknown): Ground | undefined {
  if (name === eventSource.name) return eventGround
  const kind = typeof name === 'string' ? kinds.get(name) : undefined
  return kind && groundOf(kind)
}
