import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Transition } from '../../language/kind.ts'
import { call, Refusal } from '../shell/api.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { Dialog, Drawer } from '../ui/dialog.tsx'
import { say } from '../ui/toast.tsx'
import type { Column } from './columns.ts'
import { type Content, changesOf, startingContent } from './content.ts'
import { useExport } from './export.tsx'
import { FormBody, useForm } from './form.tsx'
import { ReasonDialog } from './reason.tsx'
import { stepsOf } from './states.ts'
import { askedFields } from './step.tsx'
import { titleOf, useRecordWords } from './words.ts'

type Failed = { row: Row; why: string }

/** Acts on each row by itself, a few at a time; the rows that were refused, with the reason. */
async function onEach(rows: readonly Row[], act: (row: Row) => Promise<unknown>, tell: (done: number) => void) {
  const failed: Failed[] = []
  const left = [...rows]
  let done = 0
  const work = async () => {
    for (let row = left.shift(); row; row = left.shift()) {
      try {
        await act(row)
      } catch (error) {
        // A line that drops in the middle leaves the rest undone: those rows are named like any that were refused.
        const why =
          error instanceof Refusal
            ? [error.message, ...error.problems.map((each) => each.text)].join('；')
            : '没有送到，请检查网络后再办'
        failed.push({ row, why })
      }
      tell(++done)
    }
  }
  await Promise.all([work(), work(), work()])
  return failed
}

type BatchProps = { kind: OwnKind; rows: Row[]; onDone(failed: Failed[]): void; onClose(): void }

/** How far a batch is, and how to run it. */
function useBatch({ kind, rows, onDone }: BatchProps, said: string) {
  const client = useQueryClient()
  const [done, setDone] = useState<number>()
  return {
    done,
    async run(act: (row: Row) => Promise<unknown>) {
      setDone(0)
      const failed = await onEach(rows, act, setDone)
      setDone(undefined)
      await client.invalidateQueries({ predicate: (query) => query.queryKey[1] === kind.name })
      client.invalidateQueries({ queryKey: ['home'] })
      const good = rows.length - failed.length
      if (good > 0) say(`${said} ${good} 条`)
      onDone(failed)
    },
  }
}

function BatchVoid(props: BatchProps) {
  const { kind, rows, onClose } = props
  const { done, run } = useBatch(props, '已作废')
  return (
    <ReasonDialog
      title={`作废所选的 ${rows.length} 条${kind.title}？`}
      act="作废"
      acting={`已办 ${done ?? 0} / ${rows.length}`}
      danger
      run={(reason) =>
        run((row) => call('POST', `/api/v1/records/${kind.name}/${row.id}/void`, { version: row.version, reason }))
      }
      onClose={onClose}
    >
      作废后不能恢复，记录和原因会一直保留。这些记录用同一个原因。
    </ReasonDialog>
  )
}

function BatchStep({ step, ...props }: BatchProps & { step: Transition }) {
  const { kind, rows, onClose } = props
  const fields = askedFields(kind, step)
  const form = useForm(fields, startingContent(fields), {})
  const { done, run } = useBatch(props, `已${step.title}`)
  const take = () =>
    form.submit(async (content: Content) => {
      const asked = changesOf(fields, {}, content)
      await run((row) =>
        call('POST', `/api/v1/records/${kind.name}/${row.id}/steps/${step.name}`, { version: row.version, ...asked }),
      )
    })
  return (
    <Drawer title={`${step.title}：所选的 ${rows.length} 条`} onClose={onClose}>
      <FormBody fields={fields} sections={[{ title: '', fields: Object.keys(fields) }]} form={form} onSubmit={take}>
        <p className="sub">每一条都填同样的内容。</p>
        <div className="savebar">
          <button type="submit" className="button primary" disabled={done !== undefined}>
            {done === undefined ? step.title : `已办 ${done} / ${rows.length}`}
          </button>
          <button type="button" className="button" onClick={onClose}>
            取消
          </button>
        </div>
      </FormBody>
    </Drawer>
  )
}

function Refusals({ kind, failed, onClose }: { kind: OwnKind; failed: Failed[]; onClose(): void }) {
  const words = useRecordWords({})
  return (
    <Dialog title={`${failed.length} 条没有办成`} onClose={onClose}>
      <ul className="refusals">
        {failed.map(({ row, why }) => (
          <li key={row.id}>
            <Link to={path.record(kind.name, row.id)}>{titleOf(kind, row, words)}</Link>：{why}
          </li>
        ))}
      </ul>
      <div className="acts">
        <button type="button" className="button primary" onClick={onClose}>
          知道了
        </button>
      </div>
    </Dialog>
  )
}

/** What may be done with the rows that are chosen; it stands at the foot of the window. */
export function BatchBar(props: { kind: OwnKind; rows: Row[]; columns: readonly Column[]; clear(): void }) {
  const { kind, rows, columns, clear } = props
  const { actor } = useSession()
  const { start, dialog } = useExport(kind)
  const [act, setAct] = useState<'void' | Transition>()
  const [failed, setFailed] = useState<Failed[]>([])
  if (failed.length > 0) return <Refusals kind={kind} failed={failed} onClose={() => setFailed([])} />
  if (rows.length === 0) return null
  const [first, ...rest] = rows.map((row) => stepsOf(kind, row, actor.role))
  const steps = (first ?? []).filter((step) => rest.every((each) => each.some(({ name }) => name === step.name)))
  const canVoid = kind.verbs.includes('void') && rows.every((row) => row.state !== 'void')
  const [a, b] = rows
  const done = (refused: Failed[]) => {
    setAct(undefined)
    setFailed(refused)
    clear()
  }
  const batch = { kind, rows, onDone: done, onClose: () => setAct(undefined) }
  return (
    <div className="batchbar noprint" role="toolbar" aria-label="对所选记录的操作">
      <b>已选 {rows.length} 条</b>
      {steps.map((step) => (
        <button type="button" key={step.name} className="button" onClick={() => setAct(step)}>
          {step.title}
        </button>
      ))}
      <button
        type="button"
        className="button"
        onClick={() =>
          start({
            query: { id: rows.map((row) => row.id).join(','), state: 'all' },
            format: 'xlsx',
            columns: columns.map(({ name }) => name),
          })
        }
      >
        导出所选
      </button>
      {rows.length === 2 && a && b && canVoid && kind.verbs.includes('change') && (
        <Link className="button" to={path.merge(kind.name, a.id, b.id)}>
          合并重复
        </Link>
      )}
      {canVoid && (
        <button type="button" className="button" onClick={() => setAct('void')}>
          作废
        </button>
      )}
      <button type="button" className="button plain" onClick={clear}>
        取消选择
      </button>
      {dialog}
      {act === 'void' && <BatchVoid {...batch} />}
      {act && act !== 'void' && <BatchStep {...batch} step={act} />}
    </div>
  )
}
