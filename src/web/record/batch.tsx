import { useQueryClient } from '@tanstack/react-query'
import { Fragment, useState } from 'react'
import type { Transition } from '../../language/kind.ts'
import { call, Refusal } from '../shell/api.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { path } from '../shell/path.ts'
import { Link, navigate } from '../shell/router.tsx'
import { useSession } from '../shell/session.tsx'
import { Dialog, Drawer } from '../ui/dialog.tsx'
import { say } from '../ui/toast.tsx'
import type { Column } from './columns.ts'
import { type Content, changesOf, startingContent } from './content.ts'
import { useExport } from './export.tsx'
import { FormBody, useForm } from './form.tsx'
import { ReasonDialog } from './reason.tsx'
import { stepBack, stepsOf } from './states.ts'
import { askedFields } from './step.tsx'
import { titleOf, useRecordWords } from './words.ts'

type Failed = { row: Row; why: string }
/** A row with what the act made of it. */
type Taken = { row: Row; now: Row }

/** Acts on each row by itself, a few at a time; what was done, and the rows that were refused with the reason. */
async function onEach(rows: readonly Row[], act: (row: Row) => Promise<Row>, tell?: (done: number) => void) {
  const taken: Taken[] = []
  const failed: Failed[] = []
  const left = [...rows]
  const work = async () => {
    for (let row = left.shift(); row; row = left.shift()) {
      try {
        taken.push({ row, now: await act(row) })
      } catch (error) {
        // A line that drops in the middle leaves the rest undone: those rows are named like any that were refused.
        const why =
          error instanceof Refusal
            ? [...new Set([error.message, ...error.problems.map((each) => each.text)])].join('；')
            : '没有送到，请检查网络后再办'
        failed.push({ row, why })
      }
      tell?.(taken.length + failed.length)
    }
  }
  await Promise.all([work(), work(), work()])
  return { taken, failed }
}

type BatchProps = { kind: OwnKind; rows: Row[]; onDone(failed: Failed[], done: number): void; onClose(): void }

/** How far a batch is, and how to run it. */
function useBatch({ kind, rows, onDone }: BatchProps, said: string, back?: Transition) {
  const client = useQueryClient()
  const [done, setDone] = useState<number>()
  const refresh = async () => {
    await client.invalidateQueries({ predicate: (query) => query.queryKey[1] === kind.name })
    client.invalidateQueries({ queryKey: ['home'] })
  }
  const undo = async (taken: readonly Taken[]) => {
    const undone = await onEach(
      taken.map(({ now }) => now),
      (row) => takeStep(kind, row, back?.name ?? ''),
    )
    await refresh()
    const { length } = undone.failed
    say(`已撤销 ${undone.taken.length} 条${length > 0 ? `，${length} 条没有撤销：${undone.failed[0]?.why}` : ''}`)
  }
  return {
    done,
    async run(act: (row: Row) => Promise<Row>) {
      setDone(0)
      const { taken, failed } = await onEach(rows, act, setDone)
      setDone(undefined)
      await refresh()
      const waiting = taken.filter(({ now }) => now.flow).length
      const good = taken.length - waiting
      const words = [good > 0 && `${said} ${good} 条`, waiting > 0 && `${waiting} 条已发起审批，通过后生效`]
      if (taken.length > 0)
        say(
          words.filter(Boolean).join('，'),
          back && waiting === 0 ? { title: '撤销', run: () => undo(taken) } : undefined,
          back ? 10_000 : undefined,
        )
      onDone(failed, taken.length)
    },
  }
}

const takeStep = (kind: OwnKind, row: Row, step: string, asked: Content = {}): Promise<Row> =>
  call('POST', `/api/v1/records/${kind.name}/${row.id}/steps/${step}`, { version: row.version, ...asked })

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
  const { actor } = useSession()
  const fields = askedFields(kind, step)
  const form = useForm(fields, startingContent(fields), {})
  const { done, run } = useBatch(props, `已${step.title}`, stepBack(kind, step, rows, actor.role))
  const take = () =>
    form.submit(async (content: Content) => {
      const asked = changesOf(fields, {}, content)
      await run((row) => takeStep(kind, row, step.name, asked))
    })
  return (
    <Drawer title={`${step.title}：所选的 ${rows.length} 条`} onClose={onClose}>
      <FormBody fields={fields} sections={[{ title: '', fields: Object.keys(fields) }]} form={form} onSubmit={take}>
        <p style={{ order: -1 }}>
          这 {rows.length} 条{kind.title}将变为“{kind.states?.names[step.to] ?? step.to}”
          {Object.keys(fields).length > 0 && '，每一条都填同样的内容'}。
        </p>
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

type Refused = { failed: Failed[]; done: number }

/** What was refused and why, each reason once; those rows stay chosen. */
function Refusals({ kind, failed, done, onClose }: Refused & { kind: OwnKind; onClose(): void }) {
  const words = useRecordWords({})
  const alone = () => {
    onClose()
    navigate(path.list(kind.name, { id: failed.map(({ row }) => row.id).join(','), state: 'all' }))
  }
  return (
    <Dialog title={`${failed.length} 条没有办成`} onClose={onClose}>
      <p className="sub">{done > 0 && `另外 ${done} 条已办好。`}没有办成的仍然选着，改好后可以再办。</p>
      <ul className="refusals">
        {[...Map.groupBy(failed, ({ why }) => why)].map(([why, same]) => (
          <li key={why}>
            {why}
            <small>
              {same.map(({ row }, n) => (
                <Fragment key={row.id}>
                  {n > 0 && '、'}
                  <Link to={path.record(kind.name, row.id)}>{titleOf(kind, row, words)}</Link>
                </Fragment>
              ))}
            </small>
          </li>
        ))}
      </ul>
      <div className="acts">
        <button type="button" className="button" onClick={alone}>
          只列这 {failed.length} 条
        </button>
        <button type="button" className="button primary" onClick={onClose}>
          知道了
        </button>
      </div>
    </Dialog>
  )
}

/** What may be done with the rows that are chosen; it stands at the foot of the window. */
export function BatchBar(props: {
  kind: OwnKind
  rows: Row[]
  columns: readonly Column[]
  choose(rows: readonly Row[]): void
}) {
  const { kind, rows, columns, choose } = props
  const { actor } = useSession()
  const { start, dialog } = useExport(kind)
  const [act, setAct] = useState<'void' | Transition>()
  const [refused, setRefused] = useState<Refused>()
  if (refused) return <Refusals kind={kind} {...refused} onClose={() => setRefused(undefined)} />
  if (rows.length === 0) return null
  const [first, ...rest] = rows.map((row) => stepsOf(kind, row, actor.role))
  const steps = (first ?? []).filter((step) => rest.every((each) => each.some(({ name }) => name === step.name)))
  const canVoid = kind.verbs.includes('void') && rows.every((row) => row.state !== 'void')
  const [a, b] = rows
  const done = (failed: Failed[], count: number) => {
    setAct(undefined)
    setRefused(failed.length > 0 ? { failed, done: count } : undefined)
    choose(failed.map(({ row }) => row))
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
      {steps.length === 0 && [first, ...rest].some((each) => each?.length) && (
        <span className="sub">所选记录的状态不同，没有都能办的下一步</span>
      )}
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
      <button type="button" className="button plain" onClick={() => choose([])}>
        取消选择
      </button>
      {dialog}
      {act === 'void' && <BatchVoid {...batch} />}
      {act && act !== 'void' && <BatchStep {...batch} step={act} />}
    </div>
  )
}
