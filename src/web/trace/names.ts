import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { call } from '../shell/api.ts'

/** What people call a thing or place (src/trace/recent.ts). */
export type Called = { name?: string; mark?: string; owner?: string }

const atOnce = 200
const none: Readonly<Record<string, Called>> = {}

/** What is known by name of these identifiers; nothing yet while it is asked for. */
export function useNames(ids: readonly string[]): Readonly<Record<string, Called>> {
  const asked = [...new Set(ids)].filter((id) => id !== '').sort()
  const { data } = useQuery({
    queryKey: ['names', asked],
    queryFn: async ({ signal }) => {
      const parts: Record<string, Called>[] = []
      for (let at = 0; at < asked.length; at += atOnce) {
        const body = { ids: asked.slice(at, at + atOnce) }
        parts.push(
          (await call<{ names: Record<string, Called> }>('POST', '/api/v1/trace/names', body, { signal })).names,
        )
      }
      return Object.assign({}, ...parts) as Record<string, Called>
    },
    enabled: asked.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 300_000,
  })
  return data ?? none
}
