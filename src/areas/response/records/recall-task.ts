import { choice, code, instant, kind, lines, quantity, reference, text } from '../../../language/index.ts'

const units = ['EA', 'CS', 'PA', 'KGM', 'GRM', 'TNE', 'LTR', 'MLT'] as const

/** What one holder has to do in a recall: acknowledge in time, stop the goods, report what came back and was destroyed. */
export const recallTask = kind({
  name: 'recall-task',
  title: '召回任务',
  help: '召回中每个持有单位的一份：按时确认，停售封存，报告退回和销毁数量。',
  clauses: ['B7.2'],
  schemaVersion: 1,
  about: 'holder',
  panel: 'recall-answer',
  fields: {
    recall: reference({ title: '召回', to: 'recall-order', required: true }),
    holder: reference({ title: '持有单位', to: 'subject', required: true }),
    mode: choice({
      title: '性质',
      required: true,
      options: { real: '实战', drill: '演练' },
      tones: { real: 'bad', drill: 'info' },
    }),
    reason: text({ title: '召回原因', required: true, multiline: true, max: 500 }),
    sentAt: instant({ title: '通知时间', required: true }),
    dueAt: instant({ title: '最迟确认时间', required: true }),
    finishBy: instant({ title: '最迟完成时间', required: true }),
    goods: lines({
      title: '涉及货物',
      max: 300,
      fields: {
        name: text({ title: '产品名称', required: true, max: 200 }),
        gtin: code({ title: '商品条码', table: 'gtin' }),
        lot: text({ title: '批号', max: 20 }),
        involved: quantity({ title: '涉及数量', units }),
        returned: quantity({ title: '已追回', units }),
        destroyed: quantity({ title: '已销毁', units }),
        lost: quantity({ title: '无法追回', help: '已食用或找不到', units }),
      },
    }),
    contact: text({ title: '联系人', max: 40, class: 'internal' }),
    stopped: text({ title: '停售封存情况', multiline: true, max: 500 }),
    report: text({ title: '处理情况', multiline: true, max: 1000 }),
  },
  titleFields: ['reason'],
  sections: [
    { title: '召回什么', fields: ['recall', 'holder', 'mode', 'reason', 'sentAt', 'dueAt', 'finishBy'] },
    { title: '涉及货物', fields: ['goods'] },
    { title: '落实情况', fields: ['contact', 'stopped', 'report'] },
  ],
  list: {
    columns: ['sentAt', 'holder', 'mode', 'dueAt', 'goods', 'reason'],
    sort: '-sentAt',
    filters: ['recall', 'holder', 'mode', 'sentAt'],
    search: ['reason'],
  },
  checks: [{ name: 'due_after_sent', sql: 'due_at >= sent_at', text: '最迟确认时间不能早于通知时间', at: 'dueAt' }],
  states: {
    names: { notified: '待确认', acknowledged: '已确认', reported: '已报告', verified: '已核实' },
    tones: { notified: 'bad', acknowledged: 'warn', reported: 'info', verified: 'good' },
    open: ['notified'],
    transitions: [
      {
        name: 'acknowledge',
        title: '确认收到',
        from: ['notified'],
        to: 'acknowledged',
        by: ['enterprise'],
        asks: ['contact', 'stopped'],
        needs: ['contact', 'stopped'],
      },
      {
        name: 'report',
        title: '报告数量',
        from: ['acknowledged', 'reported'],
        to: 'reported',
        by: ['enterprise'],
        asks: ['goods', 'report'],
        needs: ['goods'],
      },
      { name: 'verify', title: '核实', from: ['reported'], to: 'verified', by: ['city', 'county'] },
      { name: 'return', title: '退回补报', from: ['reported', 'verified'], to: 'acknowledged', by: ['city', 'county'] },
    ],
  },
  arises: true,
  grants: {
    city: ['read', 'create', 'change', 'void'],
    county: ['read', 'create', 'change', 'void'],
    enterprise: ['read'],
  },
})
