import { SaxesParser, type SaxesTagNS } from 'saxes'
import { type Result, refuse } from '../../problem.ts'

/** An XML element with its namespaces resolved. Comments and processing instructions are left out. */
export type Element = {
  /** Local name, prefix as written, namespace ('' for none). */
  name: string
  prefix: string
  uri: string
  attributes: readonly Attribute[]
  /** Prefixes declared on this very element ('' is the default namespace). */
  declared: Readonly<Record<string, string>>
  children: Element[]
  /** The text directly inside, white space as written. */
  text: string
  line: number
}
export type Attribute = { name: string; prefix: string; uri: string; value: string }

/** The text of an element, without white space around it unless xml:space="preserve" says that it matters. */
export function elementText(element: Element): string {
  if (element.text === '') return ''
  for (const { name, uri, value } of element.attributes) {
    if (name === 'space' && uri === xmlNamespace && value === 'preserve') return element.text
  }
  return element.text.trim()
}

const xmlNamespace = 'http://www.w3.org/XML/1998/namespace'

/** Raised inside the parser's callbacks to leave it at once; never leaves this module. */
class Stop extends Error {
  readonly code: string
  readonly text: string
  constructor(code: string, text: string) {
    super(code)
    this.code = code
    this.text = text
  }
}

const namespaceAttributes = 'http://www.w3.org/2000/xmlns/'

/**
 * Reads XML into a tree. Strict: well-formed XML 1.0 with namespaces. A document type declaration may name the root and
 * nothing else (official examples have `<!DOCTYPE project>`): no subset, no external identifier, so no entity can be
 * declared, expanded or fetched. `depth` limits nesting, `characters` the length of the text. Never throws.
 */
export function parseTree(text: string, limits: { depth: number; characters: number }): Result<Element> {
  if (text.length > limits.characters) {
    return refuse('too-large', `XML 文档最长 ${limits.characters} 个字符，收到 ${text.length} 个`, '')
  }
  try {
    return { ok: true, value: readTree(text, limits.depth) }
  } catch (error) {
    if (error instanceof Stop) return refuse(error.code, error.text, '')
    throw error
  }
}

function readTree(text: string, depthLimit: number): Element {
  const parser = new SaxesParser({ xmlns: true, forceXMLVersion: true, defaultXMLVersion: '1.0' })
  const open: Element[] = []
  let root: Element | undefined
  let line = 1
  const addText = (part: string) => {
    const element = open.at(-1)
    if (element) element.text += part
  }
  parser.on('error', (error) => {
    throw new Stop('xml', `第 ${parser.line} 行第 ${parser.column} 列的 XML 写得不对：${reason(error.message)}`)
  })
  parser.on('doctype', (declaration) => {
    if (/^\s*[\w:.-]+\s*$/.test(declaration)) return
    throw new Stop('doctype', `第 ${parser.line} 行：不接受带内容或外部引用的文档类型声明（DOCTYPE）`)
  })
  parser.on('opentagstart', () => {
    line = parser.line
  })
  parser.on('opentag', (tag) => {
    if (open.length >= depthLimit) throw new Stop('too-deep', `第 ${line} 行：XML 嵌套不能超过 ${depthLimit} 层`)
    const element = elementOf(tag, line)
    if (open.length === 0) root = element
    else open[open.length - 1]?.children.push(element)
    open.push(element)
  })
  parser.on('closetag', () => {
    open.pop()
  })
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.write(text).close()
  if (root === undefined) throw new Stop('xml', 'XML 文档中没有元素')
  return root
}

function elementOf(tag: SaxesTagNS, line: number): Element {
  const attributes: Attribute[] = []
  for (const name in tag.attributes) {
    const attribute = tag.attributes[name]
    if (attribute === undefined || attribute.uri === namespaceAttributes) continue
    attributes.push({
      name: attribute.local,
      prefix: attribute.prefix,
      uri: attribute.uri,
      value: attribute.value,
    })
  }
  return {
    name: tag.local,
    prefix: tag.prefix,
    uri: tag.uri,
    attributes,
    declared: tag.ns,
    children: [],
    text: '',
    line,
  }
}

/** What the parser found, in Chinese; its own words are English. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/unclosed tag|unexpected close tag|unmatched closing tag/, '标签没有闭合或没有配对'],
  [/undefined entity|entity/, '实体引用不合规，只能用 &amp; &lt; &gt; &quot; &apos; 和字符引用'],
  [/duplicate attribute/, '属性重复'],
  [/unbound namespace prefix/, '用了没有声明的命名空间前缀'],
  [/disallowed character|invalid character/, '含有不允许的字符'],
  [/attribute/, '属性写法不对'],
  [/outside of root|must contain a root|documents may contain only one root/, '只能有一个根元素，根元素之外不能有文字'],
]

function reason(message: string): string {
  return reasons.find(([pattern]) => pattern.test(message))?.[1] ?? '不符合 XML 1.0 的语法'
}
