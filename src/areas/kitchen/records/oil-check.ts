import { deviceFilled, instant, kind, photo, quantity, text } from '../../../language/index.ts'

/** 食用油品质: polar compounds of frying oil, which decide when it is thrown away (GB 2716). */
export const oilCheck = kind({
  name: 'oil-check',
  title: '食用油品质',
  help: '每口炸锅每天测一次极性组分；超过限值就换油。',
  clauses: ['D4.3.10'],
  schemaVersion: 1,
  fields: {
    pan: text({ title: '锅号', required: true, max: 30 }),
    polar: quantity({ title: '极性组分', required: true, units: ['P1'], min: '0', max: '40' }),
    measuredAt: instant({ title: '检测时间', required: true }),
    temperature: quantity({ title: '油温', units: ['CEL'], min: '0', max: '300' }),
    ...deviceFilled('field-device', '检测人', '超过限值时写明：已换油'),
    photo: photo({ title: '照片', max: 3 }),
  },
  titleFields: ['pan', 'measuredAt'],
  list: {
    columns: ['measuredAt', 'pan', 'polar', 'temperature', 'source', 'measure'],
    sort: '-measuredAt',
    filters: ['measuredAt', 'source'],
    search: ['pan', 'person'],
  },
  timing: {
    occurred: 'measuredAt',
    lateAfterHours: 24,
    due: { by: '15:00', days: 'weekdays', owners: { kind: 'subject', field: 'activity', is: 'catering' } },
  },
  checks: [
    {
      name: 'oil_fit',
      sql: "source = 'device' or polar <= rule('oil.polar-max') or measure is not null",
      text: '极性组分超过限值，请写明处置',
      at: 'measure',
    },
  ],
  grants: { city: ['read'], county: ['read'], enterprise: ['read', 'create', 'change', 'void'] },
})
