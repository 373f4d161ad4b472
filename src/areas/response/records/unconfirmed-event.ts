import { choice, instant, kind, lines, reference, text } from '../../../language/index.ts'

/** 待确认事件: what somebody who has no part in the goods recorded about them; nothing follows from it until it is confirmed. */
export const unconfirmedEvent = kind({
  name: 'unconfirmed-event',
  title: '待确认事件',
  help: '上报单位没有生产、持有或收到过这些货物，也没有被写成收发货方。确认之前不计入数量平衡和召回范围。',
  clauses: ['C6.5.3'],
  schemaVersion: 1,
  about: 'holder',
  fields: {
    eventId: text({ title: '事件编号', required: true, event: true, max: 1000 }),
    holder: reference({ title: '货物所属单位', to: 'subject', required: true }),
    reporter: reference({ title: '上报单位', to: 'subject', required: true }),
    eventTime: instant({ title: '事件时间', required: true }),
    notedAt: instant({ title: '发现时间', required: true }),
    claim: choice({
      title: '上报内容',
      required: true,
      options: { goods: '他人货物的事件', error: '声明他人事件有错误' },
    }),
    what: text({ title: '事件', required: true, max: 200 }),
    place: text({ title: '发生地点', max: 300 }),
    goods: lines({
      title: '涉及货物',
      max: 10,
      fields: {
        name: text({ title: '产品名称', max: 200 }),
        code: text({ title: '标识', required: true, max: 600 }),
        quantity: text({ title: '数量', max: 40 }),
      },
    }),
    reason: text({ title: '处理说明', multiline: true, max: 500 }),
  },
  titleFields: ['what'],
  sections: [
    {
      title: '上报的事件',
      fields: ['holder', 'reporter', 'claim', 'what', 'eventTime', 'place', 'eventId', 'notedAt'],
    },
    { title: '涉及货物', fields: ['goods'] },
    { title: '处理', fields: ['reason'] },
  ],
  list: {
    columns: ['notedAt', 'what', 'holder', 'reporter', 'claim', 'goods'],
    sort: '-notedAt',
    filters: ['notedAt', 'holder', 'reporter', 'claim'],
    search: ['what'],
  },
  states: {
    names: {
      open: '待确认',
      confirmed: '已确认',
      trusted: '已确认（长期）',
      explained: '已有凭据',
      rejected: '不属实',
    },
    tones: { open: 'bad', confirmed: 'good', trusted: 'good', explained: 'good', rejected: 'unknown' },
    open: ['open'],
    transitions: [
      { name: 'confirm', title: '确认属实', from: ['open'], to: 'confirmed', by: ['enterprise', 'county', 'city'] },
      {
        name: 'trust',
        title: '确认，今后也认可该单位',
        from: ['open'],
        to: 'trusted',
        by: ['enterprise'],
        asks: ['reason'],
        needs: ['reason'],
      },
      {
        name: 'reject',
        title: '不属实',
        from: ['open'],
        to: 'rejected',
        by: ['enterprise', 'county', 'city'],
        asks: ['reason'],
        needs: ['reason'],
      },
      { name: 'explain', title: '已有收发货凭据', from: ['open'], to: 'explained', by: ['city'] },
    ],
  },
  arises: true,
  grants: {
    city: ['read', 'create', 'change', 'void'],
    county: ['read'],
    enterprise: ['read'],
  },
})
