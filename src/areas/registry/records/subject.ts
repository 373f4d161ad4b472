import { choice, code, kind, place, text } from '../../../language/index.ts'

/** 主体备案: an enterprise whose acts the city follows. */
export const subject = kind({
  name: 'subject',
  title: '监管对象',
  help: '在本市生产、流通、餐饮食品的企业，一户一档。',
  clauses: ['C6.2.1', 'E5.3.2.c'],
  schemaVersion: 1,
  isOwner: true,
  fields: {
    name: text({ title: '企业名称', required: true, class: 'public', max: 100 }),
    uscc: code({
      title: '统一社会信用代码',
      help: '营业执照上的 18 位代码',
      table: 'uscc',
      required: true,
      unique: true,
      class: 'public',
    }),
    activity: choice({
      title: '主体类型',
      required: true,
      class: 'public',
      options: { production: '生产', circulation: '流通', catering: '餐饮', storage: '贮存运输', supply: '原料供应' },
    }),
    licenceNumber: code({
      title: '许可证编号',
      help: '生产许可 SC 或经营许可 JY 开头',
      table: 'food-licence',
      class: 'public',
    }),
    region: code({ title: '所在县区', table: 'region', required: true, class: 'public' }),
    address: text({ title: '地址', required: true, class: 'public' }),
    place: place({ title: '经纬度', class: 'public' }),
    gln: code({
      title: '全球位置码 GLN',
      help: '13 位，用于在追溯事件中识别该企业',
      table: 'gln',
      unique: true,
      class: 'public',
    }),
    contact: text({ title: '联系人', required: true, class: 'personal', max: 40 }),
    phone: text({
      title: '联系电话',
      required: true,
      class: 'personal',
      max: 20,
      pattern: { matches: '^[0-9+][0-9 -]{6,19}$', text: '应为电话号码，如 0772-2860000' },
    }),
  },
  titleFields: ['name'],
  sections: [
    { title: '是谁', fields: ['name', 'uscc', 'activity', 'licenceNumber'] },
    { title: '在哪里', fields: ['region', 'address', 'place', 'gln'] },
    { title: '找谁', fields: ['contact', 'phone'] },
  ],
  list: {
    columns: ['name', 'activity', 'region', 'uscc', 'licenceNumber', 'contact', 'phone'],
    filters: ['activity', 'region'],
    search: ['name', 'uscc', 'address', 'licenceNumber'],
  },
  grants: {
    public: ['refer'],
    city: ['read', 'create', 'change', 'void', 'refer'],
    county: ['read', 'create', 'change', 'refer'],
    enterprise: ['read', 'change', 'refer'],
  },
})
