import { isUtf8 } from 'node:buffer'
import { unreadable } from './refusal.ts'

/** Bytes read between two breaths of the event loop. */
const slice = 256 * 1024
/** No tag of a workbook is longer. */
const tagMax = 64 * 1024

/** What the reader of a document wants to be told; `true` stops it. Names come without their prefix. */
export type Handlers = {
  /**
   * Is asked at each `<` before it is read: takes pieces of the commonest form at once and says where they end, or -1.
   * Its letters are the document's bytes (`asText`).
   */
  pieces?(bytes: string, start: number): number
  open?(name: string, tag: string): boolean | undefined
  text?(text: string): void
  close?(name: string): boolean | undefined
}

const notXml = () => unreadable('damaged-file', '文件内部的 XML 已损坏，请用 Excel 或 WPS 重新保存后再上传')

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** What bytes, one a letter, say in UTF-8. */
export const asText = (bytes: string): string =>
  /[\x80-\xff]/.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes

/** Text with its entities resolved: the five of XML and characters by number. No others exist without a DTD. */
function resolved(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(#x[0-9a-fA-F]{1,6}|#\d{1,7}|\w{1,8});?/g, (_, name: string) => {
    const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    const found = name.startsWith('#') ? (code <= 0x10ffff ? String.fromCodePoint(code) : undefined) : entities[name]
    if (found === undefined) throw notXml()
    return found
  })
}

/** The value of an attribute of a tag as `open` gets it, or nothing. */
export function attribute(tag: string, name: string): string | undefined {
  for (const quote of ['"', "'"]) {
    const mark = `${name}=${quote}`
    for (let at = tag.indexOf(mark); at > 0; at = tag.indexOf(mark, at + 1))
      if (tag.charCodeAt(at - 1) <= 32) {
        const start = at + mark.length
        const end = tag.indexOf(quote, start)
        return end < 0 ? undefined : resolved(tag.slice(start, end))
      }
  }
  return undefined
}

/** Where the tag that begins at `from` ends: a `>` within quotes does not end it. */
function endOfTag(text: string, from: number): number {
  let end = text.indexOf('>', from)
  for (;;) {
    if (end < 0) return -1
    const tag = text.slice(from, end)
    if (tag.split('"').length % 2 === 1 || tag.length > tagMax) return end
    end = text.indexOf('>', end + 1)
  }
}

const closedName = (name: string): string => name.slice(name.indexOf(':') + 1).trimEnd()

function openedName(tag: string): string {
  let stop = 0
  while (stop < tag.length && tag.charCodeAt(stop) > 32) stop++
  const name = tag.slice(0, stop)
  return name.slice(name.indexOf(':') + 1)
}

/** Reads what stands whole in `text`; returns how far it came, or -1 where a handler stopped it. */
function step(text: string, on: Handlers): number {
  let at = 0
  for (;;) {
    const start = text.indexOf('<', at)
    if (start < 0) return at
    const past = on.pieces?.(text, start) ?? -1
    if (past >= 0) {
      at = past
      continue
    }
    const next = text.charCodeAt(start + 1)
    const simple = next === 47 || text.charCodeAt(start + 2) === 62 || text.charCodeAt(start + 2) === 32
    const end = simple ? text.indexOf('>', start) : endOfTag(text, start)
    if (end < 0) return at
    if (next === 33) {
      if (!text.startsWith('<!--', start)) throw notXml()
      const closed = text.indexOf('-->', start)
      if (closed < 0) return at
      at = closed + 3
      continue
    }
    if (on.text && start > at) on.text(resolved(asText(text.slice(at, start))))
    at = end + 1
    if (next === 63) continue
    if (next === 47) {
      if (on.close?.(end === start + 3 ? (text[start + 2] as string) : closedName(text.slice(start + 2, end))))
        return -1
      continue
    }
    const empty = text.charCodeAt(end - 1) === 47
    const tag = asText(text.slice(start + 1, empty ? end - 1 : end))
    const name = tag.charCodeAt(1) === 32 || tag.length === 1 ? (tag[0] as string) : openedName(tag)
    if (on.open?.(name, tag)) return -1
    if (empty && on.close?.(name)) return -1
  }
}

/**
 * Reads an XML part of a workbook in one pass without building anything: less than half the time of a general parser
 * (saxes), a third of exceljs (docs/decisions/0010-sheets.md). Entities beyond XML's own, DTDs and wrong encodings are refused.
 */
export async function scanXml(bytes: Buffer, on: Handlers): Promise<void> {
  if (!isUtf8(bytes)) throw notXml()
  let rest = ''
  // A byte order mark is no part of the document.
  for (let from = bytes[0] === 0xef && bytes[1] === 0xbb ? 3 : 0; from < bytes.length; from += slice) {
    const last = from + slice >= bytes.length
    // A letter for each byte: half the memory of text with Chinese in it, and only what is kept is decoded.
    const text = rest + bytes.toString('latin1', from, Math.min(from + slice, bytes.length))
    const came = step(text, on)
    if (came < 0) return
    rest = text.slice(came)
    // Text without any tag for megabytes is no workbook.
    if (rest.length > 8 * slice)
      throw unreadable('too-large-inside', '文件里有一处文字超过 2 MB，请检查是不是粘贴了别的内容')
    if (!last) await new Promise(setImmediate)
  }
  if (rest.includes('<')) throw notXml()
}
