import { choice, code, instant, kind, lines, number, reference, text } from '../../../language/index.ts'

const decimal = { matches: '^-?[0-9]{1,9}(\\.[0-9]{1,6})?$', text: '应为数，如 8 或 -12.5' }

/** 报警规则: when a device's readings are an alarm, by which clause, and what follows. Data, versioned like any record. */
export const alarmRule = kind({
  name: 'alarm-rule',
  title: '报警规则',
  help: '什么读数算报警、依据哪一条、怎样处置；启用前先用历史数据试算。',
  clauses: ['D4.2.5', 'D4.3.5'],
  schemaVersion: 1,
  fields: {
    name: text({ title: '规则名称', required: true, class: 'public', max: 60 }),
    model: code({ title: '设备类型', table: 'device-model', required: true }),
    device: reference({ title: '只用于这台设备', to: 'field-device' }),
    severity: choice({
      title: '类别',
      help: '即时处置：马上处理；限期整改：给出期限；指导：只作提醒',
      required: true,
      options: { instant: '即时处置', 'fix-by': '限期整改', guidance: '指导' },
      tones: { instant: 'bad', 'fix-by': 'warn', guidance: 'info' },
    }),
    clause: text({ title: '依据', help: '标准和条款，如 GB 31654—2021 7.4', required: true, max: 80 }),
    conditions: lines({
      title: '条件',
      help: '同一组的条件要同时满足；几组之间满足一组就算',
      required: true,
      max: 20,
      fields: {
        group: number({ title: '组', required: true, min: 1, max: 9 }),
        property: text({ title: '属性', required: true, max: 40 }),
        test: choice({
          title: '比较',
          required: true,
          options: {
            above: '高于',
            below: '低于',
            'is-true': '为是',
            'is-false': '为否',
            equals: '等于',
            silent: '没有数据',
          },
        }),
        limit: text({ title: '限值', max: 20, pattern: decimal }),
        figure: text({ title: '限值依据', help: '法定数值表里的名称，填了就不用填限值', max: 80 }),
        severe: text({ title: '严重限值', max: 20, pattern: decimal }),
        hysteresis: text({ title: '回差', help: '回到限值以内多少才算恢复', max: 20, pattern: decimal }),
        word: text({ title: '等于什么', max: 60 }),
      },
    }),
    forSecond: number({ title: '持续多久才报（秒）', max: 86_400 }),
    quietSecond: number({ title: '安静多久算结束（秒）', help: '用于只报有、不报无的设备，如摄像机', max: 86_400 }),
    suppressBy: text({ title: '期间不报的属性', help: '如 door（开门）、defrost（除霜），几个用逗号隔开', max: 80 }),
    suppressMaxMinute: number({ title: '最多压住多久（分钟）', min: 1, max: 60 }),
    graceMinute: number({ title: '结束后再等（分钟）', max: 60 }),
    escalateAfterMinute: number({ title: '多久没人受理就升级（分钟）', min: 1, max: 10_080 }),
    realarmAfterMinute: number({ title: '受理后仍未恢复，多久再报（分钟）', min: 1, max: 10_080 }),
    fixWithinHour: number({ title: '整改期限（小时）', min: 1, max: 2160 }),
    confirm: choice({ title: '须人工确认', options: { yes: '是', no: '否' } }),
    advice: text({ title: '怎样处置', required: true, multiline: true, max: 300 }),
    triedAt: instant({ title: '试算时间', derived: true }),
    triedVersion: number({ title: '试算的版本', derived: true }),
    trialAlarms: number({ title: '试算报警次数', derived: true }),
    trialDevices: number({ title: '试算设备数', derived: true }),
  },
  titleFields: ['name'],
  sections: [
    { title: '是什么', fields: ['name', 'model', 'device', 'severity', 'clause', 'advice'] },
    { title: '什么时候报', fields: ['conditions', 'forSecond', 'quietSecond', 'confirm'] },
    { title: '什么时候不报', fields: ['suppressBy', 'suppressMaxMinute', 'graceMinute'] },
    { title: '报了以后', fields: ['escalateAfterMinute', 'realarmAfterMinute', 'fixWithinHour'] },
    { title: '试算', fields: ['triedAt', 'triedVersion', 'trialAlarms', 'trialDevices'] },
  ],
  list: {
    columns: ['name', 'model', 'severity', 'clause', 'conditions', 'trialAlarms'],
    filters: ['model', 'severity', 'device'],
    search: ['name', 'clause'],
  },
  checks: [
    {
      name: 'suppression_ends',
      sql: 'suppress_by is null or suppress_max_minute is not null',
      text: '请写明最多压住多久',
      at: 'suppressMaxMinute',
    },
    {
      name: 'fix_has_a_date',
      sql: "severity <> 'fix-by' or fix_within_hour is not null",
      text: '限期整改请写明期限',
      at: 'fixWithinHour',
    },
    {
      name: 'tried_as_it_is',
      // Trying writes the record once more, switching on again once: nothing lies between.
      sql: "state <> 'on' or version = coalesce(tried_version, 0) + 1",
      text: '规则改过以后还没有试算，请先试算再启用',
      at: 'triedAt',
    },
  ],
  states: {
    names: { draft: '草稿', on: '启用', off: '停用' },
    tones: { draft: 'unknown', on: 'good', off: 'warn' },
    open: ['draft', 'off'],
    transitions: [
      {
        name: 'switch-on',
        title: '启用',
        from: ['draft', 'off'],
        to: 'on',
        by: ['city', 'county', 'enterprise'],
        needs: ['triedAt'],
      },
      { name: 'switch-off', title: '停用', from: ['on'], to: 'off', by: ['city', 'county', 'enterprise'] },
    ],
  },
  grants: {
    city: ['read', 'create', 'change', 'void', 'refer'],
    county: ['read', 'create', 'change', 'void', 'refer'],
    enterprise: ['read', 'create', 'change', 'void', 'refer'],
  },
})
