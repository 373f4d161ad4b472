import type { ReactNode } from 'react'

/** An empty place says why it is empty and what to do next. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  )
}

/** Grey lines where text will stand. */
export function Waiting({ lines = 5 }: { lines?: number }) {
  return (
    <div className="waiting" aria-busy="true" role="status">
      <span className="unseen">正在读取</span>
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike
        <i key={index} style={{ width: `${92 - ((index * 17) % 40)}%` }} />
      ))}
    </div>
  )
}
