import type { Sql } from 'postgres'
import { buildDigitalLink, canonicalKey, parseDigitalLink, parseScan } from '../standards/digital-link/index.ts'
import { aliasTarget } from '../trace/codes/index.ts'

/** The key under which another system's code is kept: scheme and value (`ecode:…`, `urn:oid:…`, `hdl:86.…`). */
export function foreignKey(text: string): string | undefined {
  const read = parseScan(text)
  return read.ok && (read.value.form === 'chinese' || read.value.form === 'uri') ? read.value.key.key : undefined
}

/**
 * Where a code of another system leads here: a 商品二维码 whose GTIN and lot can be read leads to them at once, any other
 * to what somebody said that it means. Undefined where the text is no such code, or nobody said.
 */
export async function foreignPath(sql: Sql, text: string): Promise<string | undefined> {
  const key = foreignKey(text)
  if (key === undefined) return undefined
  return pathOf(key) ?? pathOf((await aliasTarget(sql, key)) ?? '')
}

function pathOf(link: string): string | undefined {
  const read = parseDigitalLink(link)
  return read.ok ? buildDigitalLink(read.value, '') : undefined
}

/** What another system's code may mean here: a lot or a thing under its canonical key. */
export function targetOf(text: string): string | undefined {
  const { key, level } = canonicalKey(text)
  return level === 'lot' || level === 'serial' || level === 'logistic' ? key : undefined
}
