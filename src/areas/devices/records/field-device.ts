import { choice, code, day, kind, number, place, reference, text } from '../../../language/index.ts'

/** 设备备案: every device that reports or is told something, with what is needed to know it on the wire. */
export const fieldDevice = kind({
  name: 'field-device',
  title: '设备',
  help: '接入平台的每台设备登记一次；由节点上报的设备自动登记。',
  clauses: ['C6.7.4', 'D4.3.5', 'D4.3.10', 'D4.3.10.b'],
  schemaVersion: 1,
  fields: {
    code: text({ title: '设备编号', required: true, unique: true, max: 40 }),
    name: text({ title: '设备名称', required: true, class: 'public', max: 60 }),
    model: code({ title: '设备类型', table: 'device-model', required: true }),
    maker: text({ title: '生产厂家', max: 80 }),
    makerModel: text({ title: '厂家型号', max: 60 }),
    mac: text({
      title: 'MAC 地址',
      max: 17,
      pattern: { matches: '^([0-9A-F]{2}:){5}[0-9A-F]{2}$', text: '应为 6 组两位十六进制数，如 00:1A:2B:3C:4D:5E' },
    }),
    protocol: choice({
      title: '接入协议',
      required: true,
      options: {
        mqtt: 'MQTT',
        http: 'HTTP',
        hj212: 'HJ 212',
        jt808: 'JT/T 808',
        gb26875: 'GB/T 26875.3',
        modbus: 'Modbus',
        opcua: 'OPC UA',
        frame: '私有协议',
        video: '视频流',
      },
    }),
    identity: text({
      title: '接入标识',
      help: '设备在协议里报的编号：MQTT 用户名、HJ 212 的 MN、JT/T 808 的终端手机号、GB/T 26875 的源地址',
      required: true,
      unique: true,
      max: 120,
    }),
    site: reference({ title: '场所', to: 'site' }),
    room: text({ title: '点位', help: '如：烹饪间、2 号冷库、桂B·示例1', max: 60 }),
    asset: text({
      title: '资产代码（GIAI）',
      help: '装在车辆或周转箱上的设备填写；装载和卸货事件以它为上级时，超温报警就能找到当时车上的货',
      max: 30,
      pattern: { matches: '^[0-9]{4}[0-9A-Za-z._-]{1,26}$', text: '应以至少 4 位数字的厂商前缀开头，最多 30 位' },
    }),
    grouping: text({ title: '分组', max: 40 }),
    place: place({ title: '位置' }),
    intervalSecond: number({ title: '上报间隔（秒）', required: true, min: 1, max: 86_400 }),
    calibratedOn: day({ title: '校准日期' }),
    calibrationDue: day({ title: '校准到期' }),
    firmware: text({ title: '固件版本', max: 40 }),
    source: choice({ title: '登记方式', options: { filed: '企业备案', node: '节点上报' } }),
    remark: text({ title: '备注', multiline: true, max: 300 }),
  },
  titleFields: ['name'],
  sections: [
    { title: '是什么', fields: ['code', 'name', 'model', 'maker', 'makerModel', 'mac', 'firmware', 'source'] },
    { title: '怎样接入', fields: ['protocol', 'identity', 'intervalSecond'] },
    { title: '在哪里', fields: ['site', 'room', 'asset', 'grouping', 'place'] },
    { title: '校准', fields: ['calibratedOn', 'calibrationDue', 'remark'] },
  ],
  list: {
    columns: ['name', 'model', 'room', 'protocol', 'identity', 'calibrationDue'],
    filters: ['model', 'protocol', 'site', 'grouping', 'calibrationDue'],
    search: ['name', 'code', 'identity', 'room'],
  },
  checks: [
    {
      name: 'due_after_calibrated',
      sql: 'calibration_due >= calibrated_on',
      text: '校准到期不能早于校准日期',
      at: 'calibrationDue',
    },
  ],
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
