import { choice, day, kind, text } from '../../../language/index.ts'

/** 介质登记 (D6.4.6.b): discs, drives and papers that hold the platform's data, and who keeps them. */
export const storageMedium = kind({
  name: 'storage-medium',
  title: '存储介质',
  help: '存放平台数据的硬盘、光盘、纸质材料：谁保管、借给谁、何时检查和更新。',
  clauses: ['D6.4.6.b'],
  schemaVersion: 1,
  fields: {
    label: text({ title: '介质编号', required: true, max: 60, scanned: true }),
    medium: choice({
      title: '类型',
      required: true,
      dictionary: 'medium-type',
      options: { disk: '硬盘', optical: '光盘', tape: '磁带', flash: '移动存储', paper: '纸质' },
    }),
    content: text({ title: '存放内容', required: true, multiline: true, max: 500 }),
    level: choice({
      title: '重要程度',
      required: true,
      options: { ordinary: '一般', important: '重要', secret: '涉密' },
      tones: { important: 'warn', secret: 'bad' },
    }),
    copies: choice({ title: '副本', required: true, options: { original: '原件', copy: '副本' } }),
    custodian: text({ title: '保管人', required: true, max: 40 }),
    place: text({ title: '存放地点', required: true, max: 100 }),
    lentTo: text({ title: '借用人', help: '在库的不填', max: 40 }),
    lentOn: day({ title: '借出日期' }),
    checkedOn: day({ title: '最近检查日期' }),
    renewBy: day({ title: '应更新日期' }),
    remark: text({ title: '备注', multiline: true, max: 500 }),
  },
  titleFields: ['label'],
  sections: [
    { title: '是什么', fields: ['label', 'medium', 'content', 'level', 'copies'] },
    { title: '在哪里', fields: ['custodian', 'place', 'lentTo', 'lentOn'] },
    { title: '维护', fields: ['checkedOn', 'renewBy', 'remark'] },
  ],
  list: {
    columns: ['label', 'medium', 'level', 'custodian', 'place', 'lentTo', 'renewBy'],
    filters: ['medium', 'level'],
    search: ['label', 'content', 'custodian'],
  },
  checks: [
    {
      name: 'lent_day',
      sql: '(lent_to is null) = (lent_on is null)',
      text: '借用人和借出日期要一起填写',
      at: 'lentOn',
    },
  ],
  grants: {
    city: ['read', 'create', 'change', 'void'],
    system: ['read', 'create', 'change', 'void'],
    audit: ['read'],
  },
})
