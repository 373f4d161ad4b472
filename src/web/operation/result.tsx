import type { ReactNode } from 'react'
import type { Operation } from '../shell/catalogue.ts'
import { minuteOf } from '../shell/time.ts'
import '../record/detail.css'

/** Words for what operations answer beside their own fields. */
const words: Readonly<Record<string, string>> = {
  id: '编号',
  issuedAt: '办理时间',
  serials: '追溯码',
  codes: '下载全部追溯码（CSV）',
  labels: '打印标签',
  qr: '看第一个二维码',
}

const shownMax = 12

function shown(value: unknown): ReactNode {
  if (value === null || value === undefined || value === '') return <span className="muted">—</span>
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value)) return minuteOf(value)
  if (Array.isArray(value))
    return (
      <span className="mono">
        {value.slice(0, shownMax).map(String).join('　')}
        {value.length > shownMax && <span className="muted">　等 {value.length} 个</span>}
      </span>
    )
  return typeof value === 'object' ? <span className="mono">{JSON.stringify(value)}</span> : String(value)
}

function linksOf(links: unknown): [string, string][] {
  if (typeof links !== 'object' || links === null) return []
  return Object.entries(links).filter((pair): pair is [string, string] => typeof pair[1] === 'string')
}

/** What an operation brought about, with the links the server gives. */
export function Result({ operation, result }: { operation: Operation; result: unknown }) {
  const { links, ...facts } = (typeof result === 'object' && result !== null ? result : {}) as Record<string, unknown>
  return (
    <section className="card" style={{ padding: '16px 22px 20px', marginBottom: 14 }} role="status">
      <p className="note good" style={{ marginBottom: 14 }}>
        <b>{operation.title}：已办成</b>
      </p>
      <dl className="facts">
        {Object.entries(facts).map(([name, value]) => (
          <div key={name} className={Array.isArray(value) ? 'wide' : undefined}>
            <dt>{name === 'id' ? words.id : (operation.fields[name]?.title ?? words[name] ?? name)}</dt>
            <dd>{shown(value)}</dd>
          </div>
        ))}
      </dl>
      <p style={{ display: 'flex', gap: 10, marginTop: 14, flexWrap: 'wrap' }}>
        {linksOf(links).map(([name, href]) => (
          <a className="button" key={name} href={href} target="_blank" rel="noreferrer">
            {words[name] ?? name}
          </a>
        ))}
      </p>
    </section>
  )
}
