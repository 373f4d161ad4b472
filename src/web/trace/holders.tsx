import { millionths, plainDecimal } from '../../language/decimal.ts'
import { useCatalogue } from '../shell/catalogue.ts'
import { dayOf } from '../shell/time.ts'
import { Tag } from '../ui/shape.tsx'
import { type Answer, amountWord, markOf, nameOf, type Quantity, stateWords } from './answer.ts'
import { HolderLink } from './panel.tsx'

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

/** Who has it, who had it, and how much. */
export function Holders({ answer }: { answer: Answer }) {
  const { regions } = useCatalogue()
  const holders = holdersInOrder(answer)
  if (holders.length === 0) return null
  return (
    <section className="card">
      <h2>谁有货，谁经过手</h2>
      <div className="scroll">
        <table className="rows stack">
          <thead>
            <tr>
              <th>企业</th>
              <th>现在有</th>
              <th>在途</th>
              <th>经手过</th>
              <th>期间</th>
            </tr>
          </thead>
          <tbody>
            {holders.map((holder) => (
              <tr key={holder.id}>
                <td className="nowrap">
                  <HolderLink holder={holder} />
                  <small>{regions.find((region) => region.code === holder.region)?.title}</small>
                </td>
                <td data-title="现在有">
                  <Amounts list={holder.now} />
                </td>
                <td data-title="在途">
                  <Amounts list={holder.inTransit} />
                </td>
                <td data-title="经手过">
                  <Amounts list={holder.ever} />
                </td>
                <td className="nowrap sub" data-title="期间">
                  {holder.firstTime && dayOf(holder.firstTime)}
                  {holder.lastTime && holder.lastTime !== holder.firstTime && ` 至 ${dayOf(holder.lastTime).slice(5)}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** What is left now: of what was asked for and all it went into (`onward`), or of what it came from (`origin`). */
export function stockOf(answer: Answer, side: 'onward' | 'origin'): Answer['frontier'] {
  const layers = new Map(answer.nodes.map((node) => [node.key, node.layer]))
  return answer.frontier.filter(({ key }) => (layers.get(key) ?? 0) >= 0 === (side === 'onward'))
}

/** Where the goods are now, piece by piece: what a recall would have to fetch; then what is left of their origin. */
export function Stock({ answer }: { answer: Answer }) {
  return (
    <>
      {answer.direction !== 'backward' && (
        <StockTable answer={answer} title="现在在哪里" stock={stockOf(answer, 'onward')} />
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
    <section className="card">
      <h2>{title}</h2>
      <div className="scroll">
        <table className="rows stack">
          <thead>
            <tr>
              <th>物品</th>
              <th>数量</th>
              <th>在哪里</th>
              <th>状态</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((heap) => (
              <tr key={heap.id}>
                <td>
                  {heap.name}
                  <small className="mono">{heap.lot}</small>
                </td>
                <td className="nowrap" data-title="数量">
                  {amountWord({ quantity: fromMillionths(heap.total), uom: heap.uom }, units)}
                  {heap.pieces > 1 && <small>分 {heap.pieces} 处</small>}
                </td>
                <td data-title="在哪里">
                  <HolderLink holder={heap.holder} />
                </td>
                <td data-title="状态">
                  {heap.state === 'here' ? (
                    '在此处'
                  ) : (
                    <Tag tone={heap.state === 'in_transit' ? 'info' : 'unknown'}>
                      {stateWords[heap.state] ?? heap.state}
                    </Tag>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {heaps.length > shown.length && (
        <p className="sub" style={{ padding: '8px 18px 14px' }}>
          只列出前 {shown.length} 项，其余的可以导出查看。
        </p>
      )}
    </section>
  )
}

function fromMillionths(total: bigint): string {
  const digits = total.toString().padStart(7, '0')
  return plainDecimal(`${digits.slice(0, -6)}.${digits.slice(-6)}`)
}
