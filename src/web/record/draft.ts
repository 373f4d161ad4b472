import { useEffect, useRef, useState } from 'react'
import { keep, recall } from '../shell/keep.ts'
import type { Content } from './content.ts'

export type Draft = { id: string; content: Content; titles: Record<string, string>; at: string; version?: number }

/** Keeps what is being written in this browser while it differs from what was there; told when that was. */
export function useDraft(
  name: string,
  draft: Omit<Draft, 'at'> | undefined,
): { keptAt: string | undefined; drop(): void } {
  const [keptAt, setKeptAt] = useState<string>()
  const dropped = useRef(false)
  const text = draft && JSON.stringify(draft)
  useEffect(() => {
    if (!text || dropped.current) return
    const timer = setTimeout(() => {
      const at = new Date().toISOString()
      if (!dropped.current && keep(name, { ...JSON.parse(text), at })) setKeptAt(at)
    }, 400)
    return () => clearTimeout(timer)
  }, [name, text])
  return {
    keptAt,
    drop() {
      dropped.current = true
      keep(name, undefined)
    },
  }
}

export function draftOf(name: string): Draft | undefined {
  return recall<Draft>(name)
}

const recentMax = 12

/** Short texts lately entered in each field, newest first: the same few people check and receive every day. */
export function recentsOf(kind: string): Record<string, string[]> {
  return recall<Record<string, string[]>>(`recent:${kind}`) ?? {}
}

export function rememberRecents(kind: string, values: Record<string, unknown>): void {
  const recents = recentsOf(kind)
  for (const [name, value] of Object.entries(values))
    if (typeof value === 'string')
      recents[name] = [value, ...(recents[name] ?? []).filter((each) => each !== value)].slice(0, recentMax)
  keep(`recent:${kind}`, recents)
}
