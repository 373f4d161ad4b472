import { choice, day, file, kind, lines, text } from '../../../language/index.ts'

/** 风险评估 (A8.6.4.b): what was found, how grave it is, and what was done about it. */
export const riskAssessment = kind({
  name: 'risk-assessment',
  title: '安全风险评估',
  help: '定期的风险分析和安全评估：发现什么、多严重、怎样整改。',
  clauses: ['A8.6.4.b'],
  schemaVersion: 1,
  fields: {
    title: text({ title: '名称', required: true, max: 100 }),
    day: day({ title: '评估日期', required: true }),
    assessor: text({ title: '评估单位或人员', required: true, max: 100 }),
    scope: text({ title: '范围', required: true, multiline: true, max: 500 }),
    findings: lines({
      title: '发现',
      max: 100,
      fields: {
        risk: text({ title: '风险', required: true, max: 300 }),
        grade: choice({
          title: '等级',
          required: true,
          options: { low: '低', medium: '中', high: '高' },
          tones: { medium: 'warn', high: 'bad' },
        }),
        remedy: text({ title: '整改措施', max: 300 }),
        due: day({ title: '期限' }),
        done: choice({ title: '状态', required: true, options: { open: '整改中', done: '已整改', accepted: '接受' } }),
      },
    }),
    conclusion: text({ title: '结论', required: true, multiline: true, max: 1000 }),
    report: file({ title: '报告', max: 5 }),
  },
  titleFields: ['title', 'day'],
  list: {
    columns: ['day', 'title', 'assessor'],
    sort: '-day',
    filters: ['day'],
    search: ['title', 'assessor'],
  },
  grants: {
    city: ['read', 'create', 'change', 'void'],
    system: ['read'],
    security: ['read', 'create', 'change', 'void'],
    audit: ['read'],
  },
})
