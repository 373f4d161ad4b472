import { useEffect, useRef, useState } from 'react'
import { useCatalogue } from '../shell/catalogue.ts'
import { moveByArrows } from '../shell/keys.ts'
import { usePhone } from '../shell/layout.tsx'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { dayOf, minuteOf } from '../shell/time.ts'
import {
  type Answer,
  amountWord,
  type Edge,
  edgeWords,
  holderWord,
  levelWord,
  markOf,
  type Node,
  nameOf,
  stateWords,
} from './answer.ts'
import type { Chosen } from './graph.tsx'
import { HolderLink } from './owner-files.tsx'
import './panel.css'

function EventLinks({ events, open }: { events: readonly string[]; open(id: string): void }) {
  return (
    <span className="events">
      {events.slice(0, 8).map((id, index) => (
        <button type="button" className="link" key={id} onClick={() => open(id)} title={id}>
          事件 {index + 1}
        </button>
      ))}
      {events.length > 8 && <span className="muted">等 {events.length} 个</span>}
    </span>
  )
}

function EdgeFacts({ edges, open }: { edges: readonly Edge[]; open(id: string): void }) {
  const { units } = useCatalogue()
  const first = edges[0] as Edge
  const events = [...new Set(edges.flatMap((edge) => edge.events))]
  return (
    <dl className="facts">
      <div className="wide">
        <dt>时间</dt>
        <dd>
          {minuteOf(first.time)}
          {first.until && ` 至 ${minuteOf(first.until)}`}
        </dd>
      </div>
      {first.quantity && edges.length === 1 && (
        <div className="wide">
          <dt>数量</dt>
          <dd>{amountWord(first, units)}</dd>
        </div>
      )}
      <div className="wide">
        <dt>依据</dt>
        <dd>
          <EventLinks events={events} open={open} />
        </dd>
      </div>
    </dl>
  )
}

function NodeFacts({ node, answer, open }: { node: Node; answer: Answer; open(id: string): void }) {
  const near = answer.edges.filter((edge) => edge.from === node.key || edge.to === node.key)
  const events = [...new Set(near.flatMap((edge) => edge.events))]
  const rows: [string, React.ReactNode][] = [
    [
      levelWord(node),
      <span key="mark" className="mono">
        {markOf(node)}
      </span>,
    ],
    ['商品条码', node.gtin && <span className="mono">{node.gtin}</span>],
    ['最近在', node.holder && <HolderLink holder={node.holder} />],
    ['状态', node.state && stateWords[node.state]],
    ['最早记录', node.firstTime && minuteOf(node.firstTime)],
    ['最近记录', node.lastTime && minuteOf(node.lastTime)],
    ['依据', events.length > 0 && <EventLinks events={events} open={open} />],
  ]
  return (
    <dl className="facts">
      {rows
        .filter(([, value]) => value)
        .map(([title, value]) => (
          <div className="wide" key={title}>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}

type Props = {
  answer: Answer
  /** What stands on one card with the chosen thing. */
  alike?: readonly Node[]
  chosen: Chosen | undefined
  choose(chosen: Chosen | undefined): void
  open(id: string): void
}

/** What is chosen in the graph: a thing, or what led from one to another. */
export function ChosenPanel({ answer, alike, chosen, choose, open }: Props) {
  const byKey = new Map(answer.nodes.map((node) => [node.key, node]))
  if (!chosen) return null
  const close = (
    <button type="button" className="button plain small" onClick={() => choose(undefined)}>
      收起
    </button>
  )
  if ('edge' in chosen) {
    const { edges, kind } = chosen.edge
    const [from, to] = [byKey.get((edges[0] as Edge).from), byKey.get((edges[0] as Edge).to)]
    return (
      <section className="chosen" aria-live="polite">
        <header>
          <h2>
            {from && nameOf(from)} → {edgeWords[kind]} → {to && nameOf(to)}
          </h2>
          {close}
        </header>
        <EdgeFacts edges={edges} open={open} />
      </section>
    )
  }
  const node = byKey.get(chosen.key)
  if (!node) return null
  if (alike && alike.length > 1 && !chosen.isOne) return <AlikePanel nodes={alike} choose={choose} close={close} />
  return (
    <section className="chosen" aria-live="polite">
      <header>
        <h2>
          {alike && alike.length > 1 && (
            <button
              type="button"
              className="link"
              onClick={() => choose({ by: 'graph', key: (alike[0] as Node).key })}
              aria-label={`回到全部 ${alike.length} 项`}
            >
              全部 {alike.length} 项
            </button>
          )}
          {alike && alike.length > 1 && ' › '}
          {nameOf(node)}
        </h2>
        {close}
      </header>
      <NodeFacts node={node} answer={answer} open={open} />
      {node.key !== answer.id && (
        <Link className="button small" to={path.trace(node.key)}>
          从这里追溯
        </Link>
      )}
    </section>
  )
}

const alikeShown = 200

/** The things of one card, one by one: each opens, and can be looked for by a part of its number. */
function AlikePanel({
  nodes,
  choose,
  close,
}: {
  nodes: readonly Node[]
  choose(chosen: Chosen | undefined): void
  close: React.ReactNode
}) {
  const [text, setText] = useState('')
  const found = nodes.filter((node) => markOf(node).toUpperCase().includes(text.trim().toUpperCase()))
  return (
    <section className="chosen alike" aria-live="polite">
      <header>
        <h2>
          {nameOf(nodes[0] as Node)} {nodes.length} 项
        </h2>
        {close}
      </header>
      <input
        className="in"
        aria-label="按序列号查找"
        placeholder="按序列号的一部分查找"
        value={text}
        onChange={(event) => setText(event.target.value)}
        spellCheck={false}
      />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrows move between the buttons inside */}
      <div className="alikelist" onKeyDown={moveByArrows}>
        {found.slice(0, alikeShown).map((node) => (
          <button
            type="button"
            data-row
            key={node.key}
            onClick={() => choose({ by: 'graph', key: node.key, isOne: true })}
          >
            <span className="mono">{markOf(node)}</span>
            <small>{holderWord(node.holder) || '—'}</small>
            <small>{node.state ? stateWords[node.state] : ''}</small>
          </button>
        ))}
        {found.length === 0 && <p className="muted">没有这样的序列号。</p>}
        {found.length > alikeShown && <p className="muted">只列出前 {alikeShown} 项，请多输入几位查找。</p>}
      </div>
    </section>
  )
}

const groups: readonly [string, (layer: number) => boolean][] = [
  ['所查', (layer) => layer === 0],
  ['来源', (layer) => layer < 0],
  ['去向', (layer) => layer > 0],
]

const shownMax = 200
const shownByThumb = 6

function NodeRow({ node, answer, chosen, choose, open }: Props & { node: Node }) {
  const row = useRef<HTMLDivElement>(null)
  const isChosen = !!chosen && 'key' in chosen && chosen.key === node.key
  useEffect(() => {
    const list = row.current?.closest('.nodelist')
    // Only the list may move: a page that jumps under the pointer loses its reader.
    if (isChosen && row.current && list) list.scrollTop = row.current.offsetTop - list.clientHeight / 3
  }, [isChosen])
  return (
    <div ref={row} className={`noderow ${isChosen ? 'on' : ''}`}>
      <button
        type="button"
        data-row
        aria-expanded={isChosen}
        onClick={() => choose(isChosen ? undefined : { by: 'list', key: node.key })}
      >
        <b>{nameOf(node)}</b>
        <span className="mono">{markOf(node)}</span>
        <small>{holderWord(node.holder) || '—'}</small>
        <small className="nowrap">{node.lastTime ? dayOf(node.lastTime).slice(5) : ''}</small>
      </button>
      {isChosen && chosen.by === 'list' && <ChosenPanel {...{ answer, chosen, choose, open }} />}
    </div>
  )
}

/** The same things as the graph, as a list: the origin's steps before, the destination's after. */
export function NodeList(props: Props) {
  const { answer, chosen } = props
  const phone = usePhone()
  const [whole, setWhole] = useState<readonly string[]>([])
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the arrows move between the buttons inside
    <div className="nodelist" onKeyDown={moveByArrows}>
      {groups.map(([title, isIn]) => {
        const nodes = answer.nodes
          .filter((node) => isIn(node.layer))
          .sort((a, b) => Math.abs(a.layer) - Math.abs(b.layer) || nameOf(a).localeCompare(nameOf(b)))
        if (nodes.length === 0) return null
        // A thumb need not pass thirty bags that are alike; whatever is chosen stays in sight.
        const isFolded = phone && nodes.length > shownByThumb + 1 && !whole.includes(title)
        const few = nodes.filter(
          ({ key }, place) => place < shownByThumb || (chosen && 'key' in chosen && chosen.key === key),
        )
        return (
          <section key={title}>
            <h3>
              {title} <span className="muted">{nodes.length}</span>
            </h3>
            {(isFolded ? few : nodes.slice(0, shownMax)).map((node) => (
              <NodeRow key={node.key} {...props} node={node} />
            ))}
            {isFolded && (
              <button type="button" className="button" onClick={() => setWhole([...whole, title])}>
                看全部 {nodes.length} 项
              </button>
            )}
            {!isFolded && nodes.length > shownMax && (
              <p className="muted">只列出前 {shownMax} 项，其余的可以导出查看。</p>
            )}
          </section>
        )
      })}
    </div>
  )
}
