import { type CSSProperties, type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { dayOf } from '../shell/time.ts'
import {
  type Answer,
  type Edge,
  edgeWords,
  holderWord,
  levelWord,
  markOf,
  type Node,
  nameOf,
  relatives,
} from './answer.ts'
import type { Card, Drawing, Line } from './layout.ts'
import './graph.css'

const wide = { card: 172, gap: 44, row: 88, high: 72, edge: 16 }

/** `by`: where it was chosen, so that what it says is shown there and nothing else moves. */
export type Chosen = { by: 'graph' | 'list' } & ({ key: string; isOne?: true } | { edge: Line })

const left = (column: number) => wide.edge + column * (wide.card + wide.gap)
const middle = (y: number) => wide.edge + y * wide.row

function curve(line: Line, cards: ReadonlyMap<string, Card>): string {
  const from = cards.get(line.from) as Card
  const to = cards.get(line.to) as Card
  let [x, y] = [left(from.column) + wide.card, middle(from.y)]
  let path = `M${x},${y}`
  const stops = [...line.bends, to.y]
  stops.forEach((stop, index) => {
    const [nextX, nextY] = [left(from.column + 1 + index), middle(stop)]
    const half = (nextX - x) / 2
    path += `C${x + half},${y} ${nextX - half},${nextY} ${nextX},${nextY}`
    x = nextX
    y = nextY
    // Through a column that it only passes, a line runs level.
    if (index < stops.length - 1) {
      x += wide.card
      path += `H${x}`
    }
  })
  return path
}

function said(node: Node, many: number): { name: string; mark: string; where: string } {
  const day = node.lastTime ? dayOf(node.lastTime) : ''
  return {
    name: nameOf(node),
    mark: many > 1 ? `${many} ${node.level === 'serial' ? '件' : '个'}` : markOf(node),
    where: [holderWord(node.holder), day.slice(5)].filter(Boolean).join(' · '),
  }
}

function CardView(props: {
  card: Card
  isFocus: boolean
  isDim: boolean
  isChosen: boolean
  choose(): void
  tab: number
}) {
  const { card, isFocus, isDim, isChosen, choose, tab } = props
  const node = card.nodes[0] as Node
  const { name, mark, where } = said(node, card.nodes.length)
  return (
    <foreignObject x={left(card.column)} y={middle(card.y) - wide.high / 2} width={wide.card} height={wide.high}>
      <button
        type="button"
        className={`node ${isFocus ? 'focus' : ''} ${isDim ? 'dim' : ''} ${card.nodes.length > 1 ? 'many' : ''}`}
        aria-pressed={isChosen}
        data-card={card.id}
        tabIndex={tab}
        onClick={choose}
        title={`${levelWord(node)} ${name} ${mark}`}
      >
        <b>{name}</b>
        <span className="mono">{mark}</span>
        <small>{where || '—'}</small>
      </button>
    </foreignObject>
  )
}

/** Arrows move between cards: left and right along the chain, up and down within a column. */
function nextCard(drawing: Drawing, from: Card, key: string): Card | undefined {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key]
  if (!step) return undefined
  const [columns = 0, rows = 0] = step
  const near = drawing.cards.filter((card) =>
    columns !== 0
      ? Math.sign(card.column - from.column) === columns
      : card.column === from.column && Math.sign(card.y - from.y) === rows,
  )
  const distance = (card: Card) => Math.abs(card.column - from.column) * 1000 + Math.abs(card.y - from.y)
  return near.sort((a, b) => distance(a) - distance(b))[0]
}

function useZoom(width: number, focusX: number) {
  const box = useRef<HTMLDivElement>(null)
  const [zoom, setZoom] = useState<number>()
  useEffect(() => {
    const room = box.current?.clientWidth ?? width
    // Smaller than this the words can no longer be read: then the way is scrolled.
    setZoom(Math.max(0.86, Math.min(1, room / width)))
  }, [width])
  useEffect(() => {
    if (!box.current || zoom === undefined) return
    box.current.scrollLeft = focusX * zoom - box.current.clientWidth / 2
  }, [zoom, focusX])
  return { box, zoom: zoom ?? 1, setZoom }
}

type Props = {
  answer: Answer
  drawing: Drawing
  chosen: Chosen | undefined
  choose(chosen: Chosen | undefined): void
  children?: ReactNode
}

/** The chain as a layered graph: what it came from on the left, where it went on the right. */
export function Graph({ answer, drawing, chosen, choose, children }: Props) {
  const cards = useMemo(() => new Map(drawing.cards.map((card) => [card.id, card])), [drawing])
  const cardOf = useMemo(() => {
    const found = new Map<string, Card>()
    for (const card of drawing.cards) for (const node of card.nodes) found.set(node.key, card)
    return found
  }, [drawing])
  const width = left(drawing.columns) - wide.gap + wide.edge
  const height = drawing.height * wide.row + wide.edge * 2
  const focus = cardOf.get(answer.id)
  const { box, zoom, setZoom } = useZoom(width, focus ? left(focus.column) + wide.card / 2 : 0)

  const chosenKey = chosen && 'key' in chosen ? chosen.key : undefined
  const lit = useMemo(() => (chosenKey ? relatives(answer.edges, chosenKey) : undefined), [answer, chosenKey])
  const isLit = (card: Card) => !lit || card.nodes.some((node) => lit.has(node.key))
  const chosenCard = chosenKey ? cardOf.get(chosenKey) : undefined
  const isLineLit = (line: Line) => {
    if (chosen && 'edge' in chosen) return chosen.edge.id === line.id
    return !lit || line.edges.some((edge: Edge) => lit.has(edge.from) && lit.has(edge.to))
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape') return choose(undefined)
    const at = cards.get((event.target as HTMLElement).dataset.card ?? '')
    const next = at && nextCard(drawing, at, event.key)
    if (!next) return
    event.preventDefault()
    const button = box.current?.querySelector<HTMLElement>(`[data-card="${CSS.escape(next.id)}"]`)
    button?.focus()
    button?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }
  const tabbed = chosenCard?.id ?? focus?.id ?? drawing.cards[0]?.id

  return (
    <div className="graph">
      <div className="zoom noprint">
        <button type="button" aria-label="缩小" onClick={() => setZoom(Math.max(0.3, zoom / 1.25))}>
          −
        </button>
        <button type="button" aria-label="放大" onClick={() => setZoom(Math.min(2, zoom * 1.25))}>
          ＋
        </button>
        <button
          type="button"
          onClick={() => setZoom(Math.max(0.3, Math.min(1, (box.current?.clientWidth ?? width) / width)))}
        >
          全图
        </button>
      </div>
      <div
        className="canvas"
        ref={box}
        style={{ '--high': `${Math.max(300, Math.min(620, height * zoom + 60))}px` } as CSSProperties}
      >
        <svg
          width={width * zoom}
          height={height * zoom}
          viewBox={`0 0 ${width} ${height}`}
          aria-label="追溯链条图，方向键移动，回车查看"
          onKeyDown={onKeyDown}
        >
          {drawing.lines.map((line) => (
            // biome-ignore lint/a11y/noStaticElementInteractions: the same
            <g
              key={line.id}
              className={`line ${line.kind} ${isLineLit(line) ? '' : 'dim'}`}
              onClick={() => choose({ by: 'graph', edge: line })}
            >
              <path d={curve(line, cards)} />
              <path className="touch" d={curve(line, cards)}>
                <title>{edgeWords[line.kind]}</title>
              </path>
            </g>
          ))}
          {drawing.cards.map((card) => (
            <CardView
              key={card.id}
              card={card}
              isFocus={card === focus}
              isDim={!isLit(card)}
              isChosen={card === chosenCard}
              tab={card.id === tabbed ? 0 : -1}
              choose={() => choose(card === chosenCard ? undefined : { by: 'graph', key: (card.nodes[0] as Node).key })}
            />
          ))}
        </svg>
      </div>
      {children}
      <p className="legend">
        {(['transformation', 'aggregation', 'association', 'class-of', 'mix'] as const)
          .filter((kind) => drawing.lines.some((line) => line.kind === kind))
          .map((kind) => (
            <span key={kind} className={`line ${kind}`}>
              <svg width="30" height="8" aria-hidden="true">
                <path d="M0,4H30" />
              </svg>
              {edgeWords[kind]}
            </span>
          ))}
        <span>点卡片看它的来龙去脉，点连线看依据</span>
      </p>
    </div>
  )
}
