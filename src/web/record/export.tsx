import { useRef, useState } from 'react'
import { plainOf } from '../input/index.tsx'
import type { OwnKind, Row } from '../shell/catalogue.ts'
import type { Query } from '../shell/path.ts'
import { useSession } from '../shell/session.tsx'
import { countOf, dayOf, secondOf } from '../shell/time.ts'
import { say } from '../ui/toast.tsx'
import { csv } from './csv.ts'
import { save } from './download.ts'
import { readPage } from './query.ts'
import { stateWord } from './state.tsx'
import { isSeenAcrossOwners, useRecordWords } from './words.ts'

/** Rows that one export reads at most; it says so when more are there. */
const exportMax = 20_000

type Read = { rows: Row[]; titles: Record<string, string>; more: boolean }

async function readAll(
  kind: OwnKind,
  query: Query,
  onProgress: (count: number) => void,
  signal: AbortSignal,
): Promise<Read> {
  const rows: Row[] = []
  const titles: Record<string, string> = {}
  let after: string | undefined
  do {
    const page = await readPage(kind, query, { after, limit: 200 }, signal)
    rows.push(...page.items)
    Object.assign(titles, page.titles)
    after = page.next ?? undefined
    onProgress(rows.length)
  } while (after && rows.length < exportMax)
  return { rows, titles, more: after !== undefined }
}

/** Saves what the list shows, all pages of it, as CSV. */
export function ExportButton({ kind, query }: { kind: OwnKind; query: Query }) {
  const { actor } = useSession()
  const words = useRecordWords({})
  const [count, setCount] = useState<number>()
  const stop = useRef<AbortController>(undefined)

  const run = async () => {
    stop.current = new AbortController()
    setCount(0)
    try {
      const { rows, titles, more } = await readAll(kind, query, setCount, stop.current.signal)
      const named = { ...words, titles }
      const across = isSeenAcrossOwners(kind, actor.role)
      const columns = Object.entries(kind.fields).filter(
        ([, field]) => field.type !== 'photo' && field.type !== 'snapshot',
      )
      const head = [...(across ? ['单位'] : []), ...columns.map(([, field]) => field.title), '状态', '登记时间']
      const body = rows.map((row) => [
        ...(across ? [titles[row.ownerId] ?? ''] : []),
        ...columns.map(([name, field]) => plainOf(field, row[name], named)),
        row.state === 'void' ? `作废：${row.voidReason ?? ''}` : stateWord(kind, row),
        secondOf(row.createdAt),
      ])
      save(`${kind.title}-${dayOf(Date.now())}.csv`, csv([head, ...body]))
      say(more ? `已导出前 ${countOf(rows.length)} 条，请缩小条件分次导出其余的` : `已导出 ${countOf(rows.length)} 条`)
    } catch (error) {
      if (!stop.current.signal.aborted) say(error instanceof Error ? `没有导出：${error.message}` : '没有导出')
    }
    setCount(undefined)
  }

  if (count === undefined)
    return (
      <button type="button" className="button" onClick={run}>
        导出
      </button>
    )
  return (
    <button type="button" className="button" onClick={() => stop.current?.abort()}>
      已取 {countOf(count)} 条，点此停止
    </button>
  )
}
