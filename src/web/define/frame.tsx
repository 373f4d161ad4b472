import { type ReactNode, useState } from 'react'
import { type Defined, definitionStates } from '../../platform/define/wire.ts'
import { Refusal } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { minuteOf } from '../shell/time.ts'

/** Runs one act at a time; what the server refuses is kept until the next. */
export function useAttempt() {
  const [refusal, setRefusal] = useState<Refusal>()
  const [busy, setBusy] = useState(false)
  const attempt = async (work: () => Promise<void>) => {
    setBusy(true)
    setRefusal(undefined)
    try {
      await work()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      setRefusal(error)
    } finally {
      setBusy(false)
    }
  }
  return { attempt, busy, refusal, forget: () => setRefusal(undefined) }
}

function Versions({ of: { versions } }: { of: Defined<unknown> }) {
  if (!versions) return null
  return (
    <details className="card versions">
      <summary>版本（{versions.length}）</summary>
      {versions.map((each) => (
        <p key={each.version} className="sub">
          第 {each.version} 版 · {each.title} · {definitionStates[each.state]} · {each.actor} · {minuteOf(each.at)}
        </p>
      ))}
    </details>
  )
}

/** The page of a rule, an indicator or a report template: what it is called, whose it is, its form, and its versions. */
export function DefinitionPage(props: {
  of: Defined<unknown> | undefined
  /** What a new one is called, and how one goes about it. */
  blank: string
  how: string
  back: { title: string; to: string }
  children: ReactNode
}) {
  const { of, blank, how, back, children } = props
  return (
    <>
      <Head title={of?.title ?? blank} sub={of && !of.mine ? `${of.ownerTitle} 建立，只能查看` : how} crumb={back} />
      {of?.trouble && <p className="note bad">{of.trouble}</p>}
      {children}
      {of && <Versions of={of} />}
    </>
  )
}

/** The form of a definition: closed to whoever may only look. */
export function DefinitionForm({ of, children }: { of: Defined<unknown> | undefined; children: ReactNode }) {
  return (
    <fieldset className="card define" disabled={of !== undefined && !of.mine}>
      {children}
    </fieldset>
  )
}
