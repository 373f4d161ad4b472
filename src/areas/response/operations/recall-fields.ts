import { choice, code, instant, reference, text } from '../../../language/index.ts'

/** What a recall starts from, and why; the same for a preview and for the start itself. */
export const recallFields = {
  from: choice({
    title: '从哪里查起',
    required: true,
    options: {
      lot: '批次或追溯码',
      supplier: '供应商',
      material: '原料或产品',
      site: '地点',
      window: '时间段',
      test: '不合格检验',
    },
  }),
  id: text({ title: '批次或追溯码', help: '扫码，或输入条码加批号、网址、EPC', scanned: true, max: 500 }),
  supplier: reference({ title: '供应商', to: 'subject' }),
  material: code({ title: '原料或产品条码', help: '只查这一种', table: 'gtin' }),
  site: reference({ title: '地点所属单位', help: '在那里经手过、存放过的都算', to: 'subject' }),
  since: instant({ title: '时间从' }),
  until: instant({ title: '时间到' }),
  test: reference({ title: '检验记录', help: '结论为不合格的一份', to: 'sampling-test' }),
  level: choice({
    title: '召回等级',
    required: true,
    options: { first: '一级', second: '二级', third: '三级' },
    tones: { first: 'bad', second: 'warn', third: 'info' },
  }),
  mode: choice({
    title: '性质',
    help: '演练不封存货物，不上公众页面',
    required: true,
    options: { real: '实战', drill: '演练' },
    tones: { real: 'bad', drill: 'info' },
  }),
} as const

/** Marks everything that a drill writes, so that nobody takes it for real. */
export const drillMark = '【演练】'
