import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { read } from '../shell/api.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { recall } from '../shell/keep.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { dayOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Empty, Waiting } from '../ui/empty.tsx'
import { bareTerm, bizStepWords } from './words.ts'
import './start.css'

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

type Asked = Record<'bizStep' | 'region' | 'gtin' | 'lot', string | undefined>

/** Stages of the way, in its order. */
const stages = [
  'commissioning',
  'receiving',
  'storing',
  'inspecting',
  'packing',
  'shipping',
  'transporting',
  'stocking',
  'retail_selling',
  'holding',
  'destroying',
]

/** By stage, region, product and lot: what is chosen is asked for at once. */
function LotFilter({ asked, ask }: { asked: Asked; ask(asked: Asked): void }) {
  const regions = useCatalogue().regions
  const type = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const words = String(new FormData(event.currentTarget).get('text') ?? '')
      .trim()
      .split(/\s+/)
    const gtin = words.find((word) => /^\d{8}$|^\d{12,14}$/.test(word))
    ask({ ...asked, gtin, lot: words.filter((word) => word !== gtin).join(' ') || undefined })
  }
  return (
    <form className="tracesearch lotfilter" onSubmit={type}>
      <input
        className="in"
        name="text"
        aria-label="商品条码或批号"
        placeholder="商品条码、批号"
        defaultValue={[asked.gtin, asked.lot].filter(Boolean).join(' ')}
        spellCheck={false}
      />
      <select
        className="in"
        aria-label="环节"
        value={asked.bizStep ?? ''}
        onChange={(event) => ask({ ...asked, bizStep: event.target.value || undefined })}
      >
        <option value="">全部环节</option>
        {stages.map((step) => (
          <option key={step} value={step}>
            {bizStepWords[step]}
          </option>
        ))}
      </select>
      {regions.length > 1 && (
        <select
          className="in"
          aria-label="地区"
          value={asked.region ?? ''}
          onChange={(event) => ask({ ...asked, region: event.target.value || undefined })}
        >
          <option value="">全部地区</option>
          {regions.map(({ code, title }) => (
            <option key={code} value={code}>
              {title}
            </option>
          ))}
        </select>
      )}
      <button type="submit" className="button">
        查找
      </button>
    </form>
  )
}

function Lots({ asked }: { asked: Asked }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['trace-recent', asked],
    queryFn: ({ signal }) => read<{ lots: RecentLot[] }>('/api/v1/trace/recent', asked, signal),
    placeholderData: keepPreviousData,
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting lines={6} />
  if (data.lots.length === 0)
    return (
      <Empty title={Object.values(asked).some(Boolean) ? '没有这样的批次' : '近两个月没有批次的记录'}>
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
  const [asked, ask] = useState<Asked>({ bizStep: undefined, region: undefined, gtin: undefined, lot: undefined })
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
          <LotFilter asked={asked} ask={ask} />
          <Lots asked={asked} />
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
