import { useEffect, useRef } from 'react'
import { burstReader } from './burst.ts'

/** Name of the event with a scanned text as its detail; whoever takes it prevents its default. */
export const scanEvent = 'shisuscan'

const isInput = (element: Element | null) => !!element && /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName)

/** Tells the place that has the focus, else the form on the page, what was scanned. True where it was taken. */
export function tellScan(text: string): boolean {
  const focused = document.activeElement
  const place = isInput(focused) ? focused : (document.querySelector('dialog[open] .form, .form') ?? document.body)
  return !place?.dispatchEvent(new CustomEvent(scanEvent, { detail: text, bubbles: true, cancelable: true }))
}

/** Listens to scanners that type, on the whole page. */
export function useWedge(): void {
  useEffect(() => {
    const read = burstReader()
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing) return
      const isSeparator = event.ctrlKey && event.key === ']'
      const text = read({ key: isSeparator ? 'GS' : event.key, at: event.timeStamp })
      if (isSeparator) event.preventDefault()
      if (text === undefined || !tellScan(text)) return
      event.preventDefault()
      event.stopPropagation()
    }
    window.addEventListener('keydown', onKey, { capture: true })
    return () => window.removeEventListener('keydown', onKey, { capture: true })
  }, [])
}

/** Runs `take` for what is scanned within `element`; it answers whether it could use it. */
export function useScans(
  element: { current: EventTarget | null } | 'page',
  take: (text: string, target: EventTarget | null) => boolean,
): void {
  const latest = useRef(take)
  latest.current = take
  useEffect(() => {
    const at = element === 'page' ? window : element.current
    const onScan = (event: Event) => {
      if (event.defaultPrevented) return
      if (latest.current((event as CustomEvent<string>).detail, event.target)) event.preventDefault()
    }
    at?.addEventListener(scanEvent, onScan)
    return () => at?.removeEventListener(scanEvent, onScan)
  }, [element])
}
