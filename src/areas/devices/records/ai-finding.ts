import { choice, instant, kind, number, photo, reference, text } from '../../../language/index.ts'

/** AI 识别 (D3.1): what a machine believes to have seen, with its picture; it counts when a person has confirmed it. */
export const aiFinding = kind({
  name: 'ai-finding',
  title: 'AI 识别',
  help: '摄像机和门禁识别到的违规、陌生人；人工确认后才算数。',
  clauses: ['D3.1'],
  schemaVersion: 1,
  fields: {
    event: text({ title: '识别结果', required: true, max: 60 }),
    device: reference({ title: '设备', to: 'field-device', required: true }),
    seenAt: instant({ title: '识别时间', required: true }),
    endedAt: instant({ title: '结束时间', derived: true }),
    confidence: number({ title: '置信度（%）', required: true, max: 100 }),
    picture: photo({ title: '抓拍图片', max: 6 }),
    track: text({ title: '目标编号', max: 60 }),
    severity: choice({
      title: '类别',
      required: true,
      options: { instant: '即时处置', 'fix-by': '限期整改', guidance: '指导' },
    }),
    advice: text({ title: '怎样处置', max: 300 }),
    rule: reference({ title: '报警规则', to: 'alarm-rule', derived: true }),
    clause: text({ title: '依据', derived: true, max: 80 }),
    reason: text({ title: '判断说明', max: 200 }),
  },
  titleFields: ['event', 'seenAt'],
  list: {
    columns: ['seenAt', 'event', 'device', 'confidence', 'picture'],
    sort: '-seenAt',
    filters: ['seenAt', 'event', 'device'],
    search: ['event'],
  },
  timing: { occurred: 'seenAt' },
  states: {
    names: { unconfirmed: '待确认', confirmed: '属实', rejected: '不属实' },
    tones: { unconfirmed: 'warn', confirmed: 'bad', rejected: 'unknown' },
    open: ['unconfirmed', 'confirmed', 'rejected'],
    transitions: [
      {
        name: 'confirm',
        title: '属实',
        from: ['unconfirmed'],
        to: 'confirmed',
        by: ['enterprise', 'county', 'city'],
        asks: ['reason'],
      },
      {
        name: 'reject',
        title: '不属实',
        from: ['unconfirmed'],
        to: 'rejected',
        by: ['enterprise', 'county', 'city'],
        asks: ['reason'],
        needs: ['reason'],
      },
    ],
  },
  arises: true,
  grants: {
    city: ['read', 'create', 'change', 'void'],
    county: ['read'],
    enterprise: ['read'],
  },
})
