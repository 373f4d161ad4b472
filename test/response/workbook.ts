import assert from 'node:assert/strict'
import { columnIndex } from '../../src/platform/sheets/rows.ts'
import { openArchive } from '../../src/platform/sheets/unzip.ts'

/** A day as Excel counts it. */
export const dayNumber = (day: string) => String((Date.parse(day) - Date.UTC(1899, 11, 30)) / 86_400_000)

/** The sheets of a workbook by their names, as rows of texts. */
export async function sheetsOf(bytes: Buffer): Promise<Map<string, string[][]>> {
  const archive = openArchive(bytes)
  const names = [...(await archive.read('xl/workbook.xml', 1e6)).toString().matchAll(/<sheet name="([^"]+)"/g)]
  const sheets = await Promise.all(
    names.map(async ([, name = ''], at): Promise<[string, string[][]]> => {
      const xml = (await archive.read(`xl/worksheets/sheet${at + 1}.xml`, 1e7)).toString()
      const rows = [...xml.matchAll(/<row r="\d+">(.*?)<\/row>/gs)].map(([, row = '']) => {
        const cells: string[] = []
        for (const [, letters = '', text, figure] of row.matchAll(
          /<c r="([A-Z]+)\d+"[^>]*?(?:\/>|>(?:<is><t[^>]*>([^<]*)<\/t><\/is>|<v>([^<]*)<\/v>)<\/c>)/g,
        ))
          cells[columnIndex(letters)] = text ?? figure ?? ''
        return Array.from(cells, (cell) => (cell ?? '').replaceAll('&amp;', '&'))
      })
      return [name, rows]
    }),
  )
  return new Map(sheets)
}

/** The first row below the head in which all of these stand, under their heads. */
export function rowWith(
  sheet: readonly string[][] | undefined,
  wanted: Record<string, string>,
): Record<string, string> {
  const [heads = [], ...rows] = sheet ?? []
  const named = rows.map((row) => Object.fromEntries(heads.map((head, at) => [head, row[at] ?? ''])))
  const found = named.find((row) => Object.entries(wanted).every(([head, value]) => row[head] === value))
  assert.ok(found, `${JSON.stringify(wanted)} is not among ${JSON.stringify(named)}`)
  return found
}
