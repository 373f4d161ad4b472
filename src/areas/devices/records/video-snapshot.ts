import { choice, instant, kind, photo, reference, text } from '../../../language/index.ts'

/** 视频截图: one picture of a camera as evidence; the record's leaf in the ledger covers the picture by its hash. */
export const videoSnapshot = kind({
  name: 'video-snapshot',
  title: '视频截图',
  help: '看直播或录像时截下的一帧，图上有摄像机和服务器时间；前后一分钟的录像随它留作证据。',
  clauses: ['D3.1', 'D4.3.3.b'],
  schemaVersion: 1,
  fields: {
    camera: reference({ title: '摄像机', to: 'video-camera', required: true }),
    takenAt: instant({ title: '画面时间', help: '服务器时间', required: true }),
    picture: photo({ title: '截图', required: true, max: 1 }),
    alarm: reference({ title: '为哪条报警', to: 'device-alarm' }),
    remark: text({ title: '看到了什么', multiline: true, max: 300 }),
    stored: choice({ title: '当时有没有视频', derived: true, options: { yes: '有', no: '没有' } }),
  },
  titleFields: ['camera', 'takenAt'],
  list: {
    columns: ['takenAt', 'camera', 'picture', 'alarm', 'remark'],
    sort: '-takenAt',
    filters: ['takenAt', 'camera', 'alarm'],
    search: ['remark'],
  },
  timing: { occurred: 'takenAt' },
  grants: {
    city: ['read', 'create', 'change', 'void'],
    county: ['read', 'create', 'change', 'void'],
    enterprise: ['read', 'create', 'change', 'void'],
  },
})
