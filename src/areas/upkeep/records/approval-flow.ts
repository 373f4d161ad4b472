import { choice, kind, lines, number, text } from '../../../language/index.ts'

/** 审批流程 (D6.2.1.13): who has to agree, one after another. Designed by users, as a record; any kind can be under it. */
export const approvalFlow = kind({
  name: 'approval-flow',
  title: '审批流程',
  help: '一件事由哪些人、按什么次序审批；发布后在记录的页面上发起。',
  clauses: ['D6.2.1.13'],
  schemaVersion: 1,
  fields: {
    name: text({ title: '名称', required: true, max: 60 }),
    appliesTo: text({ title: '适用的记录', help: '记录的名称，如“产品备案”；空着表示都可以用', max: 40 }),
    onStep: text({
      title: '须先审批的步骤',
      help: '按钮上的字，如“提交备案”；填了以后，这一步审批通过才生效',
      max: 40,
    }),
    remark: text({ title: '说明', multiline: true, max: 300 }),
    steps: lines({
      title: '审批步骤',
      required: true,
      max: 10,
      fields: {
        title: text({ title: '步骤', required: true, max: 40 }),
        who: choice({
          title: '谁审批',
          required: true,
          options: {
            colleague: '发起人的同事',
            owner: '记录所属单位',
            station: '辖区监管所',
            county: '县区监管',
            city: '市级监管',
          },
        }),
        how: choice({ title: '几人', required: true, options: { any: '一人即可', all: '每人都要' } }),
        days: number({ title: '几个工作日内', min: 1, max: 60 }),
        onRefusal: choice({ title: '不同意时', required: true, options: { end: '结束', back: '退回上一步' } }),
      },
    }),
  },
  titleFields: ['name'],
  sections: [
    { title: '用在哪里', fields: ['name', 'appliesTo', 'onStep', 'remark'] },
    { title: '谁审批', fields: ['steps'] },
  ],
  list: { columns: ['name', 'appliesTo', 'onStep', 'steps'], search: ['name', 'appliesTo'] },
  checks: [
    {
      name: 'step_of_a_kind',
      sql: 'on_step is null or applies_to is not null',
      text: '须先审批的步骤是哪种记录的，请填写适用的记录',
      at: 'appliesTo',
    },
  ],
  states: {
    names: { draft: '草稿', published: '已发布', retired: '已停用' },
    tones: { draft: 'unknown', published: 'good', retired: 'unknown' },
    transitions: [
      { name: 'publish', title: '发布', from: ['draft'], to: 'published', by: ['city', 'county', 'enterprise'] },
      { name: 'retire', title: '停用', from: ['published'], to: 'retired', by: ['city', 'county', 'enterprise'] },
      { name: 'revise', title: '改为草稿', from: ['retired'], to: 'draft', by: ['city', 'county', 'enterprise'] },
    ],
  },
  grants: {
    city: ['read', 'create', 'change', 'void'],
    county: ['read', 'create', 'change', 'void'],
    enterprise: ['read', 'create', 'change', 'void'],
  },
})
