import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Field } from '../../language/fields/index.ts'
import { plainOf, type Words } from '../input/index.tsx'
import { read } from '../shell/api.ts'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import { ageOf, secondOf, spokenMinute } from '../shell/time.ts'
import { Waiting } from '../ui/empty.tsx'
import { CheckVersion } from './check.tsx'
import { type Difference, differences, versionDifferences } from './difference.ts'

export type Version = { version: number; at: string; actor: { name: string; ownerTitle: string }; image: Row }

function actOf(kind: OwnKind, version: Version, before: Version | undefined): string {
  if (!before) return '登记'
  const [from, to] = [before.image.state, version.image.state]
  if (from === to) return '修改'
  if (to === 'void') return '作废'
  return kind.states?.transitions.find((step) => step.from.includes(from) && step.to === to)?.title ?? '修改'
}

/** Values in the words of the page. */
const plainIn = (words: Words) => (field: Field, value: unknown) => plainOf(field, value, words)

/** What changed, the old struck out; lines filled for the first time are folded. */
function Differences({ changed }: { changed: readonly Difference[] }) {
  if (changed.length === 0) return null
  return (
    <dl>
      {changed.map(({ title, before, after, lines }) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>
            {before && (
              <>
                <del>{before}</del>{' '}
              </>
            )}
            {lines ? (
              <details>
                <summary>{after}</summary>
                <ol>
                  {lines.map((line, index) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: what was recorded does not move
                    <li key={index}>{line}</li>
                  ))}
                </ol>
              </details>
            ) : (
              after && <ins>{after}</ins>
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** What a record said when it was entered: folded, for the page beside it says what holds now. */
function FirstContent({ kind, version, words }: { kind: OwnKind; version: Version; words: Words }) {
  const [opened, setOpened] = useState(false)
  return (
    <details onToggle={(toggled) => setOpened(toggled.currentTarget.open)}>
      <summary>当时填的内容</summary>
      {opened && <Differences changed={differences(kind.fields, {}, version.image, plainIn(words))} />}
    </details>
  )
}

/** Who did what when, newest first, and what each change changed. */
export function History({ kind, row, words }: { kind: OwnKind; row: Row; words: Words }) {
  const { data, error } = useQuery({
    queryKey: ['history', kind.name, row.id, row.version],
    queryFn: ({ signal }) => read<{ items: Version[] }>(`/api/v1/records/${kind.name}/${row.id}/history`, {}, signal),
  })
  if (error)
    return (
      <p className="sub" style={{ padding: '0 18px 16px' }}>
        {error.message}
      </p>
    )
  if (!data) return <Waiting lines={3} />
  const versions = [...data.items].sort((a, b) => a.version - b.version)
  return (
    <ol className="timeline">
      {versions
        .map((version, index) => {
          const before = versions[index - 1]
          const changed = before ? versionDifferences(kind, before.image, version.image, plainIn(words)) : []
          return (
            <li key={version.version}>
              <b>{actOf(kind, version, before)}</b>{' '}
              <time className="muted" dateTime={version.at} title={`${secondOf(version.at)}（${ageOf(version.at)}前）`}>
                {spokenMinute(version.at)}
              </time>
              <p className="sub">
                {version.actor.name}
                {version.actor.ownerTitle && ` · ${version.actor.ownerTitle}`}
                <br />
                <a
                  href={`/api/v1/records/${kind.name}/${row.id}/proof?version=${version.version}`}
                  download={`存证-${row.id.slice(-8)}-${version.version}.json`}
                  title="下载这一版的存证文件，可在“核对存证”页离线核对"
                >
                  存证
                </a>
                {' · '}
                <CheckVersion path={`/api/v1/records/${kind.name}/${row.id}/proof?version=${version.version}`} />
              </p>
              {before ? (
                <Differences changed={changed} />
              ) : (
                versions.length > 1 && <FirstContent {...{ kind, version, words }} />
              )}
            </li>
          )
        })
        .reverse()}
    </ol>
  )
}
