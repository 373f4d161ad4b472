import { choice, day, instant, kind, photo, quantity, text, writtenSince } from '../../../language/index.ts'

/** 晨检: each food handler's health before work. */
export const morningCheck = kind({
  name: 'morning-check',
  title: '晨检',
  help: '从业人员上岗前的健康检查，每人每天一次。',
  clauses: ['D5.4.2', 'D5.4.4'],
  schemaVersion: 2,
  fields: {
    day: day({ title: '日期', required: true }),
    person: text({ title: '姓名', required: true, class: 'personal', max: 40 }),
    checkedAt: instant({ title: '晨检时间', required: true }),
    temperature: quantity({
      title: '体温',
      required: true,
      class: 'personal',
      identifying: false,
      units: ['CEL'],
      min: '34',
      max: '43',
    }),
    symptom: choice({
      title: '症状',
      required: true,
      class: 'personal',
      identifying: false,
      options: {
        none: '无',
        fever: '发热',
        diarrhoea: '腹泻',
        wound: '手部伤口或化脓',
        cough: '咳嗽咽痛',
        jaundice: '皮肤黄染',
        other: '其他',
      },
      tones: { fever: 'bad', diarrhoea: 'bad', wound: 'bad', jaundice: 'bad', cough: 'warn', other: 'warn' },
    }),
    hands: choice({
      title: '手部卫生',
      required: true,
      options: { clean: '合格', 'not-clean': '不合格' },
      tones: { clean: 'good', 'not-clean': 'bad' },
    }),
    result: choice({
      title: '结论',
      required: true,
      options: { fit: '可以上岗', unfit: '暂停上岗' },
      tones: { fit: 'good', unfit: 'bad' },
    }),
    measure: text({ title: '处置', help: '暂停上岗时写明怎样处置', multiline: true, max: 300 }),
    checker: text({ title: '检查人', required: true, max: 40 }),
    photo: photo({ title: '照片', class: 'personal', max: 3 }),
    ...writtenSince('field-device', 2),
  },
  titleFields: ['person', 'day'],
  sections: [
    { title: '谁、什么时候', fields: ['person', 'day', 'checkedAt'] },
    { title: '身体状况', fields: ['temperature', 'symptom', 'hands', 'photo'] },
    { title: '结论', fields: ['result', 'measure', 'checker', 'source', 'device'] },
  ],
  list: {
    columns: ['day', 'person', 'temperature', 'symptom', 'hands', 'result', 'checker'],
    sort: '-day',
    filters: ['day', 'result', 'symptom'],
    search: ['person', 'checker'],
  },
  timing: {
    occurred: 'day',
    lateAfterHours: 24,
    due: { by: '09:00', days: 'weekdays', owners: { kind: 'subject', field: 'activity', is: 'catering' } },
  },
  checks: [
    {
      name: 'symptom_unfit',
      sql: "symptom = 'none' or result = 'unfit'",
      text: '有症状的人员应暂停上岗',
      at: 'result',
    },
    {
      name: 'unfit_measure',
      sql: "result = 'fit' or measure is not null",
      text: '暂停上岗时请写明处置',
      at: 'measure',
    },
  ],
  grants: {
    city: ['read'],
    county: ['read'],
    enterprise: ['read', 'create', 'change', 'void'],
  },
})
