import { useMemo } from 'react'
import { linesOf } from './json-lines.ts'
import './event.css'

export type Problem = { at: string; code: string; text: string }

export const typeOf = (text: string) => (text.trimStart().startsWith('<') ? 'application/xml' : 'application/json')

/** Chooses a line (from 1) of the text in `area` and brings it into sight. */
function jump(area: HTMLTextAreaElement | null, line: number): void {
  if (!area) return
  const lines = area.value.split('\n')
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0)
  area.focus()
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0))
  area.scrollTop = (line - 4) * 18
}

type Props = { problems: readonly Problem[]; text: string; area: HTMLTextAreaElement | null }

/** What is wrong with a document, each place with the line on which it stands. */
export function Problems({ problems, text, area }: Props) {
  const lines = useMemo(() => {
    const pointers = problems.map(({ at }) => at)
    return typeOf(text) === 'application/json' ? linesOf(text, pointers) : undefined
  }, [problems, text])
  return (
    <ul className="problems">
      {problems.map((problem) => {
        const line = lines?.get(problem.at)
        return (
          <li key={problem.at + problem.code + problem.text}>
            {line ? (
              <button type="button" className="link" onClick={() => jump(area, line)}>
                第 {line} 行
              </button>
            ) : null}{' '}
            <span className="mono muted">{problem.at || '文档'}</span> {problem.text}
          </li>
        )
      })}
    </ul>
  )
}
