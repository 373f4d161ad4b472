import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { call, Refusal } from '../shell/api.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { Dialog } from '../ui/dialog.tsx'
import { say } from '../ui/toast.tsx'

/** Nothing is deleted: a record is voided with a reason, and stays to be seen. */
export function VoidDialog({ kind, row, onClose }: { kind: OwnKind; row: Row; onClose(): void }) {
  const client = useQueryClient()
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (reason.trim().length < 2) return setProblem('请写明作废原因（2 到 200 字）')
    setBusy(true)
    try {
      await call('POST', `/api/v1/records/${kind.name}/${row.id}/void`, { version: row.version, reason: reason.trim() })
      await client.invalidateQueries({ predicate: (query) => query.queryKey[1] === kind.name })
      say('已作废')
      onClose()
    } catch (error) {
      setProblem(error instanceof Refusal ? error.message : '没有办成，请重试')
      setBusy(false)
    }
  }
  return (
    <Dialog title={`作废这条${kind.title}？`} onClose={onClose}>
      <p className="sub">作废后不能恢复，记录和原因会一直保留，监管人员能看到。</p>
      <form onSubmit={submit} style={{ display: 'grid', gap: 12 }} noValidate>
        <label className="labelled">
          <span>原因</span>
          <textarea
            className="in"
            maxLength={200}
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
          <button type="submit" className="button danger" disabled={busy}>
            {busy ? '正在作废…' : '作废'}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
