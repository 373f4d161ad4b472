import { type FormEvent, type ReactNode, useState } from 'react'
import { Refusal } from '../shell/api.ts'
import { Dialog } from '../ui/dialog.tsx'

/** Asks for the reason of an act and runs it; what is refused stands below the reason. */
export function ReasonDialog(props: {
  title: string
  /** What is asked, where it is not simply the reason. */
  label?: string
  max?: number
  act: string
  /** What the button says while it runs. */
  acting: string
  danger?: boolean
  run(reason: string): Promise<void>
  onClose(): void
  children: ReactNode
}) {
  const { title, label = '原因', max = 200, act, acting, danger, run, onClose, children } = props
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (reason.trim().length < 2) return setProblem(`请写明${label}（2 到 ${max} 字）`)
    setBusy(true)
    try {
      await run(reason.trim())
    } catch (error) {
      const refusal = error instanceof Refusal ? error : undefined
      setProblem(refusal?.problems[0]?.text ?? refusal?.message ?? '没有办成，请重试')
      setBusy(false)
    }
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="sub">{children}</div>
      <form onSubmit={submit} style={{ display: 'grid', gap: 12 }} noValidate>
        <label className="labelled">
          <span>{label}</span>
          <textarea
            className="in"
            maxLength={max}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            autoFocus
          />
        </label>
        {problem && (
          <p className="wrong" role="alert">
            {problem}
          </p>
        )}
        <div className="acts">
          <button type="button" className="button" onClick={onClose}>
            取消
          </button>
          <button type="submit" className={`button ${danger ? 'danger' : 'primary'}`} disabled={busy}>
            {busy ? acting : act}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
