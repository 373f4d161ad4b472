import { choice, instant, kind, photo, quantity, text, writtenSince } from '../../../language/index.ts'

/** 留样 (GB 31654; D5.12.7, D6.2.3.11): a portion of each dish of each meal, kept cold in case somebody falls ill. */
export const retainedSample = kind({
  name: 'retained-sample',
  title: '食品留样',
  help: '每餐每个品种留一份，到时间后再销样。',
  clauses: ['D5.12.7', 'D6.2.3.11'],
  schemaVersion: 2,
  fields: {
    dish: text({ title: '菜品', required: true, max: 60 }),
    meal: choice({
      title: '餐次',
      required: true,
      dictionary: 'meal',
      options: { breakfast: '早餐', lunch: '午餐', dinner: '晚餐', snack: '加餐' },
    }),
    takenAt: instant({ title: '留样时间', required: true }),
    amount: quantity({ title: '留样量', required: true, units: ['GRM'] }),
    box: text({ title: '留样盒编号', max: 30 }),
    cabinet: text({ title: '留样柜', required: true, max: 40 }),
    temperature: quantity({ title: '柜内温度', units: ['CEL'], min: '-30', max: '30' }),
    taker: text({ title: '留样人', required: true, max: 40 }),
    photo: photo({ title: '照片', max: 3, scene: true }),
    disposedAt: instant({ title: '销样时间' }),
    disposer: text({ title: '销样人', max: 40 }),
    ...writtenSince('field-device', 2),
  },
  titleFields: ['dish', 'takenAt'],
  sections: [
    { title: '留了什么', fields: ['dish', 'meal', 'amount', 'photo'] },
    { title: '放在哪里', fields: ['takenAt', 'cabinet', 'box', 'temperature', 'taker', 'source', 'device'] },
    { title: '销样', fields: ['disposedAt', 'disposer'] },
  ],
  list: {
    columns: ['takenAt', 'meal', 'dish', 'amount', 'cabinet', 'taker', 'disposedAt'],
    sort: '-takenAt',
    filters: ['takenAt', 'meal'],
    search: ['dish', 'taker', 'box'],
  },
  timing: { occurred: 'takenAt', lateAfterHours: 24 },
  checks: [
    {
      name: 'enough',
      sql: "amount >= rule('retained-sample.amount-gram')",
      text: '留样量少于规定（GB 31654），请补足后再登记',
      at: 'amount',
    },
    {
      name: 'kept_long_enough',
      sql: "disposed_at is null or disposed_at >= taken_at + rule('retained-sample.keep-hours') * interval '1 hour'",
      text: '还没有到可以销样的时间（GB 31654）',
      at: 'disposedAt',
    },
    {
      name: 'disposer_named',
      sql: '(disposed_at is null) = (disposer is null)',
      text: '销样请同时写明时间和销样人',
      at: 'disposer',
    },
  ],
  states: {
    names: { kept: '留样中', disposed: '已销样' },
    tones: { kept: 'info', disposed: 'unknown' },
    transitions: [
      {
        name: 'dispose',
        title: '销样',
        from: ['kept'],
        to: 'disposed',
        by: ['enterprise'],
        asks: ['disposedAt', 'disposer'],
        needs: ['disposedAt', 'disposer'],
      },
    ],
  },
  grants: {
    city: ['read'],
    county: ['read'],
    enterprise: ['read', 'create', 'change', 'void'],
  },
})
