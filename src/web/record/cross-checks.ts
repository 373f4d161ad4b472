import { useEffect } from 'react'
import type { Problem } from '../../language/problem.ts'
import { call } from '../shell/api.ts'
import type { OwnKind } from '../shell/catalogue.ts'
import { type Content, ownFields, tidy } from './content.ts'
import type { FormState } from './form.tsx'

/** How long typing rests before the rules between fields are asked. */
const restMs = 700

/**
 * Asks the server what the rules between fields say of what is filled in so far, and shows it at the field. `base` holds
 * what the form itself does not ask for; `state` is the one the record would be in. Without a network nothing is said:
 * saving tells.
 */
export function useCrossChecks(kind: OwnKind, form: FormState, state?: string, base: Content = {}): void {
  const own = ownFields(kind.fields)
  const text = kind.checked ? JSON.stringify(tidy(own, { ...base, ...form.content })) : ''
  const { showCross } = form
  useEffect(() => {
    if (!text) return
    const stop = new AbortController()
    const timer = setTimeout(() => {
      const path = `/api/v1/records/${kind.name}/check`
      call<{ problems: Problem[] }>('POST', path, { content: JSON.parse(text), state }, { signal: stop.signal })
        .then(({ problems }) => showCross(problems))
        .catch(() => {})
    }, restMs)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [kind.name, text, state, showCross])
}
