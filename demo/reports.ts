import { type Story, soonAfter } from './story.ts'

const day = 86_400_000
const field = (name: string) => ({ op: 'field', name })
const is = (name: string, value: string) => ({ op: 'eq', left: field(name), right: { op: 'value', value } })

const common = { owner: '示例食品安全协调科', minimum: 30 }

/** Figures that a market supervision bureau reports besides those of the other desks. */
const indicators = [
  {
    title: '示例：抽检合格率',
    body: {
      ...common,
      source: 'sampling-test',
      basis: 'takenAt',
      counts: 'share',
      where: is('result', 'passed'),
      whole: { op: 'filled', field: 'result' },
      unit: '%',
      better: 'up',
    },
  },
  {
    title: '示例：监督检查次数',
    body: { ...common, source: 'inspection', basis: 'startedAt', counts: 'count', unit: '次', category: 'result' },
  },
  {
    title: '示例：投诉举报件数',
    body: { ...common, source: 'complaint', basis: 'receivedAt', counts: 'count', unit: '件', category: 'channel' },
  },
]

const complaints = {
  is: 'list',
  source: 'complaint',
  basis: 'receivedAt',
  columns: ['receivedAt', 'channel', 'subject', 'food', 'state'],
  most: 20,
}

/** 日报, 月报 and 季报 in the manner of a market supervision bureau. */
function templatesOf(ids: Readonly<Record<string, string>>) {
  const id = (title: string) => ids[`示例：${title}`] ?? ''
  const failed = {
    is: 'list',
    source: 'sampling-test',
    basis: 'takenAt',
    columns: ['number', 'takenAt', 'food', 'lot', 'subject', 'result'],
    where: is('result', 'failed'),
    most: 20,
  }
  const figures = {
    is: 'figures',
    indicators: ['抽检合格率', '监督检查次数', '投诉举报件数', '晨检上岗合格率'].map(id),
  }
  return [
    {
      title: '示例：食品安全监管日报',
      body: {
        cadence: 'day',
        auto: false,
        counties: false,
        blocks: [
          {
            is: 'text',
            text: '{期间}，{区域}晨检 {示例：晨检人次}，上岗合格率 {示例：晨检上岗合格率}；接到投诉举报 {示例：投诉举报件数}。',
          },
          { is: 'heading', text: '一、投诉举报' },
          complaints,
          { is: 'heading', text: '二、晨检' },
          { is: 'chart', indicator: id('晨检人次'), along: 'trend' },
        ],
      },
    },
    {
      title: '示例：食品安全监管月报',
      body: {
        cadence: 'month',
        auto: true,
        counties: true,
        note: '每月 1 日生成上月的，市级和各县区各一份',
        blocks: [
          {
            is: 'text',
            text: '现将{期间}{区域}食品安全监管情况报告如下。本月开展监督检查 {示例：监督检查次数}，抽检合格率 {示例：抽检合格率}，受理投诉举报 {示例：投诉举报件数}。',
          },
          { is: 'heading', text: '一、主要指标' },
          figures,
          { is: 'heading', text: '二、学校食堂晨检' },
          { is: 'chart', indicator: id('晨检人次'), along: 'trend' },
          { is: 'ranking', indicator: id('晨检上岗合格率'), along: 'owner', top: 10 },
          { is: 'heading', text: '三、不合格样品' },
          failed,
          { is: 'heading', text: '四、投诉举报' },
          complaints,
        ],
      },
    },
    {
      title: '示例：追溯运行季报',
      body: {
        cadence: 'quarter',
        auto: false,
        counties: false,
        blocks: [
          {
            is: 'text',
            text: '{期间}，{区域}收到追溯事件 {示例：追溯事件数}，企业登记原料进货 {示例：原料进货重量}。',
          },
          { is: 'heading', text: '一、追溯事件' },
          { is: 'chart', indicator: id('追溯事件数'), along: 'category' },
          { is: 'heading', text: '二、原料进货' },
          { is: 'table', indicator: id('原料进货重量'), along: 'category' },
          { is: 'ranking', indicator: id('原料进货重量'), along: 'owner', top: 10 },
        ],
      },
    },
  ]
}

/** 示例: report templates, and a report of each. */
export async function reports(story: Story): Promise<void> {
  const city = story.apis.city
  soonAfter(story, story.now - day / 2)
  for (const indicator of indicators) await city?.send('POST', '/api/v1/indicators', indicator)
  const known = await city?.send<{ items: { id: string; title: string }[] }>('GET', '/api/v1/indicators')
  const ids = Object.fromEntries((known?.items ?? []).map(({ id, title }) => [title, id]))
  for (const template of templatesOf(ids)) {
    const made = await city?.send<{ id: string }>('POST', '/api/v1/report-templates', { ...template, state: 'on' })
    await city?.send('POST', `/api/v1/report-templates/${made?.id}/reports`, {})
  }
}
