import { bindCodeTable } from './language/index.ts'
import {
  checkOperationLicence,
  checkProductionLicence,
  checkUscc,
  countiesOf,
  foodClasses,
  isRegion,
  isResidentId,
  liuzhou,
  regionName,
} from './standards/china/index.ts'
import { gln13, gtin14 } from './standards/gs1/index.ts'
import { things } from './standards/things/index.ts'

const sameFirst = (text: string | undefined, title: string) => text?.replace(title, '')

/** Gives the language the checks of the public code tables; `isDistrict` knows the districts that they do not have. */
export function bindCodeTables(isDistrict: (code: string) => boolean = () => false): void {
  bindCodeTable('gtin', (value) => (gtin14(value).ok ? undefined : '位数或校验位不对，应为 8、12、13 或 14 位商品条码'))
  bindCodeTable('gln', (value) => (gln13(value).ok ? undefined : '位数或校验位不对，应为 13 位'))
  bindCodeTable(
    'region',
    (value) => (isRegion(value) || isDistrict(value) ? undefined : '不在国家行政区划代码（GB/T 2260）中'),
    cityRegions,
  )
  bindCodeTable(
    'food-class',
    (value) => (foodClasses.has(value) ? undefined : '应为食品生产许可 32 类之一'),
    [...foodClasses].map(([code, title]) => ({ code, title })),
  )
  bindCodeTable(
    'device-model',
    (value) => (things.has(value) ? undefined : '不在设备类型表中'),
    [...things.values()].map(({ code, title }) => ({ code, title })),
  )
  bindCodeTable('resident-id', (value) => (isResidentId(value) ? undefined : '位数或校验位不对，应为 18 位'))
  bindCodeTable('uscc', (value) => {
    // A wrong check character only warns: such codes were issued and are in lawful use.
    const checked = checkUscc(value)
    return checked.ok ? undefined : sameFirst(checked.problems[0]?.text, '统一社会信用代码')
  })
  bindCodeTable('food-licence', (value) => {
    const checked = value.startsWith('JY') ? checkOperationLicence(value) : checkProductionLicence(value)
    return checked.ok ? undefined : `不对：${checked.problems[0]?.text}`
  })
}

/** The city and its counties, as users choose them. */
export const cityRegions = [
  { code: liuzhou, title: regionName(liuzhou) ?? '' },
  ...countiesOf(liuzhou).map(({ code, name }) => ({ code, title: name })),
]
