import { characterSets, checkPair } from './character-sets.ts'
import { hasCheckDigit } from './check-digit.ts'
import { countryLetters, countryNumbers, currencyNumbers, packageTypes } from './code-lists.ts'
import { lintCoupon, lintPositiveOffer } from './coupons.ts'

/** What a linter finds: a code that names the rule broken, and the rule in Chinese. */
export type Finding = { code: string; text: string }
type Lint = (value: string) => Finding | undefined

const bad = (code: string, text: string): Finding => ({ code, text })
const notDigits = bad('non-digit-character', '应全是数字')

const isDigits = (value: string) => characterSets.N.test(value)

/** True-or-finding: the finding where the value does not match. */
const like =
  (pattern: RegExp, code: string, text: string): Lint =>
  (value) =>
    pattern.test(value) ? undefined : bad(code, text)

const among =
  (list: ReadonlySet<string>, code: string, text: string): Lint =>
  (value) =>
    list.has(value) ? undefined : bad(code, text)

const digits: Lint = (value) => (isDigits(value) ? undefined : notDigits)

const csum: Lint = (value) => {
  if (value === '') return bad('too-short-for-check-digit', '太短，没有校验位')
  if (!isDigits(value)) return notDigits
  return hasCheckDigit(value) ? undefined : bad('incorrect-check-digit', '校验位不对')
}

const csumalpha: Lint = (value) => {
  if (value.length < 2) return bad('too-short-for-check-pair', '太短，没有两位校验字符')
  if (value.length > 99) return bad('too-long-for-check-pair-implementation', '太长，算不出校验字符')
  const pair = checkPair(value.slice(0, -2))
  if (pair === undefined) return bad('invalid-cset82-character', '含有不允许的字符')
  return pair === value.slice(-2) ? undefined : bad('incorrect-check-pair', '两位校验字符不对')
}

const cset64: Lint = (value) => {
  const pads = value.length - value.replace(/=+$/, '').length
  if (pads > 2 || (pads > 0 && value.length % 3 !== 0)) return bad('invalid-cset64-padding', '末尾的 = 填充不对')
  return characterSets.Z.test(value) ? undefined : bad('invalid-cset64-character', '含有 base64url 之外的字符')
}

/** A company prefix begins with at least four digits; whose it is only GS1's register knows, which is not asked. */
const gcppos1: Lint = (value) => {
  if (value.length < 4) return bad('too-short-for-gcp', '太短，没有厂商识别代码')
  return isDigits(value.slice(0, 4)) ? undefined : bad('invalid-gcp-prefix', '开头应为厂商识别代码（数字）')
}
const gcppos2: Lint = (value) => gcppos1(value.slice(1))

/** A number of fixed length below a limit: an hour, a minute, a second. */
function clock(length: number, what: string, limits: readonly [part: string, title: string, limit: number][]): Lint {
  return (value) => {
    if (value.length < length) return bad(`${what}-too-short`, `应为 ${length} 位数字`)
    if (value.length > length) return bad(`${what}-too-long`, `应为 ${length} 位数字`)
    if (!isDigits(value)) return notDigits
    for (const [index, [part, title, limit]] of limits.entries()) {
      if (Number(value.slice(2 * index, 2 * index + 2)) >= limit)
        return bad(`illegal-${part}`, `${title}应小于 ${limit}`)
    }
    return undefined
  }
}
const hour = ['hour', '小时', 24] as [string, string, number]
const minute = ['minute', '分钟', 60] as [string, string, number]

const daysIn = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** A date; `day00`: day 00 says the month's end. Two-digit years lie in this century: 00 is a leap year, as in both. */
function date(yearDigits: 2 | 4, day00: boolean): Lint {
  const length = yearDigits + 4
  return (value) => {
    if (value.length < length) return bad('date-too-short', `日期应为 ${length} 位数字`)
    if (value.length > length) return bad('date-too-long', `日期应为 ${length} 位数字`)
    if (!isDigits(value)) return notDigits
    const year = Number(value.slice(0, yearDigits)) + (yearDigits === 2 ? 2000 : 0)
    const month = Number(value.slice(yearDigits, -2))
    const day = Number(value.slice(-2))
    if (month < 1 || month > 12) return bad('illegal-month', '没有这个月份')
    const isLeap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
    const last = (daysIn[month - 1] ?? 0) + (isLeap ? 1 : 0)
    return day > last || (day === 0 && !day00) ? bad('illegal-day', '没有这一天') : undefined
  }
}

const iban: Lint = (value) => {
  if (value.length <= 10) return bad('iban-too-short', '银行账号太短')
  if (value.length > 34) return bad('iban-too-long', '银行账号太长')
  if (!countryLetters.has(value.slice(0, 2))) return bad('illegal-iban-country-code', '银行账号应以国家代码开头')
  let rest = 0
  for (const character of value.slice(4) + value.slice(0, 4)) {
    const digit = Number.parseInt(character, 36)
    if (!/[0-9A-Z]/.test(character)) return bad('invalid-iban-character', '银行账号只能有数字和大写字母')
    rest = (rest * (digit > 9 ? 100 : 10) + digit) % 97
  }
  return rest === 1 ? undefined : bad('incorrect-iban-checksum', '银行账号的校验位不对')
}

/** Ten digits: degrees times ten million, shifted so that none is negative. */
function degrees(what: string, title: string, limit: number): Lint {
  return (value) => {
    if (value.length !== 10) return bad(`${what}-invalid-length`, `${title}应为 10 位数字`)
    if (!isDigits(value)) return notDigits
    return Number(value) > limit ? bad(`invalid-${what}`, `${title}超出范围`) : undefined
  }
}

const nonzero: Lint = (value) => {
  if (!isDigits(value)) return notDigits
  return /[1-9]/.test(value) ? undefined : bad('illegal-zero-value', '不能是零')
}

const nozeroprefix: Lint = (value) => {
  if (!isDigits(value)) return notDigits
  return value.startsWith('0') ? bad('illegal-zero-prefix', '不能以零开头') : undefined
}

const pieceoftotal: Lint = (value) => {
  if (value.length === 0 || value.length % 2 !== 0) {
    return bad('invalid-length-for-piece-of-total', '件号与总件数的位数应相同')
  }
  if (!isDigits(value)) return notDigits
  const piece = Number(value.slice(0, value.length / 2))
  const total = Number(value.slice(value.length / 2))
  if (piece === 0) return bad('zero-piece-number', '件号不能是零')
  if (total === 0) return bad('zero-total-pieces', '总件数不能是零')
  return piece > total ? bad('piece-number-exceeds-total', '件号大于总件数') : undefined
}

const posinseqslash: Lint = (value) => {
  const match = /^([0-9]+)\/([0-9]+)$/.exec(value)
  const [, position = '', end = ''] = match ?? []
  if (match === null) return bad('position-in-sequence-malformed', '次序应写成“第几/共几”')
  if (position.startsWith('0') || end.startsWith('0')) return bad('illegal-zero-prefix', '不能以零开头')
  return Number(position) > Number(end) ? bad('position-exceeds-end', '次序大于总数') : undefined
}

const importeridx: Lint = (value) => {
  if (value.length !== 1) return bad('importer-idx-must-be-one-character', '进口商索引应为一个字符')
  return /^[-0-9A-Z_a-z]$/.test(value) ? undefined : bad('invalid-import-idx-character', '进口商索引的字符不允许')
}

/** The rules that components of application identifiers follow, by the names that GS1's syntax dictionary gives them. */
export const linters = {
  csetnumeric: digits,
  cset39: like(characterSets.Y, 'invalid-cset39-character', '含有不允许的字符'),
  cset82: like(characterSets.X, 'invalid-cset82-character', '含有不允许的字符'),
  cset64,
  csum,
  csumalpha,
  gcppos1,
  gcppos2,
  hasnondigit: like(/[^0-9]/, 'requires-non-digit-character', '至少要有一个不是数字的字符'),
  hh: clock(2, 'hour', [hour]),
  hhmi: clock(4, 'hour-with-minute', [hour, minute]),
  mi: clock(2, 'minute', [minute]),
  ss: clock(2, 'second', [['second', '秒', 60]]),
  hyphen: like(/^-*$/, 'not-hyphen', '只能是连字符'),
  iban,
  importeridx,
  iso3166: among(countryNumbers, 'not-iso3166', '不是 ISO 3166 国家代码（三位数字）'),
  iso3166999: (value: string) =>
    value === '999' || countryNumbers.has(value)
      ? undefined
      : bad('not-iso3166-or-999', '不是 ISO 3166 国家代码（三位数字）或 999'),
  iso3166alpha2: among(countryLetters, 'not-iso3166-alpha2', '不是 ISO 3166 国家代码（两个字母）'),
  iso4217: among(currencyNumbers, 'not-iso4217', '不是 ISO 4217 货币代码（三位数字）'),
  iso5218: like(/^[0129]$/, 'invalid-biological-sex-code', '性别代码只能是 0、1、2、9'),
  latitude: degrees('latitude', '纬度', 1_800_000_000),
  longitude: degrees('longitude', '经度', 3_600_000_000),
  mediatype: like(/^(?:0[1-9]|10|[89][0-9])$/, 'invalid-media-type', '没有这种载体介质'),
  nonzero,
  nozeroprefix,
  packagetype: among(packageTypes, 'invalid-package-type', '没有这种包装类型代码'),
  pcenc: like(/^(?:[^%]|%[0-9A-Fa-f]{2})*$/, 'invalid-percent-sequence', '% 后面应是两位十六进制数字'),
  pieceoftotal,
  posinseqslash,
  winding: like(/^[019]$/, 'invalid-winding-direction', '卷绕方向只能是 0、1、9'),
  yesno: like(/^[01]$/, 'not-zero-or-one', '只能是 0 或 1'),
  yymmd0: date(2, true),
  yymmdd: date(2, false),
  yyyymmd0: date(4, true),
  yyyymmdd: date(4, false),
  zero: like(/^0*$/, 'not-zero', '只能是零'),
  couponcode: lintCoupon,
  couponposoffer: lintPositiveOffer,
} satisfies Record<string, Lint>

export type LinterName = keyof typeof linters
