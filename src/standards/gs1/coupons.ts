import type { Finding } from './linters.ts'

/**
 * North American coupons, AI (8110) and (8112), as GS1 US describes them: fields of digits one after the other, many of
 * them led by a digit that tells their length.
 */

/** Raised where the data end too soon or break a rule; never leaves this module. */
class Stop extends Error {
  readonly finding: Finding
  constructor(code: string, text: string) {
    super(code)
    this.finding = { code, text }
  }
}

/** Reads digits one field after the other. */
class Reader {
  private readonly data: string
  private at = 0
  constructor(data: string) {
    this.data = data
  }

  get isAtEnd(): boolean {
    return this.at === this.data.length
  }

  /** Takes the next digit where it is this one. */
  accept(digit: string): boolean {
    const isNext = this.data.charAt(this.at) === digit
    if (isNext) this.at++
    return isNext
  }

  /** One digit out of those allowed. */
  one(allowed: string, missing: string, invalid: string, title: string): string {
    const digit = this.data.charAt(this.at)
    if (digit === '') throw new Stop(missing, `优惠券代码缺少${title}`)
    if (!allowed.includes(digit)) throw new Stop(invalid, `优惠券代码的${title}不能是 ${digit}`)
    this.at++
    return digit
  }

  /** So many digits. */
  take(length: number, truncated: string, title: string): string {
    if (this.data.length - this.at < length) throw new Stop(truncated, `优惠券代码的${title}不足 ${length} 位`)
    this.at += length
    return this.data.slice(this.at - length, this.at)
  }

  /** A field led by its length less `base`; the digit `none` says that there is none. */
  sized(allowed: string, base: number, codes: readonly [string, string, string], title: string, none = ''): string {
    const size = this.one(allowed, codes[0], codes[1], `${title}长度`)
    return size === none ? '' : this.take(Number(size) + base, codes[2], title)
  }
}

function read(data: string, fields: (reader: Reader) => void): Finding | undefined {
  if (!/^[0-9]*$/.test(data)) return { code: 'non-digit-character', text: '应全是数字' }
  try {
    const reader = new Reader(data)
    fields(reader)
    if (!reader.isAtEnd) throw new Stop('coupon-excess-data', '优惠券代码末尾有多余的数字')
    return undefined
  } catch (error) {
    if (error instanceof Stop) return error.finding
    throw error
  }
}

const codes = (field: string, size = field): [string, string, string] => [
  `coupon-missing-${size}-vli`,
  `coupon-invalid-${size}-length`,
  `coupon-truncated-${size}`,
]

const digits = '0123456789'

/** A North American coupon code, AI (8110). */
export function lintCoupon(data: string): Finding | undefined {
  return read(data, (reader) => {
    reader.sized('0123456', 6, codes('gcp'), '厂商识别代码')
    reader.take(6, 'coupon-truncated-offer-code', '优惠代码')
    reader.sized('12345', 0, codes('save-value'), '优惠金额')
    purchase(reader, '1st', '第一购买要求')
    if (reader.accept('1')) {
      const rules = 'additional-purchase-rules-code'
      reader.one('0123', `coupon-missing-${rules}`, `coupon-invalid-${rules}`, '附加购买规则')
      purchase(reader, '2nd', '第二购买要求')
      reader.sized('01234569', 6, codes('2nd-purchase-gcp'), '第二购买厂商识别代码', '9')
    }
    if (reader.accept('2')) {
      purchase(reader, '3rd', '第三购买要求')
      reader.sized('01234569', 6, codes('3rd-purchase-gcp'), '第三购买厂商识别代码', '9')
    }
    dates(reader)
    if (reader.accept('5')) reader.sized(digits, 6, codes('serial-number'), '序列号')
    if (reader.accept('6')) reader.sized('1234567', 6, codes('retailer-gcp-or-gln'), '零售商代码')
    if (reader.accept('9')) flags(reader)
  })
}

function purchase(reader: Reader, which: string, title: string): void {
  reader.sized('12345', 0, codes(`${which}-purchase-requirement`), title)
  const code = `${which}-purchase-requirement-code`
  reader.one('012349', `coupon-missing-${code}`, `coupon-invalid-${code}`, `${title}代码`)
  reader.take(3, `coupon-truncated-${which}-purchase-family-code`, `${title}产品族`)
}

function dates(reader: Reader): void {
  let expiration: string | undefined
  if (reader.accept('3')) {
    expiration = reader.take(6, 'coupon-too-short-for-expiration-date', '截止日期')
    if (!isDay(expiration)) throw new Stop('coupon-invalid-expiration-date', '优惠券代码的截止日期不对')
  }
  if (reader.accept('4')) {
    const start = reader.take(6, 'coupon-too-short-for-start-date', '开始日期')
    if (!isDay(start)) throw new Stop('coupon-invalid-start-date', '优惠券代码的开始日期不对')
    if (expiration !== undefined && start > expiration) {
      throw new Stop('coupon-expiration-before-start', '优惠券代码的截止日期早于开始日期')
    }
  }
}

function isDay(text: string): boolean {
  const month = Number(text.slice(2, 4))
  const day = Number(text.slice(4))
  // Day 0 of the month after is the last of this one.
  const last = new Date(Date.UTC(2000 + Number(text.slice(0, 2)), month, 0)).getUTCDate()
  return month >= 1 && month <= 12 && day >= 1 && day <= last
}

function flags(reader: Reader): void {
  reader.one('01256', 'coupon-missing-save-value-code', 'coupon-invalid-save-value-code', '优惠方式')
  const item = 'save-value-applies-to-item'
  reader.one('012', `coupon-missing-${item}`, `coupon-invalid-${item}`, '优惠适用项')
  reader.one(digits, 'coupon-missing-store-coupon-flag', '', '门店券标志')
  const multiply = 'dont-multiply-flag'
  reader.one('01', `coupon-missing-${multiply}`, `coupon-invalid-${multiply}`, '不可翻倍标志')
}

/** A coupon of the positive offer file, AI (8112). */
export function lintPositiveOffer(data: string): Finding | undefined {
  return read(data, (reader) => {
    reader.one('01', 'coupon-missing-format-code', 'coupon-invalid-format-code', '格式代码')
    reader.sized('0123456', 6, codes('funder'), '出资方代码')
    reader.take(6, 'coupon-truncated-offer-code', '优惠代码')
    reader.sized(digits, 6, codes('serial-number'), '序列号')
  })
}
