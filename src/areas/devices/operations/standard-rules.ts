type Line = {
  group: number
  property: string
  test: 'above' | 'below' | 'is-true' | 'is-false' | 'equals' | 'silent'
  figure?: string
  severe?: string
  hysteresis?: string
  word?: string
}

type Given = {
  name: string
  model: string
  severity: 'instant' | 'fix-by' | 'guidance'
  clause: string
  advice: string
  conditions: readonly Line[]
  forSecond?: number
  quietSecond?: number
  suppressBy?: string
  suppressMaxMinute?: number
  graceMinute?: number
  escalateAfterMinute?: number
  realarmAfterMinute?: number
  fixWithinHour?: number
  confirm?: 'yes'
}

const when = (property: string, test: Line['test'], more: Partial<Line> = {}, group = 1): Line => ({
  group,
  property,
  test,
  ...more,
})

const door = { suppressBy: 'door,defrost', suppressMaxMinute: 30, graceMinute: 5 }
const answered = { escalateAfterMinute: 30, realarmAfterMinute: 120 }

/** The platform's own proposal of rules; their limits are figures of the rules table, with the article they come from. */
export const standardRules: readonly Given[] = [
  {
    name: '冷藏温度超限',
    model: 'FREEZER',
    severity: 'instant',
    clause: 'GB 31654 冷藏',
    conditions: [when('temperature', 'above', { figure: 'chilled.max', severe: '15', hysteresis: '0.5' })],
    forSecond: 600,
    ...door,
    ...answered,
    advice: '检查门是否关严、压缩机是否运行；超过 2 小时的易腐食品不再使用。',
  },
  {
    name: '留样柜温度超限',
    model: 'SAMPLECABINET',
    severity: 'fix-by',
    fixWithinHour: 4,
    clause: 'GB 31654 留样',
    conditions: [
      when('temperature', 'above', { figure: 'chilled.max', hysteresis: '0.5' }),
      when('temperature', 'below', { figure: 'chilled.min', hysteresis: '0.5' }, 2),
    ],
    forSecond: 600,
    suppressBy: 'door',
    suppressMaxMinute: 15,
    graceMinute: 5,
    ...answered,
    advice: '检查柜门和设定温度；留样转到另一只合格的柜子。',
  },
  {
    name: '冷库温度超限',
    model: 'COLDSTORE',
    severity: 'instant',
    clause: 'GB 31605 冷冻',
    conditions: [
      when('temp1', 'above', { figure: 'frozen-logistics.max', severe: '-12', hysteresis: '0.5' }),
      when('temp2', 'above', { figure: 'frozen-logistics.max', severe: '-12', hysteresis: '0.5' }, 2),
    ],
    forSecond: 900,
    ...door,
    ...answered,
    advice: '检查库门、除霜和压缩机；测货温，超限批次先隔离。',
  },
  {
    name: '运输温度超限',
    model: 'VEHICLERECORDER',
    severity: 'instant',
    clause: 'GB 31605 冷冻',
    conditions: [when('temp1', 'above', { figure: 'frozen-logistics.max', severe: '-12', hysteresis: '0.5' })],
    forSecond: 900,
    suppressBy: 'door1,defrost',
    suppressMaxMinute: 30,
    graceMinute: 5,
    ...answered,
    advice: '联系司机关门、开机制冷；到货时测货温，超限不收。',
  },
  ...(['FREEZER', 'SAMPLECABINET', 'COLDSTORE', 'VEHICLERECORDER', 'GAS'] as const).map(
    (model): Given => ({
      name: '探头没有数据',
      model,
      severity: 'fix-by',
      fixWithinHour: 24,
      clause: '平台建议',
      conditions: [
        when(
          {
            FREEZER: 'temperature',
            SAMPLECABINET: 'temperature',
            COLDSTORE: 'temp1',
            VEHICLERECORDER: 'temp1',
            GAS: 'concentration',
          }[model],
          'silent',
        ),
      ],
      ...answered,
      advice: '检查供电、网络和探头接线；恢复前人工测温并登记。',
    }),
  ),
  {
    name: '中心温度不够',
    model: 'CORETEMP',
    severity: 'instant',
    clause: 'GB 31654 烧熟煮透',
    conditions: [when('temperature', 'below', { figure: 'core-temperature.min' })],
    escalateAfterMinute: 30,
    advice: '继续加热后再测，达到温度才能出锅。',
  },
  {
    name: '油品质超限',
    model: 'OILQUALITY',
    severity: 'fix-by',
    fixWithinHour: 2,
    clause: 'GB 2716 极性组分',
    conditions: [when('polar', 'above', { figure: 'oil.polar-max' })],
    ...answered,
    advice: '这口锅的油全部更换，废油交回收单位。',
  },
  {
    name: '油温过高',
    model: 'OILTEMPONLINE',
    severity: 'instant',
    clause: '平台建议',
    conditions: [when('temperature', 'above', { figure: 'oil.temperature-max', hysteresis: '10' })],
    escalateAfterMinute: 5,
    advice: '立即关火，盖上锅盖。',
  },
  {
    name: '动火离人',
    model: 'FIREWATCH',
    severity: 'instant',
    clause: '平台建议',
    conditions: [when('flame', 'is-true'), when('attended', 'is-false')],
    forSecond: 120,
    escalateAfterMinute: 5,
    advice: '立即回到灶前，或切断气源。',
  },
  {
    name: '可燃气体泄漏',
    model: 'GAS',
    severity: 'instant',
    clause: 'GB 15322.1',
    conditions: [when('concentration', 'above', { figure: 'gas.alarm-lel', severe: '50', hysteresis: '5' })],
    escalateAfterMinute: 5,
    realarmAfterMinute: 15,
    advice: '切断阀门，开窗通风，不开关电器，撤离后报修。',
  },
  {
    name: '消毒时有人',
    model: 'UVLAMP',
    severity: 'instant',
    clause: 'GB 31654 紫外线',
    conditions: [when('lamp', 'is-true'), when('occupied', 'is-true')],
    advice: '请人离开，关灯后重新消毒。',
  },
  {
    name: '挡鼠板离位',
    model: 'RATBOARD',
    severity: 'guidance',
    clause: 'GB 31654 有害生物',
    conditions: [when('inPlace', 'is-false')],
    forSecond: 1800,
    escalateAfterMinute: 240,
    advice: '搬完货把挡鼠板放回去。',
  },
  {
    name: '油烟超标',
    model: 'FUMEMONITOR',
    severity: 'fix-by',
    fixWithinHour: 72,
    clause: 'GB 18483',
    conditions: [when('fume', 'above', { figure: 'fume.max', hysteresis: '0.2' })],
    forSecond: 600,
    ...answered,
    advice: '清洗净化器，检查风机。',
  },
  ...(
    [
      ['smoking', '厨房吸烟', 'instant'],
      ['no-mask', '未戴口罩', 'guidance'],
      ['rat', '发现老鼠', 'fix-by'],
      ['stranger', '陌生人进入', 'instant'],
    ] as const
  ).map(
    ([word, name, severity]): Given => ({
      name,
      model: 'BEHAVIOUR',
      severity,
      ...(severity === 'fix-by' ? { fixWithinHour: 24 } : {}),
      clause: 'GB 31654 人员',
      conditions: [when('event', 'equals', { word })],
      quietSecond: 300,
      confirm: 'yes',
      advice: '看图核实；属实的当场纠正。',
    }),
  ),
]
