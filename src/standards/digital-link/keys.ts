/** What a key names: a class of things, a lot, one thing, a logistic unit, a place, a party, a document, or else. */
export type Level = 'class' | 'lot' | 'serial' | 'pattern' | 'logistic' | 'location' | 'party' | 'document' | 'other'

/** A primary key of a Digital Link: form of its value (a decoded string), allowed qualifiers in path order, its level. */
export type PrimaryKey = {
  ai: string
  title: string
  form: RegExp
  level: Level
  /** Position in the value of digits with a check digit at their end: [from, to), if there is one. */
  checked?: readonly [number, number]
  qualifiers: readonly string[]
}

const list: readonly PrimaryKey[] = [
  key('00', '物流单元码（SSCC）', /^\d{18}$/, 'logistic', [0, 18], []),
  key('01', '商品条码（GTIN）', /^(?:\d{8}|\d{12,14})$/, 'class', [0, 14], ['22', '10', '21', '235']),
  key('253', '单证代码（GDTI）', /^\d{13}.{0,17}$/, 'document', [0, 13], []),
  key('255', '优惠券代码（GCN）', /^\d{13,25}$/, 'other', [0, 13], []),
  key('401', '托运代码（GINC）', /^\d{4}.{1,26}$/, 'logistic', undefined, []),
  key('402', '装运代码（GSIN）', /^\d{17}$/, 'logistic', [0, 17], []),
  key('414', '位置码（GLN）', /^\d{13}$/, 'location', [0, 13], ['254', '7040']),
  key('415', '收款方代码（GLN）', /^\d{13}$/, 'party', [0, 13], ['8020']),
  key('417', '参与方代码（GLN）', /^\d{13}$/, 'party', [0, 13], ['7040']),
  key('8003', '可回收资产代码（GRAI）', /^0\d{13}.{0,16}$/, 'class', [1, 14], []),
  key('8004', '单个资产代码（GIAI）', /^\d{4}.{1,26}$/, 'serial', undefined, ['7040']),
  key('8006', '组合件代码（ITIP）', /^\d{18}$/, 'class', [0, 14], ['22', '10', '21']),
  key('8010', '零部件代码（CPID）', /^\d{4}.{1,26}$/, 'class', undefined, ['8011']),
  key('8013', '型号代码（GMN）', /^\d{4}.{1,26}$/, 'class', undefined, []),
  key('8017', '服务提供方代码（GSRN）', /^\d{18}$/, 'party', [0, 18], ['8019']),
  key('8018', '服务接受方代码（GSRN）', /^\d{18}$/, 'party', [0, 18], ['8019']),
]

function key(
  ai: string,
  title: string,
  form: RegExp,
  level: Level,
  checked: readonly [number, number] | undefined,
  qualifiers: readonly string[],
): PrimaryKey {
  return { ai, title, form, level, qualifiers, ...(checked && { checked }) }
}

/** Short names of the earlier Digital Link standard (1.1), still met in codes in use. */
const shortNames = {
  sscc: '00',
  gtin: '01',
  gdti: '253',
  gcn: '255',
  ginc: '401',
  gsin: '402',
  gln: '414',
  payTo: '415',
  party: '417',
  grai: '8003',
  giai: '8004',
  itip: '8006',
  cpid: '8010',
  gmn: '8013',
  gsrnp: '8017',
  gsrn: '8018',
}

/** Primary keys by application identifier and by short name (GS1 Digital Link: URI Syntax 1.4, section 4.3). */
export const primaryKeys: ReadonlyMap<string, PrimaryKey> = new Map([
  ...list.map((primary) => [primary.ai, primary] as const),
  ...Object.entries(shortNames).flatMap(([name, ai]) =>
    list.filter((primary) => primary.ai === ai).map((primary) => [name, primary] as const),
  ),
])

/** What a qualifier adds: its form, and the level the whole then has (none: it refines, but names the same class). */
export type QualifierRule = { ai: string; title: string; form: RegExp; level?: Level }

const text20 = /^.{1,20}$/
const qualifierList: readonly (QualifierRule & { names: readonly string[] })[] = [
  { ai: '22', names: ['cpv'], title: '消费品变体', form: text20 },
  { ai: '10', names: ['lot'], title: '批号', form: text20, level: 'lot' },
  { ai: '21', names: ['ser'], title: '序列号', form: text20, level: 'serial' },
  { ai: '235', names: ['tpx'], title: '第三方序列号', form: /^.{1,28}$/, level: 'serial' },
  { ai: '254', names: ['glnx'], title: '位置扩展', form: text20, level: 'location' },
  { ai: '7040', names: ['uic'], title: '唯一标识扩展', form: /^.{4}$/ },
  { ai: '8011', names: ['cpsn'], title: '零部件序列号', form: /^[1-9]\d{0,11}$/, level: 'serial' },
  { ai: '8019', names: ['srin'], title: '服务实例号', form: /^\d{1,10}$/ },
  { ai: '8020', names: ['refno'], title: '付款参考号', form: /^.{1,25}$/ },
]

/** Key qualifiers by application identifier and by short name. */
export const qualifierRules: ReadonlyMap<string, QualifierRule> = new Map(
  qualifierList.flatMap((rule) => [rule.ai, ...rule.names].map((name) => [name, rule] as const)),
)

/** The digits of a key that end in a check digit, from its decoded value. */
export function checkedDigits(primary: PrimaryKey, value: string): string | undefined {
  return primary.checked && value.slice(primary.checked[0], primary.checked[1])
}
