import { choice, kind, lines, text, validity } from '../../../language/index.ts'

/** 检查要点表: what is looked at in one kind of inspection (市场监管总局令第 49 号). Designed by users, as a record. */
export const inspectionTemplate = kind({
  name: 'inspection-template',
  title: '检查要点表',
  help: '一类企业的检查要点；检查时按它逐项记录。',
  clauses: ['B6.3'],
  schemaVersion: 1,
  fields: {
    name: text({ title: '名称', required: true, class: 'public', max: 80 }),
    activity: choice({
      title: '适用对象',
      required: true,
      class: 'public',
      options: { production: '生产', circulation: '销售', catering: '餐饮', storage: '贮存运输', special: '特殊食品' },
    }),
    holds: validity({ title: '适用时间', required: true, class: 'public', renewal: '换新检查要点表' }),
    points: lines({
      title: '检查要点',
      required: true,
      max: 300,
      class: 'public',
      fields: {
        section: text({ title: '项目', required: true, max: 40 }),
        point: text({ title: '检查内容', required: true, max: 300 }),
        weight: choice({ title: '类别', required: true, options: { key: '重点', general: '一般' } }),
        basis: text({ title: '依据', max: 100 }),
      },
    }),
  },
  titleFields: ['name'],
  sections: [
    { title: '用在哪里', fields: ['name', 'activity', 'holds'] },
    { title: '看什么', fields: ['points'] },
  ],
  list: { columns: ['name', 'activity', 'points', 'holds'], filters: ['activity', 'holds'], search: ['name'] },
  grants: {
    public: ['refer'],
    city: ['read', 'create', 'change', 'void', 'refer'],
    county: ['refer'],
  },
})
