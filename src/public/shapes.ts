import { type Html, trusted } from './html.ts'
import type { Tone, VerdictCode } from './verdict.ts'

const drawing = (body: string) => trusted(`<svg viewBox="0 0 36 36" fill="none" aria-hidden="true">${body}</svg>`)
const line = 'stroke="var(--paper)" stroke-width="3.2" stroke-linecap="round" stroke-linejoin="round"'

/** Each verdict has a shape of its own, for eyes that do not tell its colour. */
export const verdictShape: Record<VerdictCode, Html> = {
  normal: drawing(`<circle cx="18" cy="18" r="17" fill="currentColor"/><path d="M10.5 18.5l5 5 10-11" ${line}/>`),
  recalled: drawing(
    `<path d="M11 1h14l10 10v14L25 35H11L1 25V11z" fill="currentColor"/><path d="M12 12l12 12M24 12L12 24" ${line}/>`,
  ),
  held: drawing(
    `<path d="M18 2.5L35 33H1z" fill="currentColor" stroke="currentColor" stroke-width="2" stroke-linejoin="round"/><path d="M18 14v8M18 27.4v.1" ${line}/>`,
  ),
  expired: drawing(
    `<rect x="1" y="1" width="34" height="34" rx="6" fill="currentColor"/><path d="M18 9v10l6.5 4.5" ${line}/>`,
  ),
  suspect: drawing(
    `<path d="M18 1.5L34.5 18 18 34.5 1.5 18z" fill="currentColor"/><path d="M18 10v9M18 24.6v.1" ${line}/>`,
  ),
  'no-records': drawing(
    `<circle cx="18" cy="18" r="15.5" stroke="currentColor" stroke-width="3" stroke-dasharray="5 4"/><path d="M12 18h12" stroke="currentColor" stroke-width="3.2" stroke-linecap="round"/>`,
  ),
  'unknown-code': drawing(
    `<circle cx="18" cy="18" r="15.5" stroke="currentColor" stroke-width="3" stroke-dasharray="5 4"/><path d="M13.6 14.4a4.4 4.4 0 1 1 6.3 4c-1.3.7-1.9 1.5-1.9 3M18 25.6v.1" stroke="currentColor" stroke-width="3.2" stroke-linecap="round"/>`,
  ),
}

/** The sign before a check, with the word that a screen reader says. */
export const sign: Record<Tone, { text: string; word: string }> = {
  good: { text: '✓', word: '通过' },
  warn: { text: '!', word: '注意' },
  bad: { text: '✕', word: '不通过' },
  unknown: { text: '?', word: '不清楚' },
  info: { text: '·', word: '说明' },
}
