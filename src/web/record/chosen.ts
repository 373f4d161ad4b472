import { useRef, useState } from 'react'
import type { Row } from '../shell/catalogue.ts'

/** Rows that can be chosen at once: what one address of an export holds. */
export const chosenMax = 200

/** Rows chosen one by one, by a range with Shift, or all that are shown. Rows that leave the list are let go. */
export function useChosen(rows: readonly Row[]) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const last = useRef<number>(undefined)
  const chosen = rows.filter((row) => ids.has(row.id))
  const set = (next: Iterable<string>) => setIds(new Set([...next].slice(0, chosenMax)))
  return {
    chosen,
    has: (row: Row) => ids.has(row.id),
    isAll: rows.length > 0 && chosen.length === Math.min(rows.length, chosenMax),
    choose: (some: readonly Row[]) => set(some.map((row) => row.id)),
    toggleAll: () => set(chosen.length > 0 ? [] : rows.map((row) => row.id)),
    toggle(index: number, isRange: boolean) {
      const from = isRange && last.current !== undefined ? last.current : index
      const range = rows.slice(Math.min(from, index), Math.max(from, index) + 1).map((row) => row.id)
      const row = rows[index]
      last.current = index
      if (!row) return
      const next = new Set(ids)
      for (const id of range) {
        if (ids.has(row.id)) next.delete(id)
        else next.add(id)
      }
      set(next)
    },
  }
}
