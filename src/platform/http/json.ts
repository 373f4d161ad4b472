import { isUtf8 } from 'node:buffer'
import { Failure } from '../../failure.ts'

/** Deepest nesting that is read. */
const deepest = 64

/** Nesting depth of a JSON text, counted without building anything; stops at the limit. */
function tooDeep(text: string): boolean {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    // Most of a text is within quotes: what stands there is not looked at one by one.
    if (c === 34) {
      i = endOfString(text, i + 1)
      if (i < 0) return false
    } else if (c === 123 || c === 91) {
      if (++depth > deepest) return true
    } else if (c === 125 || c === 93) depth--
  }
  return false
}

/** Where the string ends whose first character stands at `from`: at a quote after an even number of backslashes. -1: nowhere. */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end >= 0; end = text.indexOf('"', end + 1)) {
    let first = end
    while (first > from && text.charCodeAt(first - 1) === 92) first--
    if ((end - first) % 2 === 0) return end
  }
  return -1
}

/** `__proto__` and the like never mean what they seem to. */
function reviver(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new Failure(400, 'malformed-json', 'JSON 里不能有名为 __proto__ 的字段')
  return value
}

/** The text of a body's bytes. Other encodings are refused: read as UTF-8 each of their characters would be lost unseen. */
export function utf8Of(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new Failure(400, 'wrong-encoding', '内容不是 UTF-8 编码（可能是 GBK），请转成 UTF-8 再发送')
  return bytes.toString('utf8')
}

/** Reads a JSON body: malformed, too deep or poisoned input is refused with a sentence that says where. */
export function parseJson(text: string): unknown {
  if (text.trim() === '') throw new Failure(400, 'empty-body', '没有收到内容')
  if (tooDeep(text)) throw new Failure(400, 'too-deep', `JSON 嵌套超过 ${deepest} 层`)
  try {
    return text.includes('__proto__') || text.includes('\\u005f') ? JSON.parse(text, reviver) : JSON.parse(text)
  } catch (error) {
    if (error instanceof Failure) throw error
    const [, position] = /position (\d+)/.exec((error as Error).message) ?? []
    const place = position ? `（第 ${text.slice(0, Number(position)).split('\n').length} 行附近）` : ''
    throw new Failure(400, 'malformed-json', `内容不是有效的 JSON${place}`)
  }
}
