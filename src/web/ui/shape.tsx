import type { ReactNode } from 'react'
import type { Tone } from '../../language/fields/choice.ts'

const shapes: Record<Tone, ReactNode> = {
  good: <path d="M1 4.3 3.2 6.5 7.2 1.6" fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinecap="round" />,
  warn: <path d="M4 .6 7.8 7.4H.2z" fill="currentColor" />,
  bad: <path d="M.6.6h6.8v6.8H.6z" fill="currentColor" />,
  info: <circle cx="4" cy="4" r="3.4" fill="currentColor" />,
  unknown: <circle cx="4" cy="4" r="2.9" fill="none" stroke="currentColor" strokeWidth="1.4" />,
}

export function Shape({ tone }: { tone: Tone }) {
  return (
    <svg viewBox="0 0 8 8" aria-hidden="true">
      {shapes[tone]}
    </svg>
  )
}

/** A state in shape, word and colour, so that no one needs to see colours to read it. */
export function Tag({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={`tag ${tone}`}>
      <Shape tone={tone} />
      {children}
    </span>
  )
}
