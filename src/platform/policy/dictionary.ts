import type { Problem } from '../../language/index.ts'

/** What an operator says about one code of a table: a word of its own, or that nobody may choose it any more. */
export type Entry = { code: string; title: string; retired: boolean }

/** More would be another table, not an operator's supplement. */
const entriesMax = 500

const line = /^(-?)([0-9A-Za-z][0-9A-Za-z-]{0,39})(?:\s+(\S.{0,59}))?$/

/** How the codes of a dictionary are written: a standard's table, or the options of a field. */
export const codeShapes = {
  table: { code: /^[0-9A-Z]{1,40}$/, words: '数字和大写字母' },
  options: { code: /^[a-z0-9][a-z0-9-]{0,39}$/, words: '小写字母、数字和连字符' },
} as const

/** Reads a dictionary as it is written on its page: `33 预制菜` adds or renames a code, `-33` takes it out of use. */
export function parseDictionary(
  text: string | null,
  shape: keyof typeof codeShapes = 'table',
): { entries: Entry[]; problems: Problem[] } {
  const entries: Entry[] = []
  const problems: Problem[] = []
  const seen = new Set<string>()
  const lines = (text ?? '').split('\n').map((each) => each.trim())
  for (const [index, each] of lines.entries()) {
    if (!each) continue
    const [, minus, code = '', title = ''] = line.exec(each) ?? []
    const wrong =
      minus === undefined || !codeShapes[shape].code.test(code)
        ? `应为“代码 名称”，代码由${codeShapes[shape].words}组成；停用的写“-代码”`
        : seen.has(code)
          ? `代码 ${code} 重复`
          : !minus && !title
            ? `代码 ${code} 缺少名称`
            : undefined
    if (wrong) problems.push({ code: 'wrong-format', text: `第 ${index + 1} 行：${wrong}`, at: '/entries' })
    seen.add(code)
    entries.push({ code, title, retired: minus === '-' })
  }
  if (entries.length > entriesMax)
    problems.push({ code: 'too-long', text: `最多 ${entriesMax} 条，现在 ${entries.length} 条`, at: '/entries' })
  return { entries, problems: problems.slice(0, 20) }
}

/** A standard's table as this operator uses it: its own codes after the standard's, retired ones marked, none lost. */
export function withDictionary(
  standard: ReadonlyMap<string, string>,
  text: string | null,
  shape?: keyof typeof codeShapes,
): ReadonlyMap<string, { title: string; retired: boolean }> {
  const all = new Map([...standard].map(([code, title]) => [code, { title, retired: false }]))
  for (const { code, title, retired } of parseDictionary(text, shape).entries) {
    const known = all.get(code)
    if (known || !retired) all.set(code, { title: title || (known?.title ?? code), retired })
  }
  return all
}
