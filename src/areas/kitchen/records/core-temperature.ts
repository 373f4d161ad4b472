import { deviceFilled, instant, kind, photo, quantity, text } from '../../../language/index.ts'

/** 中心温度: that food was cooked through, measured in its middle (GB 31654). Three taps where the probe has failed. */
export const coreTemperature = kind({
  name: 'core-temperature',
  title: '中心温度',
  help: '每锅出锅前测一次；探头测得的自动登记，探头坏了就手填。',
  clauses: ['D5.10.8'],
  schemaVersion: 1,
  fields: {
    dish: text({ title: '菜品', required: true, max: 60 }),
    temperature: quantity({ title: '中心温度', required: true, units: ['CEL'], min: '-20', max: '150' }),
    measuredAt: instant({ title: '测温时间', required: true }),
    batch: text({ title: '锅次', max: 30 }),
    ...deviceFilled('field-device', '测温人', '不够温度时写明：继续加热到多少度'),
    photo: photo({ title: '照片', max: 3 }),
  },
  titleFields: ['dish', 'measuredAt'],
  list: {
    columns: ['measuredAt', 'dish', 'temperature', 'source', 'person', 'measure'],
    sort: '-measuredAt',
    filters: ['measuredAt', 'source'],
    search: ['dish', 'batch'],
  },
  timing: {
    occurred: 'measuredAt',
    lateAfterHours: 24,
    due: { by: '13:00', days: 'weekdays', owners: { kind: 'subject', field: 'activity', is: 'catering' } },
  },
  checks: [
    {
      name: 'cooked_through',
      // A device says what it measured; what was done about it is asked of a person by the alarm.
      sql: "source = 'device' or temperature >= rule('core-temperature.min') or measure is not null",
      text: '没有达到烧熟煮透的中心温度（GB 31654），请继续加热并写明处置',
      at: 'measure',
    },
  ],
  grants: { city: ['read'], county: ['read'], enterprise: ['read', 'create', 'change', 'void'] },
})
