import { dayText } from './chain.ts'
import { type Story, soonAfter } from './story.ts'

const day = 86_400_000

const field = (name: string) => ({ op: 'field', name })
const value = (of: string | number, unit?: string) => ({ op: 'value', value: of, ...(unit ? { unit } : {}) })

const rules = [
  {
    title: '示例：晨检当天登记',
    body: {
      source: 'morning-check',
      dimension: 'timeliness',
      level: 'warn',
      must: { op: 'le', left: { op: 'hours', from: field('checkedAt'), to: field('createdAt') }, right: value(24) },
      advice: '请在上岗当天登记晨检',
    },
  },
  {
    title: '示例：手部不合格的不上岗',
    body: {
      source: 'morning-check',
      dimension: 'correctness',
      level: 'bad',
      when: { op: 'eq', left: field('hands'), right: value('not-clean') },
      must: { op: 'eq', left: field('result'), right: value('unfit') },
    },
  },
  {
    title: '示例：到货批次有产地、有合格证明',
    body: {
      source: 'material-receipt',
      dimension: 'completeness',
      level: 'bad',
      must: {
        op: 'all',
        of: [
          { op: 'each', lines: 'lots', of: { op: 'filled', field: 'origin' } },
          { op: 'each', lines: 'lots', of: { op: 'eq', left: field('conformity'), right: value('passed') } },
        ],
      },
      advice: '请补齐合格证明，不合格的按规定处理',
    },
  },
  {
    title: '示例：送货单号不重复',
    body: {
      source: 'material-receipt',
      dimension: 'duplicates',
      level: 'info',
      must: { op: 'unique', fields: ['supplier', 'deliveryNote'] },
    },
  },
]

const common = { owner: '示例食品安全协调科', minimum: 30 }
const indicators = [
  {
    title: '示例：晨检上岗合格率',
    body: {
      ...common,
      source: 'morning-check',
      basis: 'day',
      counts: 'share',
      where: { op: 'eq', left: field('result'), right: value('fit') },
      unit: '%',
      category: 'hands',
      better: 'up',
    },
  },
  {
    title: '示例：晨检人次',
    body: { ...common, source: 'morning-check', basis: 'day', counts: 'count', unit: '人次', category: 'result' },
  },
  {
    title: '示例：原料进货重量',
    body: {
      ...common,
      source: 'material-receipt',
      basis: 'receivedAt',
      counts: 'sum',
      of: { op: 'sum', lines: 'lots', field: 'quantity' },
      unit: '千克',
      category: 'supplier',
      note: '只合计能换算成千克的数量，按袋、按箱的不算',
    },
  },
  {
    title: '示例：追溯事件数',
    body: { ...common, source: 'epcis-event', basis: 'eventTime', counts: 'count', unit: '个', category: 'bizStep' },
  },
]

/** Three checks as another system sent them, each wrong in the same way: they wait in quarantine. */
const wrongChecks = (now: number) =>
  ['示例韦师傅', '示例覃阿姨', '示例莫师傅'].map((person, index) => ({
    day: dayText(now - (index + 1) * day),
    person,
    checkedAt: new Date(now - (index + 1) * day).toISOString(),
    temperature: { value: '36.4', unit: 'CEL' },
    symptom: 'none',
    hands: '合格',
    result: 'fit',
    checker: '示例食品安全员',
  }))

/** Rules, indicators and refused data, so that these desks show themselves at work. */
export async function dataDesks(story: Story): Promise<void> {
  soonAfter(story, story.now - day)
  for (const rule of rules) {
    const made = await story.apis.city?.send<{ id: string; version: number }>('POST', '/api/v1/review-rules', rule)
    await story.apis.city?.send('POST', `/api/v1/review-rules/${made?.id}/state`, {
      state: 'on',
      version: made?.version,
      confirm: true,
    })
  }
  for (const indicator of indicators) await story.apis.city?.send('POST', '/api/v1/indicators', indicator)
  await story.apis.canteen?.send('POST', '/api/v1/records/morning-check/batch', { items: wrongChecks(story.now) })
}
