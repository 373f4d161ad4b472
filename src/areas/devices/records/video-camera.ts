import { choice, kind, place, reference, text } from '../../../language/index.ts'

/** 摄像机: whose it is, what it looks at, and the name under which it publishes; its stream key is never shown again. */
export const videoCamera = kind({
  name: 'video-camera',
  title: '摄像机',
  help: '每个视频通道登记一次，再取推流密钥填进摄像机；停用后密钥立即失效，正在推的流会断开。',
  clauses: ['D4.3.3.b', 'D4.3.10.b'],
  schemaVersion: 1,
  fields: {
    name: text({ title: '名称', help: '如：烹饪间 1 号', required: true, class: 'public', max: 60 }),
    stream: text({
      title: '推流名',
      help: '摄像机推流地址的最后一段，也用于 ZLMediaKit、SRS',
      required: true,
      unique: true,
      max: 40,
      pattern: { matches: '^[A-Za-z0-9_-]{4,40}$', text: '应为 4 到 40 位字母、数字、-、_' },
    }),
    channel: text({
      title: '通道',
      help: '录像机通道号，或国标 GB/T 28181 的 20 位编码',
      max: 40,
      pattern: { matches: '^[A-Za-z0-9_-]{1,40}$', text: '应为字母、数字、-、_' },
    }),
    scene: choice({
      title: '看什么',
      required: true,
      dictionary: 'camera-scene',
      options: {
        kitchen: '后厨',
        store: '仓库、冷库',
        vehicle: '车厢',
        hall: '就餐区',
        entrance: '出入口',
        plant: '车间',
      },
    }),
    recording: choice({ title: '录像', required: true, options: { yes: '录', no: '只看直播' } }),
    device: reference({ title: '同一点位的设备', help: '它报警时可以直接看这路视频', to: 'field-device' }),
    site: reference({ title: '场所', to: 'site' }),
    room: text({ title: '点位', max: 60 }),
    place: place({ title: '位置' }),
    remark: text({ title: '备注', multiline: true, max: 300 }),
  },
  titleFields: ['name'],
  sections: [
    { title: '是什么', fields: ['name', 'scene', 'recording', 'device'] },
    { title: '怎样接入', fields: ['stream', 'channel'] },
    { title: '在哪里', fields: ['site', 'room', 'place', 'remark'] },
  ],
  list: {
    columns: ['name', 'scene', 'room', 'stream', 'recording'],
    filters: ['scene', 'recording', 'site', 'device'],
    search: ['name', 'stream', 'room'],
  },
  states: {
    names: { running: '在用', stopped: '停用' },
    tones: { running: 'good', stopped: 'unknown' },
    open: ['running', 'stopped'],
    transitions: [
      { name: 'stop', title: '停用', from: ['running'], to: 'stopped', by: ['enterprise'] },
      { name: 'start', title: '启用', from: ['stopped'], to: 'running', by: ['enterprise'] },
    ],
  },
  grants: {
    city: ['read', 'refer'],
    county: ['read', 'refer'],
    enterprise: ['read', 'create', 'change', 'void', 'refer'],
  },
})
