import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { LabelChoices } from '../../trace/codes/wire.ts'
import { call, Refusal, read } from '../shell/api.ts'
import { Head } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { countOf, minuteOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { type Column, Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import '../input/input.css'
import '../record/detail.css'
import '../recall/recall.css'
import './codes.css'

type Order = {
  id: string
  gtin: string
  lot: string
  quantity: number
  issuedAt: string
  level: string
  needsActivation: boolean
  market?: string
  labels: LabelChoices
}
type Mark = { what: string; from: number; count: number; reason?: string; at: string }
type Account = Record<'ordered' | 'printed' | 'activated' | 'voided' | 'scanned' | 'unaccounted', number> & {
  scannedAtLeast: boolean
  marks: Mark[]
}

const marks: readonly [string, string][] = [
  ['printed', '已印刷'],
  ['activated', '激活'],
  ['voided', '作废'],
]
const formats: readonly [string, string][] = [
  ['csv', 'CSV 表格'],
  ['txt', '网址，一行一个'],
  ['elements', 'GS1 单元串（带括号）'],
  ['fnc1', 'GS1 单元串（FNC1）'],
]
const symbols: readonly [string, string][] = [
  ['qr', '二维码'],
  ['datamatrix', 'DataMatrix'],
  ['gs1-128', 'GS1-128 条码'],
]
function Pick(props: { title: string; options: readonly [string, string][]; value: string; set(value: string): void }) {
  return (
    <select
      className="in"
      aria-label={props.title}
      value={props.value}
      onChange={(event) => props.set(event.target.value)}
    >
      {props.options.map(([value, title]) => (
        <option key={value} value={value}>
          {title}
        </option>
      ))}
    </select>
  )
}

/** A part of the order by its first and last number, or what is wrong with them. */
function partOf(from: string, to: string, order: Order): { first: number; count: number } | { problem: string } {
  const [first, last] = [from, to].map((text) => (/^\d+$/.test(text.trim()) ? Number(text) : Number.NaN)) as [
    number,
    number,
  ]
  if (!(first >= 1 && last <= order.quantity)) return { problem: `序号填 1 到 ${order.quantity} 的整数` }
  return last < first ? { problem: '末号不能小于首号' } : { first, count: last - first + 1 }
}

function NumberBox(props: { title: string; value: string; set(value: string): void }) {
  return (
    <input
      className="in number"
      aria-label={props.title}
      inputMode="numeric"
      value={props.value}
      onChange={(event) => props.set(event.target.value)}
    />
  )
}

/** Says what happened to a part of the order. */
function MarkForm({ order }: { order: Order }) {
  const client = useQueryClient()
  const [what, setWhat] = useState('activated')
  const [from, setFrom] = useState('1')
  const [to, setTo] = useState(String(order.quantity))
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const submit = async () => {
    const part = partOf(from, to, order)
    if ('problem' in part) return setProblem(part.problem)
    const body = { what, from: part.first, count: part.count, ...(reason && { reason }) }
    setBusy(true)
    try {
      setProblem(undefined)
      await call('POST', `/api/v1/code-orders/${order.id}/marks`, body)
      setReason('')
      await client.invalidateQueries({ queryKey: ['code-account', order.id] })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      setProblem(error.problems[0]?.text ?? error.message)
    } finally {
      setBusy(false)
    }
  }
  return (
    <section className="card noprint ordercard">
      <h2>印刷、激活、作废</h2>
      <div className="codeline">
        <Pick title="发生了什么" options={marks} value={what} set={setWhat} />
        <NumberBox title="从第几个" value={from} set={setFrom} />
        <span>至</span>
        <NumberBox title="到第几个" value={to} set={setTo} />
        <input
          className="in"
          aria-label="原因"
          placeholder={what === 'voided' ? '原因（必填）' : '说明'}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <button type="button" className="button primary" onClick={submit} disabled={busy}>
          记下
        </button>
      </div>
      {problem && (
        <p className="note bad" style={{ margin: '10px 18px 0' }}>
          {problem}
        </p>
      )}
    </section>
  )
}

/** A sheet is drawn at once: a long order is printed in parts. */
const labelsAtOnce = 480

/** Labels of a part of the order, each symbol on the paper that the server says has room for it. */
function Labels({ order }: { order: Order }) {
  const [symbol, setSymbol] = useState('qr')
  const [paper, setPaper] = useState('a4')
  const [from, setFrom] = useState('1')
  const [to, setTo] = useState(String(Math.min(order.quantity, labelsAtOnce)))
  const fitting = order.labels.find((each) => each.symbol === symbol)?.papers ?? []
  const offered = fitting.map(({ name, title, holdsLot }): [string, string] => [
    name,
    holdsLot ? title : `${title}（码里可能不含批号）`,
  ])
  const cut = fitting.some(({ name }) => name === paper) ? paper : (fitting[0]?.name ?? 'a4')
  const part = partOf(from, to, order)
  const problem =
    'problem' in part ? part.problem : part.count > labelsAtOnce ? `一次最多打印 ${labelsAtOnce} 个，请分批` : undefined
  const query = 'problem' in part ? '' : `from=${part.first - 1}&count=${part.count}`
  return (
    <>
      <div className="codeline">
        <Pick title="符号" options={symbols} value={symbol} set={setSymbol} />
        <Pick title="纸张" options={offered} value={cut} set={setPaper} />
        <NumberBox title="首个标签" value={from} set={setFrom} />
        <span>至</span>
        <NumberBox title="末个标签" value={to} set={setTo} />
        {!problem && (
          <a
            className="button"
            href={`/api/v1/code-orders/${order.id}/labels?symbol=${symbol}&paper=${cut}&${query}`}
            target="_blank"
            rel="noreferrer"
          >
            打印标签
          </a>
        )}
      </div>
      {problem && (
        <p className="note bad" style={{ margin: '10px 18px 0' }}>
          {problem}
        </p>
      )}
    </>
  )
}

function Files({ order }: { order: Order }) {
  const [format, setFormat] = useState('csv')
  const [sum, setSum] = useState<{ bytes: number; sha256: string }>()
  const base = `/api/v1/code-orders/${order.id}`
  return (
    <section className="card noprint ordercard">
      <h2>取用</h2>
      <div className="codeline">
        <Pick
          title="文件格式"
          options={formats}
          value={format}
          set={(value) => {
            setFormat(value)
            setSum(undefined)
          }}
        />
        <a className="button" href={`${base}/file?format=${format}`}>
          下载
        </a>
        <button
          type="button"
          className="button plain"
          onClick={async () => setSum(await read(`${base}/checksum`, { format }))}
        >
          校验值
        </button>
      </div>
      {sum && (
        <p className="muted mono" style={{ margin: '0 18px 10px', overflowWrap: 'anywhere' }}>
          {countOf(sum.bytes)} 字节 · SHA-256 {sum.sha256}
        </p>
      )}
      <Labels order={order} />
    </section>
  )
}

const markColumns: readonly Column<Account['marks'][number]>[] = [
  {
    title: '发生了什么',
    of: ({ what }) => (
      <Tag tone={what === 'voided' ? 'bad' : what === 'activated' ? 'good' : 'info'}>
        {marks.find(([value]) => value === what)?.[1] ?? what}
      </Tag>
    ),
    by: ({ what }) => what,
  },
  {
    title: '哪些码',
    of: ({ from, count, reason }) => (
      <>
        第 {countOf(from)} 至 {countOf(from + count - 1)} 个{reason && <small>{reason}</small>}
      </>
    ),
    by: ({ from }) => from,
  },
  { title: '时间', as: 'short', of: ({ at }) => minuteOf(at), by: ({ at }) => at },
]

/** One order of codes: its account, its files and labels, and what happened to them. */
export default function OrderPage({ id }: { id: string }) {
  const order = useQuery({ queryKey: ['code-order', id], queryFn: () => read<Order>(`/api/v1/code-orders/${id}`) })
  const account = useQuery({
    queryKey: ['code-account', id],
    queryFn: () => read<Account>(`/api/v1/code-orders/${id}/account`),
  })
  if (order.error) return <Trouble error={order.error} retry={order.refetch} />
  if (!order.data || !account.data) return <Waiting lines={6} />
  const { gtin, lot, quantity, issuedAt, level, needsActivation, market } = order.data
  const figures: [string, number][] = [
    ['申领', account.data.ordered],
    ['印刷', account.data.printed],
    ['激活', account.data.activated],
    ['作废', account.data.voided],
    ['被查过', account.data.scanned],
    ['去向不明', account.data.unaccounted],
  ]
  return (
    <>
      <Head
        title={`${countOf(quantity)} 个追溯码，批号 ${lot}`}
        sub={`${level === 'case' ? '箱码' : '单件码'} ${gtin} · ${minuteOf(issuedAt)} 申领 · ${needsActivation ? '激活后有效' : '申领即有效'}${market ? ` · 限 ${market} 销售` : ''}`}
      >
        <Link className="button" to={path.codes()}>
          全部订单
        </Link>
      </Head>
      <div className="tiles">
        {figures.map(([title, value]) => (
          <div className={`tile ${title === '去向不明' && value > 0 ? 'warn' : ''}`} key={title}>
            <small>{title}</small>
            <b>{countOf(value)}</b>
          </div>
        ))}
      </div>
      <Files order={order.data} />
      <MarkForm order={order.data} />
      {account.data.marks.length > 0 && (
        <Rows
          title="经过"
          items={account.data.marks}
          keyOf={({ at, what, from }) => `${at} ${what} ${from}`}
          columns={markColumns}
        />
      )}
    </>
  )
}
