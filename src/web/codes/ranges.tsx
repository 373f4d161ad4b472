import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { KnownRange } from '../../trace/codes/wire.ts'
import { call, Refusal, read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { countOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { Rows } from '../ui/rows.tsx'
import '../input/input.css'
import '../recall/recall.css'
import './codes.css'

/** Fields of one line, in the order in which they are pasted. */
const fields = ['gtin', 'lot', 'prefix', 'width', 'first', 'last', 'source'] as const
const heads = '商品条码	批号	前缀	号码位数	起始号	结束号	赋码方'

/** Lines pasted from a spreadsheet or a CSV, without its head. */
function readLines(text: string): Record<string, unknown>[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !line.startsWith('商品条码'))
    .map((line) => {
      const cells = line.split(/\t|,/).map((cell) => cell.trim())
      return Object.fromEntries(
        fields.map((name, place) => {
          const cell = cells[place] ?? ''
          const isNumber = name === 'width' || name === 'first' || name === 'last'
          return [name, isNumber ? Number(cell || '0') : cell]
        }),
      )
    })
}

const fullOf = ({ prefix, width }: KnownRange, number: number) =>
  prefix + (width > 0 ? String(number).padStart(width, '0') : '')

function ImportForm() {
  const client = useQueryClient()
  const [text, setText] = useState('')
  const [problems, setProblems] = useState<string[]>([])
  const [done, setDone] = useState<string>()
  const submit = async () => {
    setDone(undefined)
    try {
      const ranges = readLines(text)
      const { added, known } = await call<{ added: number; known: number }>('POST', '/api/v1/code-ranges', { ranges })
      setProblems([])
      setText('')
      setDone(`导入了 ${countOf(added)} 段${known > 0 ? `，${countOf(known)} 段已经有了` : ''}。`)
      await client.invalidateQueries({ queryKey: ['code-ranges'] })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const told = error.problems.map(({ at, text }) => {
        const line = /^\/ranges\/(\d+)/.exec(at)?.[1]
        return line === undefined ? text : `第 ${Number(line) + 1} 行：${text}`
      })
      setProblems(told.length > 0 ? told : [error.message])
    }
  }
  return (
    <section className="card ordercard">
      <h2>导入号段</h2>
      <div className="answerbox">
        <label htmlFor="ranges">从表格里复制，粘贴在这里，一行一段</label>
        <p className="muted mono">{heads.replaceAll('\t', '　')}</p>
        <textarea
          id="ranges"
          className="in mono"
          rows={6}
          value={text}
          placeholder={'06901234567892,A20261012-3,EX,6,1,5000,示例追溯平台'}
          onChange={(event) => setText(event.target.value)}
        />
        <p className="muted">单个码：号码位数、起始号、结束号都填 0，前缀填整个码。有一行不对，就一段也不导入。</p>
        {problems.map((problem) => (
          <p key={problem} className="note bad">
            {problem}
          </p>
        ))}
        {done && (
          <p className="note good" role="status">
            {done}
          </p>
        )}
        <button type="button" className="button primary" disabled={text.trim() === ''} onClick={submit}>
          导入
        </button>
      </div>
    </section>
  )
}

/** Codes that another system made: taken in by range, known to be genuine from then on. */
export default function Ranges() {
  const { data, error, refetch } = useQuery({
    queryKey: ['code-ranges'],
    queryFn: ({ signal }) => read<{ items: KnownRange[] }>('/api/v1/code-ranges', {}, signal),
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  return (
    <>
      <Head title="外部号段" sub="别的系统赋的码，导入后在本平台也能查、能追溯、能召回。">
        <Link className="button" to={path.codes()}>
          追溯码订单
        </Link>
      </Head>
      <ImportForm />
      <Rows
        empty="还没有导入过号段"
        items={data.items}
        keyOf={({ id }) => id}
        columns={[
          {
            title: '号段',
            of: (range) => (
              <>
                {fullOf(range, range.first)}
                {range.last > range.first && <small>到 {fullOf(range, range.last)}</small>}
              </>
            ),
          },
          { title: '商品条码', of: ({ gtin }) => gtin, as: 'code' },
          { title: '批号', of: ({ lot }) => lot },
          { title: '数量', of: ({ first, last }) => countOf(last - first + 1), as: 'figure' },
          { title: '赋码方', of: ({ source }) => source },
          { title: '导入时间', of: ({ at }) => minuteOf(at), as: 'short' },
        ]}
      />
    </>
  )
}
