import { kind, photo, reference, text } from '../../../language/index.ts'

/** 场所平面图: the picture of a floor or kitchen that devices are placed on; where each stands is the device's own field. */
export const sitePlan = kind({
  name: 'site-plan',
  title: '场所平面图',
  help: '一层楼、一间厨房或一座冷库的平面图，上传后把设备摆到图上。',
  clauses: ['D4.3.5'],
  schemaVersion: 1,
  fields: {
    name: text({ title: '图名', help: '如：一楼后厨', required: true, max: 60 }),
    site: reference({ title: '场所', to: 'site' }),
    picture: photo({ title: '平面图', help: '照片或从图纸导出的图片', required: true, max: 1 }),
    remark: text({ title: '备注', multiline: true, max: 300 }),
  },
  titleFields: ['name'],
  list: { columns: ['name', 'site', 'picture'], filters: ['site'], search: ['name'] },
  grants: {
    city: ['read', 'refer'],
    county: ['read', 'refer'],
    enterprise: ['read', 'create', 'change', 'void', 'refer'],
  },
})
