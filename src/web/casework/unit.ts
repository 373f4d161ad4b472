const units: Readonly<Record<string, string>> = {
  WD: '个工作日',
  DAY: '天',
  HUR: '小时',
  MON: '个月',
  ANN: '年',
  GRM: '克',
  CEL: '℃',
  EA: '',
}

/** The unit of a figure of the law, as people say it. */
export const unitOf = (unit: string): string => units[unit] ?? unit
