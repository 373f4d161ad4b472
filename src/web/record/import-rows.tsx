import type { OwnKind } from '../shell/catalogue.ts'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { Tag } from '../ui/shape.tsx'
import type { ImportRow } from './import-api.ts'

const states = {
  good: ['good', '可以导入'],
  bad: ['bad', '要改正'],
  known: ['unknown', '已有相同'],
  written: ['good', '已写入'],
  refused: ['bad', '没有写入'],
} as const

/** The letters by which a spreadsheet calls its columns. */
export function columnName(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26))
  return index < 26 ? letter : columnName(Math.floor(index / 26) - 1) + letter
}

/** One record of the file: its rows as they stand there, and what is wrong at each cell. */
function Record({ kind, heads, item }: { kind: OwnKind; heads: string[]; item: ImportRow }) {
  const [tone, word] = states[item.state]
  const problemAt = new Map<string, string>()
  for (const { cell, text } of item.problems)
    problemAt.set(cell, [problemAt.get(cell), text].filter(Boolean).join('；'))
  const placed = new Set(item.rows.flatMap((row) => heads.map((_, index) => `${columnName(index)}${row.number}`)))
  const elsewhere = item.problems.filter(({ cell }) => !placed.has(cell))
  return item.rows.map((row, index) => (
    <tr key={row.number} className={item.state === 'bad' || item.state === 'refused' ? 'wrongrow' : undefined}>
      <td className="muted">{row.number}</td>
      <td>
        {index === 0 && (
          <>
            <Tag tone={tone}>{word}</Tag>{' '}
            {item.recordId && (item.state === 'written' || item.state === 'known') && (
              <Link to={path.record(kind.name, item.recordId)}>查看</Link>
            )}
            {elsewhere.map(({ cell, text }) => (
              <small key={cell + text} className="wrong">
                {text}
              </small>
            ))}
          </>
        )}
      </td>
      {heads.map((head, column) => {
        const problem = problemAt.get(`${columnName(column)}${row.number}`)
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: columns of a file stand still, and two may have one head
          <td key={column} className={problem ? 'wrongcell' : undefined} title={head}>
            {row.cells[column]}
            {problem && <small className="wrong">{problem}</small>}
          </td>
        )
      })}
    </tr>
  ))
}

/** The file as a sheet. */
export function ImportRows({ kind, heads, items }: { kind: OwnKind; heads: string[]; items: ImportRow[] }) {
  return (
    <table className="rows importrows">
      <thead>
        <tr>
          <th>行</th>
          <th>结果</th>
          {heads.map((head, column) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: columns of a file stand still, and two may have one head
            <th key={column}>{head}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <Record key={item.number} kind={kind} heads={heads} item={item} />
        ))}
      </tbody>
    </table>
  )
}
