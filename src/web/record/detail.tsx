import { useState } from 'react'
import { isAsked } from '../../language/field.ts'
import type { Field } from '../../language/fields/index.ts'
import type { Transition } from '../../language/kind.ts'
import { PersonCard } from '../access/person.tsx'
import { Signatures } from '../access/signatures.tsx'
import { Beside } from '../casework/beside.tsx'
import { Full, isBlank, type Words } from '../input/index.tsx'
import { type OwnKind, type Row, useCatalogue } from '../shell/catalogue.ts'
import { useKey } from '../shell/keys.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link, navigate } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { spokenMinute } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { History } from './history.tsx'
import { nextStep } from './next-step.ts'
import { PanelOf } from './panel.tsx'
import { Readers } from './readers.tsx'
import { useRecord } from './record.ts'
import { Referrers } from './referrers.tsx'
import { Late, StateTag } from './state.tsx'
import { isOpen, stepFields, stepsOf } from './states.ts'
import { StepDrawer } from './step.tsx'
import { VoidDialog } from './void.tsx'
import { isSeenAcrossOwners, sectionsOf, titleOf, useRecordWords } from './words.ts'
import './detail.css'

function widthOf(field: Field): string | undefined {
  if (field.type === 'lines') return 'whole'
  return ['photo', 'snapshot', 'place'].includes(field.type) || (field.type === 'text' && field.multiline)
    ? 'wide'
    : undefined
}

function Facts({ kind, row, words }: { kind: OwnKind; row: Row; words: Words }) {
  const asked = stepFields(kind)
  return sectionsOf(kind).map((section) => {
    // What the system adds, and what a step asks for, is shown once it is there.
    const shown = section.fields.filter((name) => {
      const field = kind.fields[name]
      return field && !((!isAsked(field) || asked.has(name)) && isBlank(row[name]))
    })
    if (shown.length === 0) return null
    return (
      <section className="card" key={section.title}>
        {section.title && <h2>{section.title}</h2>}
        <dl className="facts">
          {shown.map((name) => {
            const field = kind.fields[name] as Field
            return (
              <div key={name} className={isBlank(row[name]) ? undefined : widthOf(field)}>
                <dt>{field.title}</dt>
                <dd>
                  <Full field={field} value={row[name]} words={words} siblings={kind.fields} />
                </dd>
              </div>
            )
          })}
        </dl>
      </section>
    )
  })
}

function useActs(kind: OwnKind, row: Row | undefined) {
  const { actor } = useSession()
  const steps = row ? stepsOf(kind, row, actor.role) : []
  return {
    mayChange: !!row && isOpen(kind, row) && kind.verbs.includes('change'),
    mayVoid: !!row && row.state !== 'void' && kind.verbs.includes('void'),
    steps,
    next: nextStep(steps, actor.role),
    across: isSeenAcrossOwners(kind, actor.role),
    isMine: !!row && !!kind.about && row[kind.about] === actor.ownerId,
  }
}

/** Who, where and when, in parts that break only between them. */
function Said({ parts }: { parts: readonly (string | false | undefined)[] }) {
  return parts.map((part, index) => (
    <span key={String(part)} className="part">
      {part}
      {index < parts.length - 1 && ' ·'}
    </span>
  ))
}

/** One record: what it says, what became of it, and what may be done. */
export default function Detail({ kind, id }: { kind: OwnKind; id: string }) {
  const { data: row, error, refetch } = useRecord(kind, id)
  const { regions } = useCatalogue()
  const words = useRecordWords(row?.titles ?? {})
  const { mayChange, mayVoid, steps, next, across, isMine } = useActs(kind, row)
  const [voiding, setVoiding] = useState(false)
  const [step, setStep] = useState<Transition>()
  useKey('e', mayChange ? () => navigate(path.edit(kind.name, id)) : undefined)
  const crumb = { title: kind.title, to: path.list(kind.name) }
  if (error)
    return (
      <>
        <Head title={kind.title} crumb={crumb} />
        <Trouble error={error} retry={refetch} />
      </>
    )
  if (!row) return <Waiting />
  const region = regions.find((each) => each.code === row.region)?.title
  const said = [
    kind.about && !isMine && words.titles[String(row[kind.about])],
    across && words.titles[row.ownerId],
    region,
    row.late !== true && `${spokenMinute(row.createdAt)} 登记`,
    row.version > 1 && row.state !== 'void' && !kind.states && `改过 ${row.version - 1} 次`,
  ].filter((part) => typeof part === 'string' && part !== '')
  return (
    <>
      <Head
        title={titleOf(kind, row, words)}
        sub={
          <>
            <StateTag kind={kind} row={row} /> <Late row={row} /> <Said parts={said} />
          </>
        }
        crumb={crumb}
      >
        <Link className="button" to={path.document(kind.name, id)}>
          打印
        </Link>
        {mayVoid && (
          <button type="button" className="button" onClick={() => setVoiding(true)}>
            作废
          </button>
        )}
        {mayChange && (
          <Link className={`button ${steps.length > 0 ? '' : 'primary'}`} to={path.edit(kind.name, id)}>
            修改<kbd className="desk">e</kbd>
          </Link>
        )}
        {[...steps.filter((each) => each !== next), ...(next ? [next] : [])].map((each) => (
          <button
            type="button"
            key={each.name}
            className={`button ${each === next ? 'primary' : ''}`}
            onClick={() => setStep(each)}
          >
            {each.title}
          </button>
        ))}
      </Head>
      {row.state === 'void' && (
        <p className="note bad" style={{ marginBottom: 14 }}>
          <b>已作废</b>原因：{row.voidReason}
        </p>
      )}
      <div className="detail">
        <div>
          <Facts kind={kind} row={row} words={{ ...words, isAll: true }} />
          <Referrers kind={kind} id={id} />
          <PersonCard kind={kind} row={row} />
        </div>
        <div className="beside">
          <PanelOf kind={kind} row={row} />
          <Beside kind={kind.name} id={id} version={row.version} />
          <aside className="card">
            <h2>
              经过
              {row.version > 1 && <Link to={path.versions(kind.name, id)}>比较版本</Link>}
            </h2>
            <History kind={kind} row={row} words={words} />
            <Readers kind={kind} row={row} />
            <Signatures kind={kind} row={row} />
          </aside>
        </div>
      </div>
      {step && <StepDrawer kind={kind} row={row} step={step} onClose={() => setStep(undefined)} />}
      {voiding && <VoidDialog kind={kind} row={row} onClose={() => setVoiding(false)} />}
    </>
  )
}
