import { buildDigitalLink, epcToDigitalLink, parseDigitalLink } from '../standards/digital-link/index.ts'
import { gtin14 } from '../standards/gs1/index.ts'

export type Typed = { ok: true; path: string } | { ok: false; text: string }

const WIDTHS: Readonly<Record<string, number>> = { '11': 6, '12': 6, '13': 6, '15': 6, '16': 6, '17': 6 }
const SEPARATOR = '\u001d'

/**
 * What a person typed or a scanner sent -> the path of its page: a Digital Link of any host, an EPC URN, an element
 * string (with brackets, or as a scanner gives it), or a GTIN and a lot or serial with a space between.
 * `isSerial` tells the two apart. The path is always on this site: a typed address is never followed.
 */
export function readTyped(typed: string, isSerial: (gtin: string, text: string) => boolean): Typed {
  const text = typed.trim()
  if (text === '') return refuse('请填写追溯码')
  if (text.length > 300) return refuse('太长了，请只填追溯码')
  if (text.startsWith('urn:')) return fromLink(epcToDigitalLink(text) ?? '')
  if (/^(https?:\/)?\//i.test(text)) return fromLink(text)
  if (/^[\w.-]+(:\d+)?\//.test(text)) return fromLink(`https://${text}`)
  if (text.startsWith('(')) return fromPairs(bracketed(text))
  const [gtin = '', rest, ...more] = text.split(/[\s,，;；]+/)
  if (rest !== undefined && more.length === 0)
    return fromPairs([
      ['01', gtin],
      [isSerial(gtin, rest) ? '21' : '10', rest],
    ])
  if (/^01\d{14}./.test(text)) return fromPairs(elements(text))
  if (/^\d{8}(\d{4,6})?$/.test(text)) return refuse('这是商品条码，只说明是哪种商品。请在后面空一格，再填批号或序列号')
  return refuse('看不懂这个码。请填整个网址，或“商品条码 批号”')
}

const refuse = (text: string): Typed => ({ ok: false, text })

function fromLink(link: string): Typed {
  const read = parseDigitalLink(link)
  if (!read.ok) return refuse(read.problems[0]?.text ?? '看不懂这个网址')
  if (read.value.ai !== '01') return refuse('这个码不是商品的追溯码')
  return { ok: true, path: buildDigitalLink(read.value, '') }
}

type Pair = readonly [ai: string, value: string]

function fromPairs(pairs: readonly Pair[]): Typed {
  const of = (ai: string) => pairs.find((pair) => pair[0] === ai)?.[1]
  const gtin = gtin14(of('01') ?? '')
  if (!gtin.ok) return refuse(gtin.problems[0]?.text ?? '商品条码不正确')
  const qualifiers = ['10', '21'].flatMap((ai) => {
    const value = of(ai)
    return value === undefined ? [] : [{ ai, value }]
  })
  return fromLink(buildDigitalLink({ ai: '01', value: gtin.value, qualifiers }, ''))
}

/** `(01)…(10)…` */
function bracketed(text: string): Pair[] {
  return [...text.matchAll(/\((\d{2,4})\)([^(]*)/g)].map(([, ai = '', value = '']) => [ai, value.trim()])
}

/** `01…10…`: identifiers of fixed width follow one another, others end at the separator. */
function elements(text: string): Pair[] {
  const pairs: Pair[] = [['01', text.slice(2, 16)]]
  let rest = text.slice(16)
  while (rest !== '') {
    if (rest.startsWith(SEPARATOR)) {
      rest = rest.slice(1)
      continue
    }
    const ai = rest.slice(0, 2)
    const width = WIDTHS[ai]
    const separator = rest.indexOf(SEPARATOR)
    const end = width === undefined ? (separator < 0 ? rest.length : separator) : 2 + width
    pairs.push([ai, rest.slice(2, end)])
    rest = rest.slice(end)
  }
  return pairs
}
