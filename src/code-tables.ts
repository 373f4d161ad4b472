import { bindCodeTable, bindDictionaries, type Supplemented } from './language/index.ts'
import { type DictionaryName, isDictionaryName } from './platform/policy/declared.ts'
import { withDictionary } from './platform/policy/dictionary.ts'
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

/** What this operator added to the public tables: districts of its own, and dictionaries by their table. */
export type Own = { isDistrict(code: string): boolean; dictionary(name: DictionaryName): string | null }

/** Options of fields as the operator's dictionaries leave them, read again only when somebody changed one. */
function supplementsOf(dictionary: Own['dictionary']) {
  const read = new Map<string, Supplemented & { text: string | null }>()
  return (name: string, standard: Readonly<Record<string, string>>): Supplemented => {
    if (!isDictionaryName(name)) throw new Error(`no dictionary ${name}`)
    const text = dictionary(name)
    const known = read.get(name)
    if (known && known.text === text) return known
    const all = [...withDictionary(new Map(Object.entries(standard)), text, 'options')]
    const options = Object.fromEntries(all.map(([code, { title }]) => [code, title]))
    const made = { text, options, retired: all.filter(([, { retired }]) => retired).map(([code]) => code) }
    read.set(name, made)
    return made
  }
}

/** Gives the language the checks of the public code tables, with what this operator added to them. */
export function bindCodeTables({ isDistrict, dictionary }: Own): void {
  let read: { text: string | null; classes: ReturnType<typeof withDictionary> } | undefined
  // Read again only when somebody changed it: an import asks for every row.
  const classes = () => {
    const text = dictionary('food-class')
    if (!read || read.text !== text) read = { text, classes: withDictionary(foodClasses, text) }
    return read.classes
  }
  bindDictionaries(supplementsOf(dictionary))
  bindCodeTable('gtin', (value) => (gtin14(value).ok ? undefined : '位数或校验位不对，应为 8、12、13 或 14 位商品条码'))
  bindCodeTable('gln', (value) => (gln13(value).ok ? undefined : '位数或校验位不对，应为 13 位'))
  bindCodeTable(
    'region',
    (value) => (isRegion(value) || isDistrict(value) ? undefined : '不在国家行政区划代码（GB/T 2260）中'),
    cityRegions,
  )
  bindCodeTable(
    'food-class',
    (value) => {
      const known = classes().get(value)
      if (!known) return '应为食品生产许可 32 类之一，或平台字典里增加的类别'
      return known.retired ? `“${known.title}”已停用，请选其他类别` : undefined
    },
    () => [...classes()].map(([code, { title, retired }]) => ({ code, title, ...(retired && { retired }) })),
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
