import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { read } from '../shell/api.ts'
import { countOf, secondOf } from '../shell/time.ts'
import { Trouble } from '../shell/trouble.tsx'
import { Waiting } from '../ui/empty.tsx'
import { Rows, RowTable } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'

type Node = { name: string; status: { height: number; size: number; root: string } | null; latencyMs: number }
type Row = { height: number; time: string; size: number; transactions: number }
type Answer = {
  origin: string
  quorum: number
  nodes: Node[]
  blocks: Row[]
  anchors: { origin: string; size: number; height: number }[]
  handed: { leaves: number; anchored: number; meanS: number | null }
  head: { size: number; height: number; at: string } | null
}
type Transaction = { id: string; act: string; first: number; count: number }
type Block = { height: number; time: string; size: number; root: string; transactions: Transaction[] }

const acts: Readonly<Record<string, string>> = {
  seal: '存证',
  extend: '站点存证',
  anchor: '站点树根',
  vote: '成员表决',
}

/** The farthest height that any node reports: who is behind it is catching up. */
const farthest = (nodes: readonly Node[]) => Math.max(0, ...nodes.map(({ status }) => status?.height ?? 0))

function Nodes({ nodes }: { nodes: readonly Node[] }) {
  const height = farthest(nodes)
  return (
    <RowTable
      items={nodes}
      keyOf={({ name }) => name}
      columns={[
        { title: '节点', of: ({ name }) => name },
        {
          title: '状态',
          of: ({ status }) =>
            !status ? (
              <Tag tone="bad">没有应答</Tag>
            ) : height - status.height > 2 ? (
              <Tag tone="warn">正在追赶</Tag>
            ) : (
              <Tag tone="good">正常</Tag>
            ),
        },
        { title: '区块', of: ({ status }) => (status ? countOf(status.height) : '—'), as: 'figure' },
        { title: '应答', of: ({ status, latencyMs }) => (status ? `${latencyMs} 毫秒` : '—'), as: 'figure' },
      ]}
    />
  )
}

/** A block's root and what it holds. */
export function BlockDetail({ height }: { height: number }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['consortium-block', height],
    queryFn: () => read<Block>(`/api/v1/ledger/consortium/blocks/${height}`),
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  return (
    <div className="block-detail">
      <p>
        树根 <code>{data.root}</code>
      </p>
      {data.transactions.length === 0 && <p>这个区块没有交易，只把上一个区块的结果写进链里。</p>}
      {data.transactions.map(({ id, act, first, count }) => (
        <p key={id}>
          {acts[act] ?? act} · 第 {countOf(first + 1)}
          {count > 1 ? `–${countOf(first + count)}` : ''} 条<code>{id}</code>
        </p>
      ))}
    </div>
  )
}

function Blocks({ blocks }: { blocks: readonly Row[] }) {
  const [open, setOpen] = useState<number>()
  return (
    <Rows
      title="最近的区块"
      items={blocks.slice(0, 12)}
      keyOf={({ height }) => String(height)}
      columns={[
        {
          title: '区块',
          of: ({ height }) => (
            <>
              <button
                type="button"
                className="link"
                aria-expanded={open === height}
                onClick={() => setOpen(open === height ? undefined : height)}
              >
                区块 {countOf(height)}
              </button>
              {open === height && <BlockDetail height={height} />}
            </>
          ),
        },
        {
          title: '交易',
          of: ({ transactions }) => (transactions > 0 ? `${countOf(transactions)} 笔` : '没有'),
          as: 'figure',
        },
        { title: '累计', of: ({ size }) => `${countOf(size)} 条`, as: 'figure' },
        { title: '时间', of: ({ time }) => secondOf(time), as: 'short' },
      ]}
    />
  )
}

/** The consortium's explorer: its nodes and how they answer, what of ours is in it, blocks and anchored heads. */
export function Consortium() {
  const { data, error, refetch } = useQuery({
    queryKey: ['consortium'],
    queryFn: () => read<Answer>('/api/v1/ledger/consortium'),
    refetchInterval: 5000,
  })
  if (error) return <Trouble error={error} retry={refetch} />
  if (!data) return <Waiting />
  const { handed, head, nodes } = data
  const answering = nodes.filter(({ status }) => status).length
  return (
    <>
      <section className="card">
        <h2>联盟链</h2>
        <dl className="facts figures">
          <div>
            <dt>名称</dt>
            <dd>{data.origin}</dd>
          </div>
          <div>
            <dt>节点</dt>
            <dd>
              {answering} / {nodes.length} 个应答，至少 {data.quorum} 个一致才算数
            </dd>
          </div>
          <div>
            <dt>本地存证已上链</dt>
            <dd>
              {countOf(handed.leaves)} 条{handed.meanS !== null && `，平均 ${handed.meanS.toFixed(1)} 秒确认`}
            </dd>
          </div>
          <div>
            <dt>成员共同签名</dt>
            <dd>
              {head ? `${countOf(head.size)} 条（区块 ${countOf(head.height)}，${secondOf(head.at)}）` : '还没有'}
            </dd>
          </div>
        </dl>
        <Nodes nodes={nodes} />
      </section>
      <Blocks blocks={data.blocks} />
      <Rows
        title="各站点已锚定的树根"
        items={data.anchors.slice(0, 8)}
        keyOf={({ origin, size }) => `${origin} ${size}`}
        columns={[
          { title: '站点', of: ({ origin }) => origin },
          { title: '存证', of: ({ size }) => `前 ${countOf(size)} 条`, as: 'figure' },
          { title: '区块', of: ({ height }) => countOf(height), as: 'figure' },
        ]}
      />
    </>
  )
}
