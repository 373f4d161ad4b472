import { choice, deviceFilled, instant, kind, number, text } from '../../../language/index.ts'

/** 紫外线消毒: long enough, and nobody in the room (GB 31654). */
export const uvDisinfection = kind({
  name: 'uv-disinfection',
  title: '紫外线消毒',
  help: '专间每次使用前开灯消毒，须无人；由紫外灯自动登记。',
  clauses: ['D4.3.10'],
  schemaVersion: 1,
  fields: {
    room: text({ title: '房间', required: true, max: 40 }),
    minutes: number({ title: '时长（分钟）', required: true, max: 600 }),
    endedAt: instant({ title: '结束时间', required: true }),
    occupied: choice({
      title: '期间有人',
      options: { no: '无', yes: '有' },
      tones: { no: 'good', yes: 'bad' },
    }),
    ...deviceFilled('field-device', '操作人', '时间不够时写明：已补足'),
  },
  titleFields: ['room', 'endedAt'],
  list: {
    columns: ['endedAt', 'room', 'minutes', 'occupied', 'source', 'measure'],
    sort: '-endedAt',
    filters: ['endedAt', 'source', 'occupied'],
    search: ['room', 'person'],
  },
  timing: {
    occurred: 'endedAt',
    lateAfterHours: 24,
    due: { by: '10:30', days: 'weekdays', owners: { kind: 'subject', field: 'activity', is: 'catering' } },
  },
  checks: [
    {
      name: 'long_enough',
      sql: "source = 'device' or minutes >= rule('uv.minutes-min') or measure is not null",
      text: '消毒时间不够（GB 31654），请补足并写明处置',
      at: 'measure',
    },
  ],
  grants: { city: ['read'], county: ['read'], enterprise: ['read', 'create', 'change', 'void'] },
})
