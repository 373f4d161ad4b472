type Words = Readonly<Record<number, string>>
type Bits = { set: readonly string[]; none: string }

/** Types of systems (GB/T 26875.3-2011, table 4). */
export const systems: Words = {
  0: '通用',
  1: '火灾报警系统',
  10: '消防联动控制器',
  11: '消火栓系统',
  12: '自动喷水灭火系统',
  13: '气体灭火系统',
  14: '水喷雾灭火系统（泵启动方式）',
  15: '水喷雾灭火系统（压力容器启动方式）',
  16: '泡沫灭火系统',
  17: '干粉灭火系统',
  18: '防烟排烟系统',
  19: '防火门及卷帘系统',
  20: '消防电梯',
  21: '消防应急广播',
  22: '消防应急照明和疏散指示系统',
  23: '消防电源',
  24: '消防电话',
}

/** Types of parts (table 5) that a kitchen has: gas, electricity, heat, smoke, water. */
export const parts: Words = {
  0: '通用',
  1: '火灾报警控制器',
  10: '可燃气体探测器',
  11: '点型可燃气体探测器',
  12: '独立式可燃气体探测器',
  13: '线型可燃气体探测器',
  16: '电气火灾监控报警器',
  17: '剩余电流式电气火灾监控探测器',
  18: '测温式电气火灾监控探测器',
  21: '探测回路',
  22: '火灾显示盘',
  23: '手动火灾报警按钮',
  24: '消火栓按钮',
  25: '火灾探测器',
  30: '感温火灾探测器',
  31: '点型感温火灾探测器',
  40: '感烟火灾探测器',
  41: '点型离子感烟火灾探测器',
  42: '点型光电感烟火灾探测器',
  44: '吸气式感烟火灾探测器',
  50: '复合式火灾探测器',
  61: '紫外火焰探测器',
  62: '红外火焰探测器',
  74: '气体探测器',
  81: '气体灭火控制器',
  82: '消防电气控制装置',
  84: '模块',
  85: '输入模块',
  86: '输出模块',
  87: '输入/输出模块',
  91: '消防水泵',
  92: '消防水箱',
  96: '水流指示器',
  99: '压力开关',
  102: '防火门',
  103: '防火阀',
  106: '管网电磁阀',
  111: '防烟排烟风机',
  121: '警报装置',
}

/** Kinds of analog values with their steps (table 6). */
export const analogs: Words = {
  1: '事件计数（件）',
  2: '高度（0.01 米）',
  3: '温度（0.1 ℃）',
  4: '压力（0.1 兆帕）',
  5: '压力（0.1 千帕）',
  6: '气体浓度（0.1 %LEL）',
  7: '时间（秒）',
  8: '电压（0.1 伏）',
  9: '电流（0.1 安）',
  10: '流量（0.1 升/秒）',
  11: '风量（0.1 立方米/分）',
  12: '风速（米/秒）',
}

const running = ['正常运行', '火警', '故障', '屏蔽', '监管', '启动', '反馈', '延时']

/** Bits from the lowest (figure 6). */
export const systemStates: Bits = {
  set: [...running, '主电故障', '备电故障', '总线故障', '手动', '配置改变', '复位'],
  none: '测试',
}

/** Figure 7. */
export const partStates: Bits = { set: [...running, '电源故障'], none: '测试' }

/** A unit's own state; without its lowest bit it is being tested†. */
export const unitStates: Bits = {
  set: ['正常监视', '火警', '故障', '主电故障', '备电故障', '与监控中心通信信道故障', '监测连接线路故障'],
  none: '测试',
}

/** What was done at a system†, and at a unit†. */
export const operations: Bits = {
  set: ['复位', '消音', '手动报警', '警情消除', '自检', '确认', '测试'],
  none: '无操作',
}
export const unitOperations: Bits = {
  set: ['复位', '消音', '手动报警', '警情消除', '自检', '查岗应答', '测试'],
  none: '无操作',
}
