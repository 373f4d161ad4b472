import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call, Refusal, readText } from '../shell/api.ts'

type Event = Record<string, unknown>

/** An event as it was received, in either binding, with the hash by which a copy of it is recognised. */
export function Raw({ id, event }: { id: string; event: Event }) {
  const [isOpen, open] = useState(false)
  const [asXml, setAsXml] = useState(false)
  const path = `/epcis/events/${encodeURIComponent(id)}`
  const { data } = useQuery({
    queryKey: ['event-xml', id],
    queryFn: () => readText(path, 'application/xml'),
    enabled: isOpen,
  })
  const hash = data?.headers.get('shisu-event-hash')
  return (
    <details className="raw" onToggle={(toggled) => open(toggled.currentTarget.open)}>
      <summary>收到的原文</summary>
      <p className="muted mono">{id}</p>
      {hash && (
        <p className="muted mono" title="同一内容无论用 JSON 还是 XML 写，摘要都相同">
          摘要 {hash}
        </p>
      )}
      <span className="segments">
        <label>
          <input type="radio" name="binding" checked={!asXml} onChange={() => setAsXml(false)} />
          JSON
        </label>
        <label>
          <input type="radio" name="binding" checked={asXml} onChange={() => setAsXml(true)} />
          XML
        </label>
      </span>
      <pre>{asXml ? (data?.text ?? '正在读取…') : JSON.stringify(event, null, 2)}</pre>
    </details>
  )
}

const reasons: readonly [string, string][] = [
  ['incorrect_data', '数据有误'],
  ['did_not_occur', '没有发生'],
]

/** Says that an event is wrong. Nothing is deleted: the declaration stands beside it, and nothing follows from either. */
export function DeclareError({ event, done }: { event: Event; done(): void }) {
  const [reason, setReason] = useState('incorrect_data')
  const [problem, setProblem] = useState<string>()
  const declare = async () => {
    const { recordTime: _, ...rest } = event
    const errorDeclaration = { declarationTime: new Date().toISOString(), reason }
    const context = rest['@context'] ?? 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld'
    try {
      await call('POST', '/epcis/events', { ...rest, '@context': context, errorDeclaration })
      done()
    } catch (error) {
      setProblem(error instanceof Refusal ? error.message : '没有办成，请重试')
    }
  }
  return (
    <details className="raw noprint">
      <summary>声明这个事件有误</summary>
      <p className="muted">原事件和声明都会保留，链条不再使用它。更正的内容另报一个新事件。</p>
      <p style={{ display: 'flex', gap: 10, alignItems: 'center' }}>
        <select className="in" aria-label="原因" value={reason} onChange={(changed) => setReason(changed.target.value)}>
          {reasons.map(([value, title]) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </select>
        <button type="button" className="button danger" onClick={declare}>
          声明有误
        </button>
      </p>
      {problem && <p className="note bad">{problem}</p>}
    </details>
  )
}
