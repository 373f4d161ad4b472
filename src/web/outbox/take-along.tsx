import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Field, Fields } from '../../language/fields/index.ts'
import { dropList, keepList, keptLists } from '../offline/kept.ts'
import { readRows } from '../record/query.ts'
import { read } from '../shell/api.ts'
import type { OwnKind } from '../shell/catalogue.ts'
import type { Query } from '../shell/path.ts'
import { say } from '../ui/toast.tsx'

/** Rows of one list that are taken along at most. */
const rowsMax = 1000

/** A list's conditions as one text, the same for the same conditions. */
function textOf(query: Query): string {
  const pairs = Object.entries(query).filter((pair): pair is [string, string] => !!pair[1] && pair[0] !== 'sort')
  return new URLSearchParams(pairs.sort(([a], [b]) => (a < b ? -1 : 1))).toString()
}

/** The kinds that a form of these fields lets one refer to. */
function referredKinds(fields: Fields): string[] {
  return Object.values(fields).flatMap((field: Field) =>
    field.type === 'reference' ? [field.to] : field.type === 'lines' ? referredKinds(field.fields) : [],
  )
}

/** The kinds whose records the lines of a form begin from. */
function templateKinds(fields: Fields): string[] {
  return Object.values(fields).flatMap((field: Field) => {
    const of = field.type === 'lines' && field.begins ? fields[field.begins.of] : undefined
    return of?.type === 'reference' ? [of.to] : []
  })
}

async function takeTemplates(kind: string): Promise<void> {
  const { items } = await read<{ items: { id: string }[] }>(`/api/v1/references/${kind}`)
  for (const { id } of items) await read(`/api/v1/references/${kind}/${id}`)
}

/** Reads the list and what its forms refer to, and keeps both for the time without a network. */
async function takeAlong(kind: OwnKind, query: Query): Promise<number> {
  const { rows, titles, more } = await readRows(kind, query, rowsMax)
  const at = new Date().toISOString()
  await keepList({ kind: kind.name, query: textOf(query), title: kind.title, at, rows, titles, more })
  // What may not be referred to is left out: the form says so itself.
  for (const to of new Set(referredKinds(kind.fields))) await read(`/api/v1/references/${to}`).catch(() => {})
  for (const to of templateKinds(kind.fields)) await takeTemplates(to).catch(() => {})
  navigator.storage?.persist?.().catch(() => {})
  return rows.length
}

/** Takes a list along to where there is no network, or gives it back. */
export function TakeAlong({ kind, query }: { kind: OwnKind; query: Query }) {
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const { data: lists = [] } = useQuery({ queryKey: ['field-lists'], queryFn: keptLists })
  const isKept = lists.some((list) => list.kind === kind.name && list.query === textOf(query))
  const run = async () => {
    setBusy(true)
    try {
      if (isKept) await dropList(kind.name, textOf(query))
      else say(`已带上 ${await takeAlong(kind, query)} 条，没有网络时也能看、能改`)
    } catch (error) {
      say(error instanceof Error ? `没有带上：${error.message}` : '没有带上')
    }
    await client.invalidateQueries({ queryKey: ['field-lists'] })
    setBusy(false)
  }
  return (
    <button type="button" className="button" aria-pressed={isKept} disabled={busy} onClick={run}>
      {busy ? '正在带上…' : isKept ? '✓ 已带到现场' : '带到现场'}
    </button>
  )
}
