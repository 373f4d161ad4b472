import { units } from '../../../language/units.ts'
import { legalMinute } from '../../../standards/china/index.ts'

export const levels: Readonly<Record<string, string>> = { first: '一级', second: '二级', third: '三级' }
export const taskStates: Readonly<Record<string, string>> = {
  notified: '待确认',
  acknowledged: '已确认',
  reported: '已报告',
  verified: '已核实',
}

export const unitTitle = (unit: string | undefined): string =>
  (units as Record<string, string>)[unit ?? 'EA'] ?? unit ?? ''
export const amount = (one?: { value: string; unit: string } | null): string =>
  one ? `${one.value} ${unitTitle(one.unit)}` : ''

/** The wall clock of Asia/Shanghai: 2026-07-22 14:45. */
export const time = (instant: string | undefined): string => (instant ? legalMinute(new Date(instant)) : '')
