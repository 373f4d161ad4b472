import type { ReactNode } from 'react'

const drawings = {
  home: <path d="M4 11.5 12 5l8 6.5M6.5 10v9h11v-9" />,
  add: <path d="M12 5v14M5 12h14" />,
  trace: (
    <>
      <circle cx="5.5" cy="7" r="2" />
      <circle cx="5.5" cy="17" r="2" />
      <circle cx="18.5" cy="12" r="2" />
      <path d="M7.5 7c5 0 4 5 9 5M7.5 17c5 0 4-5 9-5" />
    </>
  ),
  menu: <path d="M4 7h16M4 12h16M4 17h16" />,
  search: <path d="M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20" />,
  close: <path d="m6 6 12 12M18 6 6 18" />,
} satisfies Record<string, ReactNode>

/** A line drawing for a control whose word stands beside it or in its label. */
export function Icon({ of }: { of: keyof typeof drawings }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      {drawings[of]}
    </svg>
  )
}
