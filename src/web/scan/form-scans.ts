import { type RefObject, useCallback, useEffect, useRef } from 'react'
import type { Fields } from '../../language/fields/index.ts'
import type { FormState } from '../record/form.tsx'
import { say } from '../ui/toast.tsx'
import type { TakeScan } from './context.ts'
import { filled, takesScans } from './fill.ts'
import type { Scanned } from './read.ts'
import { signal } from './signal.ts'
import { useScans } from './wedge.ts'

type Reader = (text: string) => Scanned

/** The pointer of the input that has the focus, from its id (`at-lots-0-gtin`). */
function pointerOf(target: EventTarget | null): string | undefined {
  const id = target instanceof HTMLElement ? target.id : ''
  return id.startsWith('at-') ? id.slice(2).replaceAll('-', '/') : undefined
}

/** Whether what is scanned into an input is taken apart; other inputs keep it as it was typed. */
function isForCodes(fields: Fields, at: string): boolean {
  const [name = '', , inner] = at.split('/').slice(1)
  const outer = fields[name]
  const field = outer?.type === 'lines' ? outer.fields[inner ?? ''] : outer
  return field?.type === 'code' || (field?.type === 'text' && !!field.scanned) || (inner ?? name) === 'lot'
}

/** What was filled, in a few words: `第 2 行：09524500000106 · A20261120`. */
function said(scanned: Scanned, line: number | undefined): string {
  const what = [scanned.gtin, scanned.lot].filter(Boolean).join(' · ') || scanned.text.slice(0, 40)
  return line === undefined ? what : `第 ${line + 1} 行：${what}`
}

/** Takes scans into a form: from the camera through the context it answers, and from scanners that type. */
export function useFormScans(fields: Fields, form: FormState, ref: RefObject<HTMLFormElement | null>): TakeScan {
  const read = useRef<Reader>(undefined)
  useEffect(() => {
    import('./read.ts').then((module) => {
      read.current = module.readScan
    })
  }, [])
  const latest = useRef(form)
  latest.current = form
  // Scans follow each other faster than renders: each is put on what the last one left.
  const content = useRef(form.content)
  content.current = form.content
  const take = useCallback<TakeScan>(
    (at, text) => {
      const scanned = read.current?.(text)
      const found = scanned && filled(fields, content.current, at, scanned)
      if (!scanned || !found) return undefined
      content.current = { ...content.current, ...found.changed }
      for (const [name, value] of Object.entries(found.changed)) latest.current.set(name, value)
      return said(scanned, found.line)
    },
    [fields],
  )
  useScans(ref, (text, target) => {
    const at = pointerOf(target)
    const lines = Object.keys(fields).find((name) => {
      const field = fields[name]
      return field?.type === 'lines' && takesScans(field.fields)
    })
    if (at && !isForCodes(fields, at)) return false
    const done = take(at ?? `/${lines ?? ''}`, text)
    if (done !== undefined || at) signal(done !== undefined)
    // Nobody looks at where a line is added: what was scanned with no field in hand is said, and shown.
    if (done !== undefined && !at) {
      say(done)
      const last = ((content.current[lines ?? ''] as unknown[] | undefined)?.length ?? 0) - 1
      const begin = `at-${lines}-${last}-`
      setTimeout(() => ref.current?.querySelector(`[id^="${begin}"]`)?.scrollIntoView({ block: 'center' }))
    }
    return done !== undefined
  })
  return take
}
