import { choice, deviceFilled, instant, kind, quantity, text } from '../../../language/index.ts'

/** 燃气检查: no leak, and the valve shut when nobody cooks. */
export const gasCheck = kind({
  name: 'gas-check',
  title: '燃气检查',
  help: '每天收工后检查一次；由可燃气体探测器自动登记。',
  clauses: ['D4.3.10'],
  schemaVersion: 1,
  fields: {
    place: text({ title: '位置', required: true, max: 40 }),
    valve: choice({ title: '切断阀', required: true, options: { closed: '已关', open: '未关' } }),
    checkedAt: instant({ title: '检查时间', required: true }),
    concentration: quantity({ title: '可燃气体（%LEL）', units: ['P1'], min: '0', max: '100' }),
    ...deviceFilled('field-device', '检查人'),
  },
  titleFields: ['place', 'checkedAt'],
  list: {
    columns: ['checkedAt', 'place', 'valve', 'concentration', 'source', 'measure'],
    sort: '-checkedAt',
    filters: ['checkedAt', 'source', 'valve'],
    search: ['place', 'person'],
  },
  timing: {
    occurred: 'checkedAt',
    lateAfterHours: 24,
    due: { by: '21:00', days: 'weekdays', owners: { kind: 'subject', field: 'activity', is: 'catering' } },
  },
  checks: [
    {
      name: 'left_open_explained',
      sql: "source = 'device' or valve = 'closed' or measure is not null",
      text: '切断阀没有关，请写明原因或处置',
      at: 'measure',
    },
  ],
  grants: { city: ['read'], county: ['read'], enterprise: ['read', 'create', 'change', 'void'] },
})
