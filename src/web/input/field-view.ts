import { type ComponentType, createContext, useContext } from 'react'
import type { Field, Fields } from '../../language/fields/index.ts'

/** Words for what records hold as ids and codes. */
export type Words = {
  /** Title by id of an owner or referred record. */
  titles: Readonly<Record<string, string>>
  /** The titles name all that one record refers to and may be read: what has none there leads nowhere. */
  isAll?: true
  regions: Readonly<Record<string, string>>
  /** Words of the codes of short tables, by table. */
  codes: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Codes that are read in what was recorded and chosen no more, by table. */
  retired?: Readonly<Record<string, readonly string[]>>
  units: Readonly<Record<string, string>>
  /** Days before its end at which what holds until a day is warned of, the longest first. */
  warnDays?: readonly number[]
  /** Titles of the fields of a kind, for snapshots. */
  fieldsOf(kind: string): Fields | undefined
}

/** What is wrong, by JSON pointer. */
export type Problems = ReadonlyMap<string, readonly string[]>

export type InputProps<F extends Field = Field> = {
  /** Id of the element that takes the focus. */
  id: string
  /** JSON pointer of the value in the record. */
  at: string
  field: F
  value: unknown
  onChange(value: unknown): void
  onBlur?(): void
  problems: Problems
  /** In a grid cell: no room for big buttons. */
  compact?: boolean
  /** Values lately entered here, newest first. */
  recent?: readonly string[]
}

export type CellProps<F extends Field = Field> = { field: F; value: unknown; words: Words; siblings?: Fields }

/** How one type of field is entered, shown and written as text. */
export type FieldView<F extends Field = Field> = {
  /** Absent where the server sets the value. */
  Input?: ComponentType<InputProps<F>>
  /** One line of text: for CSV, differences and cells that need no more. */
  plain(value: unknown, field: F, words: Words): string
  /** In a list; plain text where absent. */
  Cell?: ComponentType<CellProps<F>>
  /** In full, on the detail page; the cell where absent. */
  Full?: ComponentType<CellProps<F>>
  align?: 'right'
}

export const WordsContext = createContext<Words & { learn(id: string, title: string): void }>({
  titles: {},
  regions: {},
  codes: {},
  units: {},
  fieldsOf: () => undefined,
  learn: () => {},
})

/** The words of the form that an input stands in. */
export function useWords() {
  return useContext(WordsContext)
}

/** Id of the input at a pointer, so that a problem's link can find it. */
export function idOf(at: string): string {
  return `at${at.replaceAll('/', '-')}`
}

/** The first problem at a pointer or below it. */
export function problemAt(problems: Problems, at: string): string | undefined {
  for (const [place, texts] of problems) if (place === at || place.startsWith(`${at}/`)) return texts[0]
  return undefined
}
