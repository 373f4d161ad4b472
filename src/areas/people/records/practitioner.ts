import { choice, code, day, kind, photo, text, validity } from '../../../language/index.ts'

/** 从业人员: whoever touches food, with the health certificate that allows it (食品安全法 Art 45). */
export const practitioner = kind({
  name: 'practitioner',
  title: '从业人员',
  help: '接触直接入口食品的人员和管理人员，健康证明随人登记。',
  clauses: ['A6.6.a', 'D6.2.4.1'],
  schemaVersion: 1,
  fields: {
    name: text({ title: '姓名', required: true, class: 'personal', max: 40 }),
    idNumber: code({ title: '身份证号', table: 'resident-id', class: 'personal' }),
    phone: text({
      title: '手机',
      class: 'personal',
      max: 20,
      pattern: { matches: '^[0-9+][0-9 -]{6,19}$', text: '应为电话号码，如 13900000000' },
    }),
    post: choice({
      title: '岗位',
      required: true,
      dictionary: 'post',
      options: {
        manager: '食品安全管理',
        director: '食品安全总监',
        cook: '厨师',
        cutter: '切配',
        server: '分餐售卖',
        cleaner: '清洗消毒',
        producer: '生产操作',
        tester: '检验',
        keeper: '仓储',
        other: '其他',
      },
    }),
    hiredOn: day({ title: '入职日期' }),
    certificateNumber: text({ title: '健康证明编号', required: true, class: 'personal', max: 40 }),
    certificate: validity({ title: '健康证明有效期', required: true, renewal: '换发健康证明' }),
    certificatePhoto: photo({ title: '健康证明照片', class: 'personal', max: 2 }),
    portrait: photo({ title: '本人照片', help: '先登记本人同意，再上传', class: 'personal', consent: 'face', max: 1 }),
  },
  titleFields: ['name'],
  sections: [
    { title: '是谁', fields: ['name', 'idNumber', 'phone', 'portrait'] },
    { title: '做什么', fields: ['post', 'hiredOn'] },
    { title: '健康证明', fields: ['certificateNumber', 'certificate', 'certificatePhoto'] },
  ],
  list: {
    columns: ['name', 'post', 'certificateNumber', 'certificate', 'hiredOn'],
    filters: ['post', 'certificate'],
    search: ['name', 'certificateNumber'],
  },
  checks: [
    {
      name: 'certificate_has_an_end',
      sql: 'certificate_until is not null',
      text: '请填写健康证明的有效期至',
      at: 'certificate',
    },
  ],
  grants: {
    city: ['read'],
    county: ['read'],
    enterprise: ['read', 'create', 'change', 'void', 'refer'],
  },
})
