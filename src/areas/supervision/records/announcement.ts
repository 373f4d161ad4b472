import { choice, code, day, documentNumber, file, kind, text, validity } from '../../../language/index.ts'

/** 通知公告 (B6.4.a): what an authority tells the people of a region and kind. */
export const announcement = kind({
  name: 'announcement',
  title: '通知公告',
  help: '发给监管人员、市场或经营者的通知、公告和公文。',
  clauses: ['B6.4.a', 'D6.2.5.3'],
  schemaVersion: 3,
  fields: {
    number: documentNumber({ title: '文号', series: '食安通', class: 'public' }),
    title: text({ title: '标题', required: true, class: 'public', max: 100 }),
    form: choice({
      title: '类别',
      required: true,
      class: 'public',
      options: { notice: '通知', announcement: '公告', document: '公文', warning: '警示' },
      tones: { warning: 'warn' },
    }),
    audience: choice({
      title: '发给',
      required: true,
      class: 'public',
      options: {
        everyone: '所有人',
        regulators: '监管人员',
        enterprises: '所有经营者',
        production: '生产企业',
        circulation: '流通企业',
        catering: '餐饮单位',
        storage: '贮存运输企业',
        supply: '原料供应企业',
        merchants: '个体经营者',
      },
    }),
    area: code({ title: '范围', help: '不选即本辖区全部', table: 'region', class: 'public' }),
    confirmBy: day({
      title: '确认期限',
      help: '填了，每个单位要在这天前确认收到；不填，看到即可',
      class: 'public',
    }),
    body: text({ title: '正文', required: true, class: 'public', multiline: true, max: 5000 }),
    holds: validity({ title: '有效期', required: true, class: 'public' }),
    attachments: file({ title: '附件', class: 'public', max: 5 }),
    reason: text({ title: '撤回原因', max: 200 }),
  },
  titleFields: ['title'],
  sections: [
    { title: '说什么', fields: ['number', 'title', 'form', 'body', 'attachments'] },
    { title: '给谁看', fields: ['audience', 'area', 'confirmBy', 'holds'] },
    { title: '撤回', fields: ['reason'] },
  ],
  list: {
    columns: ['number', 'title', 'form', 'audience', 'area', 'holds'],
    filters: ['form', 'audience', 'holds'],
    search: ['title', 'body'],
  },
  document: {
    title: '{title}',
    opening: ['{body}'],
    fields: ['audience', 'area', 'confirmBy', 'holds'],
    signers: ['签发人（签名）'],
  },
  states: {
    names: { draft: '草稿', issued: '已发布', withdrawn: '已撤回' },
    tones: { draft: 'unknown', issued: 'good', withdrawn: 'warn' },
    transitions: [
      { name: 'issue', title: '发布', from: ['draft'], to: 'issued', by: ['city', 'county'] },
      {
        name: 'withdraw',
        title: '撤回',
        from: ['issued'],
        to: 'withdrawn',
        by: ['city', 'county'],
        asks: ['reason'],
        needs: ['reason'],
      },
    ],
  },
  checks: [
    {
      name: 'confirmed_while_it_holds',
      sql: 'confirm_by is null or confirm_by >= holds and (holds_until is null or confirm_by <= holds_until)',
      text: '确认期限应在有效期内',
      at: 'confirmBy',
    },
  ],
  panel: 'reach',
  // Those whom it is for read it through read-announcement, which notes that they did.
  grants: {
    city: ['read', 'create', 'change', 'void'],
    county: ['read', 'create', 'change', 'void'],
  },
})
