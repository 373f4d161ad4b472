import { millionths, plainDecimal } from '../../language/decimal.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { path } from '../shell/path.ts'
import { Link } from '../shell/router.tsx'
import { dayOf } from '../shell/time.ts'
import { Rows } from '../ui/rows.tsx'
import { Tag } from '../ui/shape.tsx'
import { type Answer, amountWord, markOf, nameOf, type Quantity, stateWords } from './answer.ts'
import { HolderLink } from './owner-files.tsx'

/** Holders in the order in which the goods reached them. */
function holdersInOrder(answer: Answer): Answer['holders'] {
  return [...answer.holders].sort((a, b) => ((a.firstTime ?? '9') < (b.firstTime ?? '9') ? -1 : 1))
}

function Amounts({ list }: { list: readonly Quantity[] }) {
  const { units } = useCatalogue()
  if (list.length === 0) return <span className="muted">—</span>
  return list.map((each) => (
    <span key={`${each.gtin} ${each.uom}`} className="amount">
      {each.name && <span className="sub">{each.name} </span>}
      <span className="nowrap">{amountWord(each, units)}</span>
    </span>
  ))
}

/** `when`: the word for the moment that the answer holds for. */
type Shown = { answer: Answer; when: '现在' | '当时' }

/** Who has it, who had it, and how much. */
export function Holders({ answer, when }: Shown) {
  const { regions } = useCatalogue()
  const holders = holdersInOrder(answer)
  if (holders.length === 0) return null
  return (
    <Rows
      title="谁有货，谁经过手"
      items={holders}
      keyOf={({ id }) => id}
      columns={[
        {
          title: '企业',
          as: 'short',
          of: (holder) => (
            <>
              <HolderLink holder={holder} />
              <small>{regions.find((region) => region.code === holder.region)?.title}</small>
            </>
          ),
          by: ({ title, id }) => title ?? id,
        },
        { title: `${when}有`, of: ({ now }) => <Amounts list={now} /> },
        { title: '在途', of: ({ inTransit }) => <Amounts list={inTransit} /> },
        { title: '经手过', of: ({ ever }) => <Amounts list={ever} /> },
        {
          title: '期间',
          as: 'short',
          of: ({ firstTime, lastTime }) => (
            <span className="sub">
              {firstTime && dayOf(firstTime)}
              {lastTime && lastTime !== firstTime && ` 至 ${dayOf(lastTime).slice(5)}`}
            </span>
          ),
          by: ({ firstTime }) => firstTime ?? '',
        },
      ]}
    >
      <PieceNote answer={answer} />
    </Rows>
  )
}

/** Of the lot of a single piece, the other pieces are not followed: its amounts would be taken for the whole. */
function PieceNote({ answer }: { answer: Answer }) {
  const piece = answer.nodes.find(({ key }) => key === answer.id)
  const lot =
    piece?.serial &&
    answer.nodes.find(({ level, gtin, lot }) => level === 'lot' && gtin === piece.gtin && lot === piece.lot)
  if (!lot) return null
  return (
    <p className="sub" style={{ padding: '0 18px 10px' }}>
      同批次逐件赋码的其他货没有跟踪，不在下面的数量里。整批的数量
      <Link to={path.trace(lot.key)}>从批次 {lot.lot} 追溯</Link>。
    </p>
  )
}

/** What is left now: of what was asked for and all it went into (`onward`), or of what it came from (`origin`). */
export function stockOf(answer: Answer, side: 'onward' | 'origin'): Answer['frontier'] {
  const layers = new Map(answer.nodes.map((node) => [node.key, node.layer]))
  return answer.frontier.filter(({ key }) => (layers.get(key) ?? 0) >= 0 === (side === 'onward'))
}

/** Where the goods are now, piece by piece: what a recall would have to fetch; then what is left of their origin. */
export function Stock({ answer, when }: Shown) {
  return (
    <>
      {answer.direction !== 'backward' && (
        <StockTable answer={answer} title={`${when}在哪里`} stock={stockOf(answer, 'onward')} />
      )}
      {answer.direction !== 'forward' && (
        <StockTable answer={answer} title="来源批次的余量" stock={stockOf(answer, 'origin')} />
      )}
    </>
  )
}

type Heap = Answer['frontier'][number] & { id: string; lot?: string; pieces: number; total: bigint }

/** What lies alike in one place is one row: 24 pieces in each of five cases are 120. */
function heapsOf(answer: Answer, stock: Answer['frontier']): Heap[] {
  const byKey = new Map(answer.nodes.map((node) => [node.key, node]))
  const heaps = new Map<string, Heap>()
  for (const each of stock) {
    const node = byKey.get(each.key)
    const lot = node?.lot ?? (node && markOf(node))
    const name = node ? nameOf(node) : each.name
    const id = [each.gtin ?? each.key, lot, each.holder?.id, each.state, each.uom].join(' ')
    const heap = heaps.get(id) ?? { ...each, id, name, lot, pieces: 0, total: 0n }
    heap.pieces++
    heap.total += millionths(each.quantity)
    heaps.set(id, heap)
  }
  return [...heaps.values()]
}

function StockTable({ answer, title, stock }: { answer: Answer; title: string; stock: Answer['frontier'] }) {
  const { units } = useCatalogue()
  const heaps = heapsOf(answer, stock)
  const shown = heaps.slice(0, 100)
  if (shown.length === 0) return null
  return (
    <Rows
      title={title}
      items={shown}
      keyOf={({ id }) => id}
      columns={[
        {
          title: '物品',
          of: ({ name, lot }) => (
            <>
              {name}
              <small className="mono">{lot}</small>
            </>
          ),
          by: ({ name, lot }) => `${name} ${lot}`,
        },
        {
          title: '数量',
          as: 'short',
          of: ({ total, uom, pieces }) => (
            <>
              {amountWord({ quantity: fromMillionths(total), uom }, units)}
              {pieces > 1 && <small>分 {pieces} 处</small>}
            </>
          ),
          by: ({ total }) => Number(total),
        },
        {
          title: '在哪里',
          of: ({ holder }) => <HolderLink holder={holder} />,
          by: ({ holder }) => holder?.title ?? holder?.id ?? '',
        },
        {
          title: '状态',
          of: ({ state }) =>
            state === 'here' ? (
              '在此处'
            ) : (
              <Tag tone={state === 'in_transit' ? 'info' : 'unknown'}>{stateWords[state]}</Tag>
            ),
          by: ({ state }) => state,
        },
      ]}
      foot={
        heaps.length > shown.length && (
          <p className="sub" style={{ padding: '8px 18px 14px' }}>
            只列出前 {shown.length} 项，其余的可以导出查看。
          </p>
        )
      }
    />
  )
}

function fromMillionths(total: bigint): string {
  const digits = total.toString().padStart(7, '0')
  return plainDecimal(`${digits.slice(0, -6)}.${digits.slice(-6)}`)
}
