import {
  applicationIdentifiers,
  checkDigit,
  checkElement,
  type Element,
  type Gs1Key,
  hasCheckDigit,
  isGs1Text,
  type Qualifier,
  splitEpc,
} from '../gs1/index.ts'
import { type Problem, type Result, refuse } from '../problem.ts'
import { canonicalStem } from './canonical.ts'
import { checkedDigits, type PrimaryKey, primaryKeys } from './keys.ts'
import { encodeValue, type LinkPath, readPath } from './path.ts'

/**
 * A GS1 Digital Link taken apart. `stem` is everything before the key (`https://example.com/p`, '' for a bare path);
 * `attributes` are the query's application identifiers (`15`, `3103` …), `parameters` the rest of the query.
 * All values are plain text, not percent-encoded. A GTIN keeps the length it was written in.
 */
export type DigitalLink = Gs1Key & {
  stem: string
  attributes: Readonly<Record<string, string>>
  parameters: Readonly<Record<string, string>>
}

/**
 * Reads a Digital Link strictly (GS1 Digital Link: URI Syntax 1.4): form and check digit of the key, order and form of
 * qualifiers, identifiers in the query. `at` names the field. A compressed one is none: see `decompressDigitalLink`.
 */
export function parseDigitalLink(uri: string, at = ''): Result<DigitalLink> {
  const text = uri.trim()
  const path = readPath(text)
  if (path === undefined) {
    return refuse('not-a-digital-link', `“${text.slice(0, 80)}”不是 GS1 Digital Link：路径中没有完整的 GS1 标识`, at)
  }
  const attributes: Record<string, string> = {}
  const parameters: Record<string, string> = {}
  const query = queryOf(text)
  for (const [name, value] of query === '' ? [] : new URLSearchParams(query)) {
    // Names all of digits are kept for identifiers.
    const target = /^\d+$/.test(name) ? attributes : parameters
    Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true })
  }
  const problems = [...keyProblems(path, at), ...qualifierProblems(path, at), ...attributeProblems(attributes, at)]
  if (problems.length > 0) return { ok: false, problems }
  const value: DigitalLink = {
    ai: path.primary.ai,
    value: path.value,
    qualifiers: path.qualifiers.map(({ rule, value: part }) => ({ ai: rule.ai, value: part })),
    stem: text.slice(0, path.start),
    attributes,
    parameters,
  }
  return { ok: true, value }
}

function queryOf(uri: string): string {
  const from = uri.indexOf('?')
  if (from < 0) return ''
  const to = uri.indexOf('#', from)
  return uri.slice(from + 1, to < 0 ? undefined : to)
}

function keyProblems({ primary, value }: LinkPath, at: string): Problem[] {
  const digits = checkedDigits(primary, value)
  if (digits !== undefined && !hasCheckDigit(digits)) {
    const right = checkDigit(digits.slice(0, -1)) ?? ''
    return [{ code: 'check-digit', text: `${primary.title}“${digits}”的校验位不对，应为 ${right}`, at }]
  }
  if (!isGs1Text(value)) return [{ code: 'charset', text: `${primary.title}“${value}”含有不允许的字符`, at }]
  const full = primary.ai === '01' ? value.padStart(14, '0') : value
  return checkElement(primary.ai, full, at).map(({ text }) => ({ code: 'key-form', text, at }))
}

function attributeProblems(attributes: Readonly<Record<string, string>>, at: string): Problem[] {
  return Object.entries(attributes).flatMap(([ai, value]) => {
    if (applicationIdentifiers.get(ai)?.link === undefined) {
      return [{ code: 'attribute', text: `（${ai}）不是可以写在查询部分的应用标识符`, at }]
    }
    return checkElement(ai, value, at).map(({ text }) => ({ code: 'attribute-form', text, at }))
  })
}

function qualifierProblems({ primary, qualifiers }: LinkPath, at: string): Problem[] {
  const problems: Problem[] = []
  let last = -1
  for (const { rule, value } of qualifiers) {
    const order = primary.qualifiers.indexOf(rule.ai)
    if (order < 0) {
      problems.push({ code: 'qualifier', text: `${rule.title}（${rule.ai}）不能跟在${primary.title}后面`, at })
    } else if (order <= last) {
      problems.push({ code: 'qualifier-order', text: `${rule.title}（${rule.ai}）的位置不对或重复`, at })
    }
    const [wrong] = checkElement(rule.ai, value, at)
    if (wrong) problems.push({ code: 'qualifier-form', text: wrong.text, at })
    last = Math.max(last, order)
  }
  const sequences = applicationIdentifiers.get(primary.ai)?.qualifiers ?? []
  if (
    problems.length === 0 &&
    !sequences.some((sequence) => qualifiers.every(({ rule }) => sequence.includes(rule.ai)))
  ) {
    if (qualifiers.length === 0) return []
    const shown = qualifiers.map(({ rule }) => `${rule.title}（${rule.ai}）`).join('、')
    problems.push({ code: 'qualifier', text: `${shown}不能同时跟在${primary.title}后面`, at })
  }
  return problems
}

/**
 * Writes elements as a Digital Link: the first key among them (or one already written, as `/01/…`), its qualifiers in
 * order, everything else in the query. Undefined where none is a key.
 */
export function writeLink(
  elements: readonly Element[],
  { stem = canonicalStem, key }: { stem?: string; key?: string } = {},
): string | undefined {
  const first = elements.find(({ ai }) => primaryKeys.get(ai)?.ai === ai)
  const primary = key === undefined ? first && primaryKeys.get(first.ai) : primaryKeys.get(key.split('/')[1] ?? '')
  if (primary === undefined) return undefined
  const qualifiers = primary.qualifiers.flatMap((ai) => elements.filter((element) => element.ai === ai))
  const rest = elements.filter((element) => !qualifiers.includes(element) && (key !== undefined || element !== first))
  const attributes = Object.fromEntries(rest.map(({ ai, value }) => [ai, value]))
  if (key === undefined && first) return buildDigitalLink({ ...first, qualifiers, attributes }, stem)
  const tail = buildDigitalLink({ ai: '', value: '', qualifiers, attributes }, '').slice(2)
  return `${stem}${key}${tail}`
}

/**
 * Writes a Digital Link: canonical (id.gs1.org, GTIN in 14 digits) unless another stem is given. The inverse of
 * `parseDigitalLink`; values are percent-encoded here.
 */
export function buildDigitalLink(
  key: { ai: string; value: string; qualifiers?: readonly Qualifier[]; attributes?: Readonly<Record<string, string>> },
  stem: string = canonicalStem,
): string {
  const value = key.ai === '01' ? key.value.padStart(14, '0') : key.value
  let link = `${stem}/${key.ai}/${encodeValue(value)}`
  for (const qualifier of key.qualifiers ?? []) link += `/${qualifier.ai}/${encodeValue(qualifier.value)}`
  const query = Object.entries(key.attributes ?? {}).map(([ai, text]) => `${ai}=${encodeURIComponent(text)}`)
  return query.length > 0 ? `${link}?${query.join('&')}` : link
}

/** The canonical Digital Link of an EPC URN; undefined where it names no GS1 key (gid, usdod, a pattern …). */
export function epcToDigitalLink(urn: string): string | undefined {
  const key = splitEpc(urn.trim())?.key
  return key && buildDigitalLink(key)
}

/** The EPC scheme of a key with the qualifier it ends in ('' for none; `*` where only the class is named). */
const schemes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '00': { '': 'id:sscc' },
  '01': { '': 'idpat:sgtin', '21': 'id:sgtin', '10': 'class:lgtin', '235': 'id:upui' },
  '253': { '': 'id:gdti' },
  '255': { '': 'id:sgcn' },
  '401': { '': 'id:ginc' },
  '402': { '': 'id:gsin' },
  '414': { '': 'id:sgln', '254': 'id:sgln' },
  '417': { '': 'id:pgln' },
  '8003': { '': 'id:grai' },
  '8004': { '': 'id:giai' },
  '8006': { '': 'idpat:itip', '21': 'id:itip' },
  '8010': { '': 'idpat:cpi', '8011': 'id:cpi' },
  '8017': { '': 'id:gsrnp' },
  '8018': { '': 'id:gsrn' },
}

/**
 * The EPC URN of a Digital Link. A link does not tell where the company prefix ends, so its length (6 to 12) is asked
 * for. Undefined where the text is no Digital Link, has no EPC form, or the length does not fit.
 */
export function digitalLinkToEpc(link: string, companyPrefixLength: number): string | undefined {
  const path = readPath(link.trim())
  if (path === undefined || companyPrefixLength < 6 || companyPrefixLength > 12) return undefined
  // A URN has no check digit: a wrong one would be put right in silence, and the URN name another thing.
  const digits = checkedDigits(path.primary, path.value)
  if (digits !== undefined && !hasCheckDigit(digits)) return undefined
  const { primary } = path
  const finest = path.qualifiers.filter(({ rule }) => rule.ai !== '22').at(-1)
  const form = schemes[primary.ai]?.[finest?.rule.ai ?? '']
  if (form === undefined) return undefined
  const urn = `urn:epc:${form}:${epcFields(primary, path.value, companyPrefixLength, finest?.value)}`
  if (splitEpc(urn)?.key) return urn
  // Assets, documents and coupons without a serial are patterns.
  return `urn:epc:${form.replace('id:', 'idpat:')}:${epcFields(primary, path.value, companyPrefixLength, '*')}`
}

function epcFields(primary: PrimaryKey, value: string, prefix: number, serial: string | undefined): string {
  const tail = serial === undefined ? '' : `.${serial === '*' ? '*' : encodeEpc(serial)}`
  switch (primary.ai) {
    case '01':
    case '8006': {
      const gtin = value.slice(0, value.length === 18 ? 14 : undefined).padStart(14, '0')
      const pieces = value.length === 18 ? `.${value.slice(14, 16)}.${value.slice(16)}` : ''
      return `${gtin.slice(1, prefix + 1)}.${gtin[0]}${gtin.slice(prefix + 1, 13)}${pieces}${tail || '.*'}`
    }
    case '00':
      return `${value.slice(1, prefix + 1)}.${value[0]}${value.slice(prefix + 1, 17)}`
    case '414':
      return `${value.slice(0, prefix)}.${value.slice(prefix, 12)}${tail || '.0'}`
    case '253':
    case '255':
      return `${value.slice(0, prefix)}.${value.slice(prefix, 12)}.${tail ? '*' : encodeEpc(value.slice(13))}`
    case '8003':
      return `${value.slice(1, prefix + 1)}.${value.slice(prefix + 1, 13)}.${tail ? '*' : encodeEpc(value.slice(14))}`
    case '401':
    case '8004':
      return `${value.slice(0, prefix)}.${encodeEpc(value.slice(prefix))}`
    case '8010':
      return `${value.slice(0, prefix)}.${encodeEpc(value.slice(prefix))}${tail || '.*'}`
    default:
      return `${value.slice(0, prefix)}.${value.slice(prefix, -1)}`
  }
}

/** Characters that may not stand plain in an EPC URN are escaped (Tag Data Standard, table 7-1). */
function encodeEpc(text: string): string {
  return text.replace(/[^!'()*+,\-.0-9:;=A-Z_a-z]/g, (c) => encodeURIComponent(c))
}
