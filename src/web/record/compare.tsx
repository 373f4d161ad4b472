import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Field } from '../../language/fields/index.ts'
import { Full, type Words } from '../input/index.tsx'
import { read } from '../shell/api.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { navigate, useRoute } from '../shell/router.tsx'
import { spokenMinute } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { isSame } from './content.ts'
import type { Version } from './history.tsx'
import { useRecord } from './record.ts'
import { stateWord } from './states.ts'
import { sectionsOf, titleOf, useRecordWords } from './words.ts'
import './list.css'

function Picker(props: { label: string; versions: Version[]; value: number; onPick(version: number): void }) {
  const picked = props.versions.find(({ version }) => version === props.value)
  return (
    <>
      <select
        className="in"
        aria-label={props.label}
        value={props.value}
        onChange={(event) => props.onPick(Number(event.target.value))}
      >
        {props.versions.map((each) => (
          <option key={each.version} value={each.version}>
            第 {each.version} 版 · {spokenMinute(each.at)} · {each.actor.name}
          </option>
        ))}
      </select>
      {/* On a phone a picker is too narrow to say more than which version it is. */}
      {picked && (
        <small className="muted phone">
          {spokenMinute(picked.at)} {picked.actor.name}
        </small>
      )}
    </>
  )
}

function Rows(props: { kind: OwnKind; left: Row; right: Row; words: Words; onlyChanged: boolean }) {
  const { kind, left, right, words, onlyChanged } = props
  const names = sectionsOf(kind).flatMap((section) => section.fields)
  const shown = onlyChanged ? names.filter((name) => !isSame(left[name], right[name])) : names
  const value = (row: Row, name: string) => (
    <Full field={kind.fields[name] as Field} value={row[name]} words={words} siblings={kind.fields} />
  )
  const states = stateWord(kind, left) !== stateWord(kind, right)
  return (
    <tbody>
      {(states || !onlyChanged) && (
        <tr className={states ? 'changed' : undefined}>
          <th>状态</th>
          <td>{stateWord(kind, left)}</td>
          <td>{stateWord(kind, right)}</td>
        </tr>
      )}
      {shown.map((name) => (
        <tr key={name} className={isSame(left[name], right[name]) ? undefined : 'changed'}>
          <th>{kind.fields[name]?.title}</th>
          <td>{value(left, name)}</td>
          <td>{value(right, name)}</td>
        </tr>
      ))}
      {shown.length === 0 && !states && (
        <tr>
          <td colSpan={3} className="muted">
            这两版内容一样。
          </td>
        </tr>
      )}
    </tbody>
  )
}

/** Any two versions of a record, side by side. */
export default function Compare({ kind, id }: { kind: OwnKind; id: string }) {
  const { query } = useRoute()
  const { data: row } = useRecord(kind, id)
  const words = useRecordWords(row?.titles ?? {})
  const [onlyChanged, setOnlyChanged] = useState(true)
  const { data, error, refetch } = useQuery({
    queryKey: ['history', kind.name, id, row?.version],
    queryFn: ({ signal }) => read<{ items: Version[] }>(`/api/v1/records/${kind.name}/${id}/history`, {}, signal),
    enabled: !!row,
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data || !row) return <Waiting />
  const versions = [...data.items].sort((a, b) => b.version - a.version)
  const right = versions.find((each) => each.version === Number(query.b)) ?? versions[0]
  const left = versions.find((each) => each.version === Number(query.a)) ?? versions[1] ?? right
  if (!left || !right) return <Waiting />
  const go = (a: number, b: number) =>
    navigate(path.versions(kind.name, id, { a: String(a), b: String(b) }), { replace: true })
  const title = titleOf(kind, row, words)
  return (
    <>
      <Head
        title={`${title}：比较两个版本`}
        sub={`共 ${versions.length} 版`}
        crumb={{ title, to: path.record(kind.name, id) }}
      >
        <label className="check">
          <input type="checkbox" checked={onlyChanged} onChange={(event) => setOnlyChanged(event.target.checked)} />
          只看不同
        </label>
      </Head>
      <div className="card scroll">
        <table className="rows compare">
          <thead>
            <tr>
              <th />
              <th>
                <Picker
                  label="左边的版本"
                  versions={versions}
                  value={left.version}
                  onPick={(a) => go(a, right.version)}
                />
              </th>
              <th>
                <Picker
                  label="右边的版本"
                  versions={versions}
                  value={right.version}
                  onPick={(b) => go(left.version, b)}
                />
              </th>
            </tr>
          </thead>
          <Rows kind={kind} left={left.image} right={right.image} words={words} onlyChanged={onlyChanged} />
        </table>
      </div>
    </>
  )
}
