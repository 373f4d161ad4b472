import { useMemo } from 'react'
import { plainOf, type Words } from '../input/index.tsx'
import { type OwnKind, type Row, useCatalogue } from '../shell/catalogue.ts'

/** Words for the ids and codes of records, with the titles that came with them. */
export function useRecordWords(titles: Readonly<Record<string, string>>): Words {
  const { regions, units, warnDays, kinds, codeTables } = useCatalogue()
  return useMemo(
    () => ({
      titles,
      regions: Object.fromEntries(regions.map((region) => [region.code, region.title])),
      codes: Object.fromEntries(
        Object.entries(codeTables ?? {}).map(([table, options]) => [
          table,
          Object.fromEntries(options.map(({ code, title }) => [code, title])),
        ]),
      ),
      retired: Object.fromEntries(
        Object.entries(codeTables ?? {}).map(([table, options]) => [
          table,
          options.filter((each) => each.retired).map(({ code }) => code),
        ]),
      ),
      units,
      warnDays,
      fieldsOf: (kind) => kinds.find((each) => each.name === kind)?.fields,
    }),
    [titles, regions, units, warnDays, kinds, codeTables],
  )
}

/** What one record is called: the fields that name it, or its kind. */
export function titleOf(kind: OwnKind, row: Record<string, unknown>, words: Words): string {
  const named = kind.titleFields.map((name) => {
    const field = kind.fields[name]
    return field ? plainOf(field, row[name], words) : ''
  })
  return named.filter(Boolean).join(' · ') || kind.title
}

/** Sections in the order of the work; fields in none stand last. */
export function sectionsOf(
  kind: Pick<OwnKind, 'fields' | 'sections'>,
  without: ReadonlySet<string> = new Set(),
): { title: string; fields: string[] }[] {
  const given = (kind.sections ?? []).map((section) => ({ title: section.title, fields: [...section.fields] }))
  const placed = new Set(given.flatMap((section) => section.fields))
  const rest = Object.keys(kind.fields).filter((name) => !placed.has(name))
  const all = rest.length > 0 ? [...given, { title: given.length > 0 ? '其他' : '', fields: rest }] : given
  return all.map(({ title, fields }) => ({ title, fields: fields.filter((name) => !without.has(name)) }))
}

/** Whether this user sees records of several owners, so that the owner must be said. */
export function isSeenAcrossOwners(kind: OwnKind, role: string): boolean {
  return !kind.isOwner && role !== 'enterprise'
}

export type { Row }
