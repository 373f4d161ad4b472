import { choice, deviceFilled, instant, kind, photo, text } from '../../../language/index.ts'

/** 挡鼠板管理: that the board stands in its place when the store is shut. */
export const ratBoardCheck = kind({
  name: 'rat-board-check',
  title: '挡鼠板检查',
  help: '每天收工后看一次；由挡鼠板自动登记。',
  clauses: ['D5.6.1', 'D6.2.3.9'],
  schemaVersion: 1,
  fields: {
    place: text({ title: '位置', required: true, max: 40 }),
    inPlace: choice({
      title: '挡鼠板',
      required: true,
      options: { yes: '在位', no: '离位' },
      tones: { yes: 'good', no: 'bad' },
    }),
    checkedAt: instant({ title: '检查时间', required: true }),
    ...deviceFilled('field-device', '检查人'),
    photo: photo({ title: '照片', max: 3 }),
  },
  titleFields: ['place', 'checkedAt'],
  list: {
    columns: ['checkedAt', 'place', 'inPlace', 'source', 'measure'],
    sort: '-checkedAt',
    filters: ['checkedAt', 'source', 'inPlace'],
    search: ['place', 'person'],
  },
  timing: {
    occurred: 'checkedAt',
    lateAfterHours: 24,
    due: { by: '21:00', days: 'weekdays', owners: { kind: 'subject', field: 'activity', is: 'catering' } },
  },
  checks: [
    {
      name: 'away_explained',
      sql: "source = 'device' or in_place = 'yes' or measure is not null",
      text: '挡鼠板离位，请放回并写明处置',
      at: 'measure',
    },
  ],
  grants: { city: ['read'], county: ['read'], enterprise: ['read', 'create', 'change', 'void'] },
})
