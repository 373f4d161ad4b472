import { createContext, useContext } from 'react'

/** Puts what was scanned at a pointer into the form; says what it filled, or nothing where it is of no use there. */
export type TakeScan = (at: string, text: string) => string | undefined

export const ScanContext = createContext<TakeScan | undefined>(undefined)

/** How the form around an input takes scans; undefined outside of one. */
export function useTakeScan(): TakeScan | undefined {
  return useContext(ScanContext)
}
