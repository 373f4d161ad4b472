import { refuse } from '../problem.ts'
import { foodClasses } from './food-classes.ts'
import { mod1110 } from './mod-11-10.ts'
import type { Checked } from './uscc.ts'

/** A food production licence: `foodClass` is one of the 32 classes ('07' 方便食品); region as issued, six digits. */
export type ProductionLicence = { number: string; foodClass: string; region: string }

/** A food operation licence. The region is as issued and need not be in GB/T 2260: Beijing's are not. */
export type OperationLicence = { number: string; business: '食品销售' | '餐饮服务' | '单位食堂'; region: string }

/** SC and 14 digits: 3 class, 6 region, 4 serial, 1 check digit (食品生产许可管理办法, article 29). */
export function checkProductionLicence(text: string, at = ''): Checked<ProductionLicence> {
  const number = text.trim().toUpperCase()
  if (!/^SC[0-9]{14}$/.test(number)) {
    return refuse('sc-format', `食品生产许可证编号应为 SC 加 14 位数字，收到“${number.slice(0, 40)}”`, at)
  }
  // 101-131 are the food classes; 201-203 are additives, the 32nd class.
  const kind = number.slice(2, 5)
  const foodClass = /^20[123]$/.test(kind) ? '32' : number.slice(3, 5)
  if (!(kind.startsWith('1') || foodClass === '32') || !foodClasses.has(foodClass) || kind === '132') {
    return refuse('sc-class', `食品生产许可证编号“${number}”的类别 ${kind} 不在 32 类食品之内`, at)
  }
  const wrong = wrongCheck(number, '食品生产许可证编号')
  if (wrong) return refuse('sc-check', wrong, at)
  return { ok: true, value: { number, foodClass, region: number.slice(5, 11) }, warnings: [] }
}

const businesses: Readonly<Record<string, OperationLicence['business']>> = {
  1: '食品销售',
  2: '餐饮服务',
  3: '单位食堂',
}

/** JY and 14 digits: 1 business, 6 region, 6 serial, 1 check digit (食品经营许可和备案管理办法). */
export function checkOperationLicence(text: string, at = ''): Checked<OperationLicence> {
  const number = text.trim().toUpperCase()
  if (!/^JY[0-9]{14}$/.test(number)) {
    return refuse('jy-format', `食品经营许可证编号应为 JY 加 14 位数字，收到“${number.slice(0, 40)}”`, at)
  }
  const business = businesses[number.charAt(2)]
  if (business === undefined) {
    return refuse('jy-business', `食品经营许可证编号“${number}”的主体业态应为 1、2 或 3`, at)
  }
  const wrong = wrongCheck(number, '食品经营许可证编号')
  if (wrong) return refuse('jy-check', wrong, at)
  return { ok: true, value: { number, business, region: number.slice(3, 9) }, warnings: [] }
}

function wrongCheck(number: string, title: string): string | undefined {
  const right = mod1110(number.slice(2, -1))
  return right === number.at(-1) ? undefined : `${title}“${number}”的校验位不对，应为 ${right}`
}
