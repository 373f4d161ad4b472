/** Between the items of a column: the codec lets no control characters through. */
export const SEPARATOR = '\x01'

type Value = string | number | boolean | undefined

/** Rows gathered column by column, in the form in which they reach the database fastest. */
export class Columns {
  readonly names: readonly string[]
  readonly #columns: Value[][]

  constructor(names: readonly string[]) {
    this.names = names
    this.#columns = names.map(() => [])
  }

  /** Adds a row in the order of the columns; its number, from 1. */
  push(row: readonly Value[]): number {
    const columns = this.#columns
    for (let i = 0; i < columns.length; i++) (columns[i] as Value[]).push(row[i])
    return columns[0]?.length ?? 0
  }

  /** The column as one text; null is the empty item. */
  text(name: string): string {
    return this.of(name).join(SEPARATOR)
  }

  /** The column as an array literal, for values without quotes, commas or braces. */
  array(name: string): string {
    const column = this.of(name)
    return `{${(column.includes(undefined) ? column.map((value) => value ?? 'null') : column).join(',')}}`
  }

  /** The values of a column in the order of the rows. */
  of(name: string): readonly Value[] {
    const column = this.#columns[this.names.indexOf(name)]
    if (!column) throw new Error(`no column ${name}`)
    return column
  }
}
