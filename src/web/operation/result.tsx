import type { ReactNode } from 'react'
import { minuteOf } from '../shell/time.ts'
import '../record/detail.css'

type Shown = { title: string; value: ReactNode }

/** An operation that wants to be read well answers `{ title, facts: [{title, text, href?}], links: [{title, href}] }`. */
type Told = {
  title?: unknown
  facts?: { title: string; text: string; href?: string }[]
  links?: { title: string; href: string }[]
}

const isAddress = (text: string) => /^(https?:\/\/|\/)\S+$/.test(text)
const isInstant = (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)

function wordsOf(value: unknown): ReactNode {
  if (value === null || value === undefined || value === '') return <span className="muted">—</span>
  if (typeof value === 'string' && /^data:image\//.test(value))
    return <img src={value} alt="" width={160} height={160} />
  if (typeof value === 'string' && isAddress(value))
    return (
      <a href={value} target="_blank" rel="noreferrer">
        {value}
      </a>
    )
  if (typeof value === 'string' && isInstant(value)) return minuteOf(value)
  if (Array.isArray(value))
    return (
      <span style={{ display: 'grid', gap: 2 }}>
        {value.slice(0, 50).map((each, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an answer does not move
          <span key={index}>{wordsOf(each)}</span>
        ))}
        {value.length > 50 && <span className="muted">等 {value.length} 项</span>}
      </span>
    )
  if (typeof value === 'object') return <span className="mono">{JSON.stringify(value)}</span>
  return String(value)
}

function shownOf(result: Record<string, unknown>): Shown[] {
  return Object.entries(result).map(([title, value]) => ({ title, value: wordsOf(value) }))
}

/** What an operation brought about. */
export function Result({ title, result }: { title: string; result: unknown }) {
  const told = (typeof result === 'object' && result !== null ? result : { 结果: result }) as Told &
    Record<string, unknown>
  const facts: Shown[] = Array.isArray(told.facts)
    ? told.facts.map((fact) => ({
        title: fact.title,
        value: fact.href ? <a href={fact.href}>{fact.text}</a> : fact.text,
      }))
    : shownOf(told)
  return (
    <section className="card" style={{ padding: '16px 22px 20px', marginBottom: 14, maxWidth: 1180 }} role="status">
      <p className="note good" style={{ marginBottom: 14 }}>
        <b>{typeof told.title === 'string' && told.facts ? told.title : `${title}：已办成`}</b>
      </p>
      <dl className="facts">
        {facts.map((fact) => (
          <div key={fact.title} className="wide">
            <dt>{fact.title}</dt>
            <dd>{fact.value}</dd>
          </div>
        ))}
      </dl>
      {Array.isArray(told.links) && (
        <p style={{ display: 'flex', gap: 10, marginTop: 14, flexWrap: 'wrap' }}>
          {told.links.map((link) => (
            <a className="button" key={link.href} href={link.href} target="_blank" rel="noreferrer">
              {link.title}
            </a>
          ))}
        </p>
      )}
    </section>
  )
}
