const units: Readonly<Record<string, string>> = {
  WD: '个工作日',
  DAY: '天',
  HUR: '小时',
  MON: '个月',
  ANN: '年',
  GRM: '克',
  CEL: '℃',
  EA: '',
  SEC: '秒',
  MIN: '分钟',
  KMT: '千米',
  KMH: '千米/时',
  KGM: '千克',
  P1: '%',
  GP: 'mg/m³',
  B15: 'kJ/mol',
}

/** The unit of a figure of the law, as people say it. */
export const unitOf = (unit: string): string => units[unit] ?? unit
