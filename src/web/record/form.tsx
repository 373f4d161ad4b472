import { type FormEvent, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { isAsked } from '../../language/field.ts'
import type { Field, Fields } from '../../language/fields/index.ts'
import type { Problem } from '../../language/problem.ts'
import {
  Input,
  idOf,
  inSightMax,
  isBlank,
  isShort,
  Labelled,
  type Problems,
  problemAt,
  WordsContext,
} from '../input/index.tsx'
import { uploading } from '../input/uploads.ts'
import { ScanContext } from '../scan/context.ts'
import { useFormScans } from '../scan/form-scans.ts'
import { Refusal } from '../shell/api.ts'
import { withoutUntouched } from './begun-lines.ts'
import {
  type Content,
  inputAt,
  ownFields,
  placeInWords,
  problemMap,
  problemsOf,
  problemsOfOne,
  withoutEmptyEnd,
} from './content.ts'
import { useRecordWords } from './words.ts'
import './form.css'

export type FormState = {
  content: Content
  titles: Record<string, string>
  problems: readonly Problem[]
  busy: boolean
  set(name: string, value: unknown): void
  replace(content: Content): void
  learn(id: string, title: string): void
  leave(name: string): void
  setProblems(problems: readonly Problem[]): void
  /** Shows what the rules between fields say by now, and takes away what they no longer say. */
  showCross(problems: readonly Problem[]): void
  /** Checks, then runs `send`; what is refused is shown at its field. */
  submit(send: (content: Content) => Promise<void>): Promise<void>
}

/** Problems below `at` are gone once something there changes. */
const notBelow = (at: string) => (problem: Problem) => problem.at !== at && !problem.at.startsWith(`${at}/`)

function focusProblem(fields: Fields, problem: Problem | undefined): void {
  if (!problem) return
  const at = inputAt(fields, problem.at)
  requestAnimationFrame(() => {
    const input = document.getElementById(idOf(at)) ?? document.querySelector<HTMLElement>('.summary')
    input?.scrollIntoView({ block: 'center' })
    input?.focus({ preventScroll: true })
  })
}

/** A change inside one line clears the problems of the inputs that changed, not of the whole lines. */
function changedPlaces(name: string, before: unknown, after: unknown): string[] {
  if (!Array.isArray(before) || !Array.isArray(after) || before.length !== after.length) return [`/${name}`]
  const places = after.flatMap((line: unknown, index) => {
    const old: unknown = before[index]
    if (line === old || typeof line !== 'object' || typeof old !== 'object' || !line || !old) return []
    const changed = Object.keys({ ...old, ...line }).filter((key) => (old as Content)[key] !== (line as Content)[key])
    return changed.map((key) => `/${name}/${index}/${key}`)
  })
  return places.length > 0 ? places : [`/${name}`]
}

/** What a form holds while it is filled in. */
export function useForm(fields: Fields, initial: Content, initialTitles: Record<string, string>): FormState {
  const [content, setContent] = useState(initial)
  const [titles, setTitles] = useState(initialTitles)
  const [problems, setProblems] = useState<readonly Problem[]>([])
  const [busy, setBusy] = useState(false)
  const latest = useRef(content)
  latest.current = content

  const fail = (found: readonly Problem[]) => {
    setProblems(found)
    focusProblem(fields, found[0])
  }
  return {
    content,
    titles,
    problems,
    busy,
    setProblems: fail,
    showCross: useCallback((found) => {
      const isCross = ({ code }: Problem) => code === 'cross-check'
      setProblems((known) => {
        const same = JSON.stringify(known.filter(isCross)) === JSON.stringify(found)
        return same ? known : [...known.filter((problem) => !isCross(problem)), ...found]
      })
    }, []),
    replace: (next) => {
      setContent(next)
      setProblems([])
    },
    learn: useCallback((id, title) => setTitles((known) => ({ ...known, [id]: title })), []),
    set(name, value) {
      const places = changedPlaces(name, latest.current[name], value)
      latest.current = { ...latest.current, [name]: value }
      setContent(latest.current)
      // A problem of all lines together (`/lots`) goes too once one of them changes.
      setProblems((known) =>
        known.filter((problem) => problem.at !== `/${name}` && places.every((at) => notBelow(at)(problem))),
      )
    },
    leave(name) {
      const field = fields[name]
      if (!field) return
      const found = problemsOfOne(field, latest.current[name], `/${name}`)
      if (found.length > 0) setProblems((known) => [...known.filter(notBelow(`/${name}`)), ...found])
    },
    async submit(send) {
      if (busy) return
      const complete = withoutEmptyEnd(fields, latest.current)
      setContent(complete)
      const wait = [...uploading].map((at) => ({
        at,
        code: 'uploading',
        text: '照片还没有上传完，请稍等或去掉没传成的',
      }))
      const told = withoutUntouched(fields, complete)
      const found = [...problemsOf(fields, told), ...wait]
      if (found.length > 0) return fail(found)
      setProblems([])
      setBusy(true)
      try {
        await send(told)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        // A lost session is answered by the login that lies over the page.
        if (error.status === 401) return
        const more = error.status >= 500 && error.requestId ? `（编号 ${error.requestId}）` : ''
        fail(error.problems.length > 0 ? error.problems : [{ at: '', code: error.code, text: error.message + more }])
      } finally {
        setBusy(false)
      }
    },
  }
}

const takesRow = (options: number): boolean => options > 4 && options <= inSightMax

function isWide(field: Field): boolean {
  return (
    field.type === 'lines' ||
    field.type === 'photo' ||
    field.type === 'place' ||
    (field.type === 'text' && !!field.multiline) ||
    // As buttons in a row; more of them are a list to pick from, as narrow as the other fields.
    (field.type === 'choice' && takesRow(Object.keys(field.options).length))
  )
}

function Summary({ fields, problems }: { fields: Fields; problems: readonly Problem[] }) {
  const own = ownFields(fields)
  return (
    <div className="note bad summary" role="alert" tabIndex={-1}>
      <b>{problems.length > 1 ? `还有 ${problems.length} 处需要修改` : '还有一处需要修改'}</b>
      <ul>
        {problems.slice(0, 6).map((problem) => {
          const place = placeInWords(own, problem.at)
          return (
            <li key={problem.at + problem.code}>
              {place ? (
                <button type="button" className="link" onClick={() => focusProblem(own, problem)}>
                  {place}
                </button>
              ) : null}
              {place && '：'}
              {problem.text}
            </li>
          )
        })}
        {problems.length > 6 && <li>其余 {problems.length - 6} 处在下面标红</li>}
      </ul>
    </div>
  )
}

/** Enter goes to the next input: in the middle of a long form it must not save. Ctrl+Enter and Ctrl+S save. */
function enterMovesOn(event: React.KeyboardEvent<HTMLFormElement>): void {
  const input = event.target
  if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || !(input instanceof HTMLInputElement)) return
  if (event.nativeEvent.isComposing || event.defaultPrevented) return
  event.preventDefault()
  if (input.role === 'combobox') return
  const inputs = [...event.currentTarget.querySelectorAll<HTMLElement>('input, select, textarea, .savebar .primary')]
  inputs[inputs.indexOf(input) + 1]?.focus()
}

/** `later`: what is usually filled in by a later step; it stays folded until it is wanted or something in it is wrong. */
export type FormSection = { title: string; fields: readonly string[]; later?: boolean }

function SectionCard({ section, isOpen, children }: { section: FormSection; isOpen: boolean; children: ReactNode }) {
  if (section.later)
    return (
      <details className="card later" open={isOpen || undefined}>
        <summary>
          {section.title}
          <small className="muted">可以以后再填</small>
        </summary>
        {children}
      </details>
    )
  return (
    <section className="card">
      {section.title && <h2>{section.title}</h2>}
      {children}
    </section>
  )
}

/** The inputs of a form in sections, with the problems where they belong. */
export function FormBody(props: {
  fields: Fields
  sections: readonly FormSection[]
  form: FormState
  recents?: Record<string, string[]>
  onSubmit(): void
  children: React.ReactNode
}) {
  const { fields, sections, form, recents = {}, onSubmit, children } = props
  const base = useRecordWords(form.titles)
  const words = useMemo(() => ({ ...base, learn: form.learn }), [base, form.learn])
  const problems: Problems = useMemo(() => problemMap(form.problems), [form.problems])
  const ref = useRef<HTMLFormElement>(null)
  const takeScan = useFormScans(fields, form, ref)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || (event.key !== 's' && event.key !== 'Enter')) return
      event.preventDefault()
      ref.current?.requestSubmit()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSubmit()
  }
  const shown = sections
    .map((section) => ({ ...section, fields: section.fields.filter((name) => fields[name] && isAsked(fields[name])) }))
    .filter((section) => section.fields.length > 0)
  return (
    <WordsContext value={words}>
      <ScanContext value={takeScan}>
        <form className="form" ref={ref} onSubmit={submit} onKeyDown={enterMovesOn} noValidate>
          {form.problems.length > 0 && <Summary fields={fields} problems={form.problems} />}
          {shown.map((section) => (
            <SectionCard
              key={section.title}
              section={section}
              isOpen={section.fields.some(
                (name) => problemAt(problems, `/${name}`) !== undefined || !isBlank(form.content[name]),
              )}
            >
              <div className="fields">
                {section.fields.map((name) => {
                  const field = fields[name] as Field
                  const at = `/${name}`
                  return (
                    <div key={name} className={isWide(field) ? 'wide' : isShort(field) ? 'short' : undefined}>
                      <Labelled at={at} field={field} problems={problems}>
                        <Input
                          id={idOf(at)}
                          at={at}
                          field={field}
                          value={form.content[name]}
                          onChange={(value) => form.set(name, value)}
                          onBlur={() => form.leave(name)}
                          problems={problems}
                          recent={recents[name]}
                        />
                      </Labelled>
                    </div>
                  )
                })}
              </div>
            </SectionCard>
          ))}
          {children}
        </form>
      </ScanContext>
    </WordsContext>
  )
}
