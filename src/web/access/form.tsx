import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { Refusal } from '../shell/api.ts'
import { Dialog } from '../ui/dialog.tsx'
import './access.css'

export type AskField = {
  name: string
  title: string
  type?: 'text' | 'password' | 'number' | 'area' | 'date' | 'select' | 'checks'
  options?: readonly { value: string; title: string }[]
  value?: string | readonly string[]
  help?: string
  autoComplete?: string
  inputMode?: 'numeric'
}

export type Values = Record<string, string> & { checked?: never }

type Problems = ReadonlyMap<string, string>

/** What was refused, by field; the rest stands above the button. */
function told(error: unknown, names: readonly string[]): { problems: Problems; general?: string } {
  if (!(error instanceof Refusal)) return { problems: new Map(), general: '没有办成，请刷新页面再试' }
  const problems = new Map(error.problems.map(({ at, text }) => [at.split('/').at(-1) ?? '', text]))
  const stray = error.problems.find(({ at }) => !names.includes(at.split('/').at(-1) ?? ''))
  return { problems, general: stray?.text ?? (problems.size > 0 ? undefined : error.message) }
}

function Control({ field, id, wrong }: { field: AskField; id: string; wrong: boolean }) {
  const common = { id, name: field.name, 'aria-invalid': wrong || undefined }
  const value = typeof field.value === 'string' ? field.value : ''
  if (field.type === 'select')
    return (
      <select {...common} defaultValue={value}>
        {field.options?.map((option) => (
          <option key={option.value} value={option.value}>
            {option.title}
          </option>
        ))}
      </select>
    )
  if (field.type === 'checks')
    return (
      <span className="checks">
        {field.options?.map((option) => (
          <label key={option.value}>
            <input
              type="checkbox"
              name={field.name}
              value={option.value}
              defaultChecked={field.value?.includes(option.value)}
            />
            {option.title}
          </label>
        ))}
      </span>
    )
  if (field.type === 'area') return <textarea {...common} rows={3} defaultValue={value} />
  return (
    <input
      {...common}
      type={field.type ?? 'text'}
      defaultValue={value}
      autoComplete={field.autoComplete ?? 'off'}
      inputMode={field.inputMode}
    />
  )
}

type FormProps = {
  fields: readonly AskField[]
  act: string
  submit(values: Record<string, string>, all: FormData): Promise<void>
  children?: ReactNode
  onCancel?: () => void
}

/** A short form: refused fields say why beside themselves. */
export function Ask({ fields, act, submit, children, onCancel }: FormProps) {
  const id = useId()
  const [state, setState] = useState<{ problems: Problems; general?: string }>({ problems: new Map() })
  const [busy, setBusy] = useState(false)
  const run = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    setBusy(true)
    try {
      await submit(Object.fromEntries([...form].map(([name, value]) => [name, String(value).trim()])), form)
      setState({ problems: new Map() })
    } catch (error) {
      setState(
        told(
          error,
          fields.map((field) => field.name),
        ),
      )
    }
    setBusy(false)
  }
  return (
    <form className="ask" onSubmit={run} noValidate>
      {children}
      {fields.map((field) => {
        const problem = state.problems.get(field.name)
        return (
          <div key={field.name} className="asked">
            <label htmlFor={`${id}-${field.name}`}>{field.title}</label>
            <Control field={field} id={`${id}-${field.name}`} wrong={problem !== undefined} />
            {problem ? <p className="wrong">{problem}</p> : field.help && <p className="muted">{field.help}</p>}
          </div>
        )
      })}
      {state.general && (
        <p className="note bad" role="alert">
          {state.general}
        </p>
      )}
      <div className="askacts">
        <button type="submit" className="button primary" disabled={busy}>
          {busy ? '请稍候…' : act}
        </button>
        {onCancel && (
          <button type="button" className="button" onClick={onCancel}>
            取消
          </button>
        )}
      </div>
    </form>
  )
}

/** The same in the middle of the page. */
export function AskBox({ title, onClose, ...form }: FormProps & { title: string; onClose(): void }) {
  return (
    <Dialog title={title} onClose={onClose}>
      <Ask {...form} onCancel={onClose} />
    </Dialog>
  )
}

/** Something that is shown once: a password, codes, a token. */
export function Once({
  title,
  lines,
  onClose,
  children,
}: {
  title: string
  lines: readonly string[]
  onClose(): void
  children?: ReactNode
}) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="sub">只显示这一次，请现在抄下或交给本人。</p>
      <pre className="once">{lines.join('\n')}</pre>
      {children}
      <div className="askacts">
        <button type="button" className="button primary" onClick={onClose}>
          已抄下
        </button>
      </div>
    </Dialog>
  )
}
