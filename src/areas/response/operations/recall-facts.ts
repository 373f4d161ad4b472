import { regionName } from '../../../standards/china/index.ts'
import type { Flow, Lineage, Making, Part } from '../../../trace/index.ts'
import type { Effect, RecallProgress } from './recall-progress.ts'
import { sum } from './recall-scope.ts'
import { amount, levels, taskStates, time, unitTitle } from './recall-words.ts'

/** `figures`: the heads under which amounts stand. */
export type Table = { title: string; heads: readonly string[]; figures?: readonly string[]; rows: string[][] }

/** Event numbers are long, and whoever prints has the Excel file for them. */
export function withoutEvents({ title, heads, rows }: Table): Table {
  const kept = heads.flatMap((head, at) => (head === '事件编号' ? [] : [at]))
  const only = (cells: readonly string[]) => kept.map((at) => cells[at] ?? '')
  return { title, heads: only(heads), rows: rows.map(only) }
}

/** What a report says, whatever it is printed or saved as. */
export type RecallFacts = {
  title: string
  number: string
  isDrill: boolean
  facts: readonly (readonly [string, string])[]
  tables: readonly Table[]
  foot: readonly string[]
}

/** 召回报告 as facts and tables: the printed page, the Word file and the Excel file are all written from these. */
export function recallFacts(progress: RecallProgress, { flows, makings, truncated, hidden }: Lineage): RecallFacts {
  const cut = truncated || progress.scope.truncated
  return {
    title: '食品召回报告',
    number: progress.number,
    isDrill: progress.mode === 'drill',
    facts: factsOf(progress),
    tables: [
      lotTable(progress),
      holderTable(progress),
      flowTable(flows),
      makingTable(makings),
      breachTable(progress),
      attemptTable(progress),
    ],
    foot: [
      `截至 ${time(progress.asOf)}，数量由持有单位报告，流向由追溯事件算出。`,
      ...(cut ? ['范围太大，本报告只列出一部分，数量不全，请缩小起点分次召回。'] : []),
      ...(hidden > 0 ? [`另有 ${hidden} 处去向在本单位的查看范围之外。`] : []),
    ],
  }
}

function factsOf(progress: RecallProgress): [string, string][] {
  const { holders, acknowledged, late, unreached } = progress
  return [
    ['文书编号', progress.number],
    ['性质', progress.mode === 'drill' ? '演练' : '实战'],
    ['召回责任单位', progress.subject],
    ['登记部门', progress.ownerTitle],
    ['召回等级', levels[progress.level] ?? ''],
    ['决定时间', time(progress.decidedAt)],
    ['召回原因', progress.reason],
    ['处理措施', progress.measures],
    [
      '通知单位',
      holders.length === 0
        ? '没有通知任何单位：涉事货物已经没有登记在册的持有单位'
        : `${holders.length} 家，已确认 ${acknowledged} 家，超时 ${late} 家`,
    ],
    ['召回效果', effectText(progress.effect)],
    ['报告数量多于涉及数量', excessText(holders)],
    ['封存后移动', breachText(progress)],
    ['未能通知', unreached.map(({ title, id }) => title ?? id).join('、') || '没有'],
  ]
}

function excessText(holders: RecallProgress['holders']): string {
  const over = holders.filter(({ excess }) => excess.length > 0)
  return over.map(({ title, excess }) => `${title}（${excess.join('、')}）`).join('；') || '没有'
}

function breachText({ mode, breaches, attempts }: RecallProgress): string {
  if (mode === 'drill') return '演练不封存货物'
  const late = breaches.filter(({ isBackdated }) => isBackdated).length
  const moved = breaches.length - late
  const told = late > 0 ? `，补报 ${late} 起待核对` : ''
  const stopped = attempts.length > 0 ? `，拦下 ${attempts.length} 起` : ''
  return `${moved === 0 ? '没有发现' : `${moved} 起`}${told}${stopped}`
}

function effectText(effect: readonly Effect[]): string {
  if (effect.length === 0) return '还没有报告数量'
  return effect
    .map(({ unit, involved, returned, destroyed, lost, rate }) => {
      const title = unitTitle(unit)
      return `涉及 ${involved} ${title}，追回 ${returned}，销毁 ${destroyed}，无法追回 ${lost}，召回率 ${rate}%`
    })
    .join('；')
}

function lotTable({ scope }: RecallProgress): Table {
  return {
    title: '涉及批次',
    heads: ['产品', '条码', '批号', '生产数量', '流通数量', '单位'],
    figures: ['生产数量', '流通数量'],
    rows: scope.lots.map((lot) => [
      lot.name ?? '',
      lot.gtin ?? '',
      lot.lot ?? lot.key,
      lot.made,
      lot.quantity,
      unitTitle(lot.uom),
    ]),
  }
}

/** 持有单位表: a row a holder and product. */
export function holderTable(progress: RecallProgress): Table {
  const heads = ['持有单位', '县区', '状态', '通知时间', '最迟确认', '确认时间', '产品', '条码', '批号', '涉及', '追回']
  const rows = progress.holders.flatMap((holder) => {
    const own = [
      holder.title,
      regionName(holder.region) ?? holder.region,
      `${taskStates[holder.state] ?? holder.state}${holder.isLate ? '（超时）' : ''}`,
      time(holder.sentAt),
      time(holder.dueAt),
      time(holder.acknowledgedAt),
    ]
    return holder.lines.map((line) => [
      ...own,
      line.name,
      line.gtin ?? '',
      line.lot ?? '',
      ...[line.involved, line.returned, line.destroyed, line.lost].map(amount),
    ])
  })
  return { title: '持有单位', heads: [...heads, '销毁', '无法追回'], rows }
}

const flowStates = { received: '已收货', 'on-the-way': '在途', 'receipt-only': '只有收货记录' }

/** 流向表: from whom to whom, what, how much, when, by which events. */
export function flowTable(flows: readonly Flow[]): Table {
  return {
    title: '流向',
    heads: [
      '发货单位',
      '收货单位',
      '产品',
      '条码',
      '批号或标识',
      '数量',
      '单位',
      '发货时间',
      '收货时间',
      '状态',
      '事件编号',
    ],
    figures: ['数量'],
    rows: together(flows).map(({ from, to, sentAt, receivedAt, state, events, good }) => {
      const { key, name, gtin, lot, quantity, uom } = good
      return [
        from?.title ?? from?.id ?? '',
        to?.title ?? to?.id ?? '',
        name ?? '',
        gtin ?? '',
        lot ?? key,
        quantity,
        unitTitle(uom),
        time(sentAt),
        time(receivedAt),
        flowStates[state],
        [...new Set(events)].join(' '),
      ]
    }),
  }
}

type OneFlow = Omit<Flow, 'key' | 'goods'> & { good: Part }

/** Cases of one lot that went the same way at the same time, as one row. */
function together(flows: readonly Flow[]): OneFlow[] {
  const rows = new Map<string, OneFlow>()
  for (const { key: _, goods, ...way } of flows) {
    for (const good of goods) {
      const { from, to, sentAt, receivedAt, state } = way
      const name = [from?.id, to?.id, sentAt, receivedAt, state, good.key, good.uom].join('\n')
      const known = rows.get(name)
      if (!known) rows.set(name, { ...way, good })
      else {
        known.good = { ...known.good, quantity: sum(known.good.quantity, good.quantity) }
        known.events = [...known.events, ...way.events]
      }
    }
  }
  return [...rows.values()]
}

/** 加工去向: what was used for what, a row a pair. */
function makingTable(makings: readonly Making[]): Table {
  const of = ({ name, gtin, lot, key, quantity, uom }: Part) => [
    name ?? '',
    gtin ?? '',
    lot ?? key,
    quantity,
    quantity && unitTitle(uom),
  ]
  const part = ['产品', '条码', '批号', '数量', '单位']
  return {
    title: '加工',
    heads: ['时间', '加工单位', ...part.map((word) => `投入${word}`), ...part.map((word) => `产出${word}`), '事件编号'],
    figures: ['投入数量', '产出数量'],
    rows: makings.flatMap(({ at, place, used, made, events }) =>
      used.flatMap((input) =>
        made.map((output) => [
          time(at),
          place?.title ?? place?.id ?? '',
          ...of(input),
          ...of(output),
          events.join(' '),
        ]),
      ),
    ),
  }
}

/** 拦下的发货: who wanted to hand held goods on, and was refused. */
function attemptTable({ attempts }: RecallProgress): Table {
  return {
    title: '拦下的发货和销售',
    heads: ['单位', '批号或标识', '次数', '最近一次'],
    figures: ['次数'],
    rows: attempts.map(({ who, key, times, lastAt }) => [who, markOf(key), String(times), time(lastAt)]),
  }
}

const markOf = (key: string) => decodeURIComponent(/\/10\/([^/]+)$/.exec(key)?.[1] ?? key)

function breachTable({ breaches }: RecallProgress): Table {
  return {
    title: '封存后移动',
    heads: ['时间', '上报时间', '单位', '批号或标识', '说明', '事件编号'],
    rows: breaches.map(({ key, eventId, eventTime, recordTime, who, isBackdated }) => [
      time(eventTime),
      time(recordTime),
      who,
      markOf(key),
      isBackdated ? '封存后补报，称封存前发生，待核对' : '封存后发生',
      eventId,
    ]),
  }
}
