import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { read } from '../shell/api.ts'
import { recall } from '../shell/keep.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { dayOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { bareTerm, bizStepWords } from './words.ts'

/** A chain that was looked at in this browser. */
export type Recent = { id: string; title: string }

type RecentLot = {
  key: string
  gtin: string
  lot: string
  name: string | null
  time: string
  bizStep: string | null
  place: string | null
}

const stepWord = (step: string | null) => (step ? (bizStepWords[bareTerm(step)] ?? bareTerm(step)) : '有新记录')

function Lots() {
  const { data, error, refetch } = useQuery({
    queryKey: ['trace-recent'],
    queryFn: ({ signal }) => read<{ lots: RecentLot[] }>('/api/v1/trace/recent', {}, signal),
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting lines={6} />
  if (data.lots.length === 0)
    return (
      <Empty title="近两个月没有批次的记录">
        <p>输入包装上的码开始：批次写“商品条码 批号”，单件和箱子填二维码里的网址。</p>
      </Empty>
    )
  return (
    <ul className="startlots">
      {data.lots.map((lot) => (
        <li key={lot.key}>
          <Link to={path.trace(lot.key)}>
            <b>{lot.name ?? `商品 ${lot.gtin}`}</b>
            <span className="mono">{lot.lot}</span>
            <small>
              {[lot.place, stepWord(lot.bizStep)].filter(Boolean).join(' · ')}
              <time dateTime={lot.time}>{minuteOf(lot.time)}</time>
            </small>
          </Link>
        </li>
      ))}
    </ul>
  )
}

/** Where to begin without a code at hand: what moved lately, what was looked at before, and common questions. */
export function Start() {
  const [recents] = useState(() => recall<Recent[]>('traced') ?? [])
  const today = dayOf(new Date().toISOString())
  const choices: readonly [string, string][] = [
    ['今天的事件', path.events({ since: today })],
    ['今天的收货', path.events({ since: today, step: 'receiving' })],
    ['今天的发货', path.events({ since: today, step: 'shipping' })],
    ['加工记录', path.events({ type: 'TransformationEvent' })],
    ['声明有误的事件', path.events({ wrong: '1' })],
  ]
  return (
    <>
      <Head title="追溯链条" sub="从一个批次、一箱或一件出发，看它从哪里来、到哪里去。" />
      <div className="startgrid">
        <section className="card">
          <header>
            <h2>最近有动静的批次</h2>
            <p className="muted">点一个就看它的来龙去脉</p>
          </header>
          <Lots />
        </section>
        <div>
          {recents.length > 0 && (
            <section className="card">
              <header>
                <h2>最近查过</h2>
              </header>
              <ul className="recentlist">
                {recents.map((recent) => (
                  <li key={recent.id}>
                    <Link to={path.trace(recent.id)}>{recent.title}</Link>
                  </li>
                ))}
              </ul>
            </section>
          )}
          <section className="card">
            <header>
              <h2>常看的</h2>
            </header>
            <ul className="recentlist">
              {choices.map(([title, to]) => (
                <li key={title}>
                  <Link to={to}>{title}</Link>
                </li>
              ))}
            </ul>
          </section>
          <section className="card">
            <header>
              <h2>码怎么写</h2>
            </header>
            <dl className="facts startforms">
              <div className="wide">
                <dt>批次</dt>
                <dd className="mono">06901234567892 A20261012</dd>
              </div>
              <div className="wide">
                <dt>单件、箱子</dt>
                <dd>二维码里的网址，或扫码枪直接扫</dd>
              </div>
              <div className="wide">
                <dt>托盘</dt>
                <dd>18 位物流单元码</dd>
              </div>
            </dl>
          </section>
        </div>
      </div>
    </>
  )
}
