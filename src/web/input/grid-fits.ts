import type { Field, PlainFields } from '../../language/fields/index.ts'

/** Least width of a column in px in which its input can be read; lines.css holds the same. */
const least: Partial<Record<Field['type'], number>> = { code: 132, quantity: 140, day: 112, number: 70, choice: 102 }

/** Whether lines with these fields stand side by side in a grid of a width; else each line is a block of its own. */
export function gridFits(fields: PlainFields, width: number): boolean {
  const own = Object.values(fields).filter((field) => !field.derived)
  const wanted = own.map((field) => least[field.type] ?? (field.required ? 102 : 84))
  const numberAndActs = 130
  return wanted.reduce((sum, each) => sum + each, numberAndActs) <= width
}
