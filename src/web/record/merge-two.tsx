import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Field } from '../../language/fields/index.ts'
import { Full, type Words } from '../input/index.tsx'
import { call, Refusal } from '../shell/api.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { navigate, useRoute } from '../shell/router.tsx'
import { spokenMinute } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { say } from '../ui/toast.tsx'
import { changesOf, isSame, ownFields } from './content.ts'
import { useRecord } from './record.ts'
import { isOpen } from './states.ts'
import { titleOf, useRecordWords } from './words.ts'
import './list.css'

type Side = 'a' | 'b'
type Pair = Record<Side, Row>
const other = (side: Side): Side => (side === 'a' ? 'b' : 'a')

/** First what stays takes over what was chosen from the other, then the other is void and says where it went. */
async function merge(kind: OwnKind, stays: Row, goes: Row, taken: string[], reason: string): Promise<void> {
  const wanted = { ...stays, ...Object.fromEntries(taken.map((name) => [name, goes[name]])) }
  const changed = changesOf(kind.fields, stays, wanted)
  const records = `/api/v1/records/${kind.name}`
  if (Object.keys(changed).length > 0)
    await call('PATCH', `${records}/${stays.id}`, { version: stays.version, ...changed })
  await call('POST', `${records}/${goes.id}/merge`, { version: goes.version, into: stays.id, reason })
}

type Choice = {
  kind: OwnKind
  pair: Pair
  stays: Side
  words: Words
  from: Record<string, Side>
  pick(name: string, side: Side): void
}

/** One field of both records; where they differ, either can be taken. */
function FieldRow({ name, kind, pair, stays, words, from, pick }: Choice & { name: string }) {
  const field = kind.fields[name] as Field
  const differs = !isSame(pair.a[name], pair.b[name])
  const chosen = from[name] ?? stays
  const cell = (side: Side) => {
    const value = <Full field={field} value={pair[side][name]} words={words} siblings={kind.fields} />
    if (!differs || field.unique) return <td className={differs && stays === side ? 'taken' : undefined}>{value}</td>
    return (
      <td className={chosen === side ? 'taken' : undefined}>
        <label className="check">
          <input type="radio" name={`take-${name}`} checked={chosen === side} onChange={() => pick(name, side)} />
          <span>{value}</span>
        </label>
      </td>
    )
  }
  return (
    <tr className={differs ? 'changed' : undefined}>
      <th>{field.title}</th>
      {cell('a')}
      {cell('b')}
    </tr>
  )
}

function MergeForm({ kind, pair }: { kind: OwnKind; pair: Pair }) {
  const client = useQueryClient()
  const words = useRecordWords({ ...pair.a.titles, ...pair.b.titles })
  const [stays, setStays] = useState<Side>(isOpen(kind, pair.a) || !isOpen(kind, pair.b) ? 'a' : 'b')
  const [from, setFrom] = useState<Record<string, Side>>({})
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const names = Object.keys(ownFields(kind.fields))
  const run = async () => {
    if (reason.trim().length < 2) return setProblem('请写明合并原因（2 到 200 字）')
    setBusy(true)
    setProblem(undefined)
    const goes = other(stays)
    const taken = names.filter((name) => from[name] === goes && !kind.fields[name]?.unique)
    try {
      await merge(kind, pair[stays], pair[goes], taken, reason.trim())
      say('已合并，另一条已作废并指向它')
      navigate(path.record(kind.name, pair[stays].id), { replace: true })
    } catch (error) {
      setProblem(
        error instanceof Refusal
          ? [error.message, ...error.problems.map((each) => each.text)].join('；')
          : '没有办成，请重试',
      )
      setBusy(false)
    }
    await client.invalidateQueries({ predicate: (query) => query.queryKey[1] === kind.name })
  }
  const head = (side: Side) => (
    <th>
      <label className="check">
        <input type="radio" name="stays" checked={stays === side} onChange={() => setStays(side)} />
        <span>
          {stays === side ? '留下这条' : '并入另一条后作废'}
          <small className="muted"> {spokenMinute(pair[side].createdAt)} 登记</small>
        </span>
      </label>
    </th>
  )
  return (
    <>
      <div className="card scroll">
        <table className="rows compare">
          <thead>
            <tr>
              <th />
              {head('a')}
              {head('b')}
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <FieldRow
                key={name}
                {...{ name, kind, pair, stays, words, from }}
                pick={(each, side) => setFrom({ ...from, [each]: side })}
              />
            ))}
          </tbody>
        </table>
      </div>
      <div className="mergefoot">
        <label className="labelled">
          <span>合并原因</span>
          <input className="in" maxLength={200} value={reason} onChange={(event) => setReason(event.target.value)} />
        </label>
        {problem && (
          <p className="wrong" role="alert">
            {problem}
          </p>
        )}
        <button type="button" className="button primary" disabled={busy} onClick={run}>
          {busy ? '正在合并…' : '合并'}
        </button>
      </div>
    </>
  )
}

/** Two records that are the same thing twice, side by side: which stays, and what it takes over from the other. */
export default function MergeTwo({ kind, id }: { kind: OwnKind; id: string }) {
  const { query } = useRoute()
  const a = useRecord(kind, id)
  const b = useRecord(kind, query.with ?? id)
  const words = useRecordWords(a.data?.titles ?? {})
  const error = a.error ?? b.error
  if (error) return <Trouble error={error} />
  if (!a.data || !b.data) return <Waiting />
  const crumb = { title: kind.title, to: path.list(kind.name) }
  const isMergeable = a.data.id !== b.data.id && a.data.state !== 'void' && b.data.state !== 'void'
  return (
    <>
      <Head
        title={`合并两条${kind.title}`}
        sub={`${titleOf(kind, a.data, words)}：选择留下哪一条，不同的内容逐项选择用哪边的。`}
        crumb={crumb}
      />
      {isMergeable ? (
        <MergeForm kind={kind} pair={{ a: a.data, b: b.data }} />
      ) : (
        <Empty title="这两条不能合并">
          <p>要合并的应是两条没有作废的记录。</p>
        </Empty>
      )}
    </>
  )
}
