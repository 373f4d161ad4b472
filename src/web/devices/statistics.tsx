import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { CountLine, Counts, CountsAnswer } from '../../areas/devices/operations/wire.ts'
import { csv } from '../record/csv.ts'
import { save } from '../record/download.ts'
import { call } from '../shell/api.ts'
import type { Operation } from '../shell/catalogue.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { dayAfter, dayOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import './statistics.css'

const columns: readonly (readonly [keyof Counts, string])[] = [
  ['total', '报警'],
  ['waiting', '待派单'],
  ['assigned', '整改中'],
  ['submitted', '待验收'],
  ['closed', '已关闭'],
  ['rejected', '误报'],
  ['overdue', '逾期'],
  ['withEvidence', '有处置证据'],
  ['answerMinute', '多久受理（分钟）'],
  ['closeHour', '多久关闭（小时）'],
]

function Table({
  title,
  head,
  rows,
  kind,
  filter,
}: {
  title: string
  head: string
  rows: readonly CountLine[]
  kind: string
  filter?: string
}) {
  if (rows.length === 0) return null
  return (
    <section className="card statistics" aria-label={title}>
      <h2>{title}</h2>
      <div className="scroll">
        <table>
          <thead>
            <tr>
              <th>{head}</th>
              {columns.map(([name, word]) => (
                <th key={name} className="figure">
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key}>
                <td>{filter ? <Link to={path.list(kind, { [filter]: row.key })}>{row.title}</Link> : row.title}</td>
                {columns.map(([name, word]) => (
                  <td
                    key={name}
                    data-word={word}
                    className={name === 'overdue' && row.overdue > 0 ? 'figure bad' : 'figure'}
                  >
                    {row[name] ?? '—'}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** 整改统计: how alarms were dealt with, by class, unit and rule. */
export default function Statistics({ operation }: { operation: Operation }) {
  const today = dayOf(Date.now())
  const [{ from, to }, setRange] = useState({ from: dayAfter(today, -29), to: today })
  const { data, error, refetch } = useQuery({
    queryKey: ['alarm-statistics', from, to],
    placeholderData: keepPreviousData,
    queryFn: () => call<CountsAnswer>('POST', `/api/v1/operations/${operation.name}`, { from, to }),
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const { all, kind } = data
  const done = all.total - all.rejected
  const download = () => {
    const head = ['统计', '名称', ...columns.map(([, word]) => word)]
    const part = (title: string, rows: readonly CountLine[]) =>
      rows.map((row) => [title, row.title, ...columns.map(([name]) => String(row[name] ?? ''))])
    const rows = [...part('类别', data.byClass), ...part('单位', data.byUnit), ...part('规则', data.byRule)]
    save(`整改统计-${data.from}-${data.to}.csv`, csv([head, ...rows]))
  }
  return (
    <>
      <Head
        title={operation.title}
        sub={
          all.total === 0
            ? `${data.from} 至 ${data.to} 没有报警`
            : `${data.from} 至 ${data.to}：${all.total} 条报警，已关闭 ${all.closed}${done > 0 ? `（${Math.round((all.closed / done) * 100)}%）` : ''}，逾期 ${all.overdue}`
        }
      >
        <button type="button" className="button desk" onClick={download}>
          导出
        </button>
      </Head>
      <div className="statrange noprint">
        {(['from', 'to'] as const).map((name) => (
          <label key={name}>
            {name === 'from' ? '从' : '到'}{' '}
            <input
              type="date"
              value={name === 'from' ? from : to}
              max={today}
              onChange={(event) => event.target.value && setRange({ from, to, [name]: event.target.value })}
            />
          </label>
        ))}
      </div>
      {all.total === 0 && <Empty title="这段时间没有报警" />}
      <Table title="按类别" head="类别" rows={data.byClass} kind={kind} filter="severity" />
      <Table title="按单位" head="单位" rows={data.byUnit} kind={kind} filter="ownerId" />
      <Table title="按规则" head="规则" rows={data.byRule} kind={kind} filter="rule" />
    </>
  )
}
