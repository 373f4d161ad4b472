import { addLeaves, emptyRoot, headOf } from '../standards/tlog/tree.ts'
import { chained, type Head, registryDigest, type State } from './state.ts'
import type { Act } from './transaction.ts'

const bytes = (value: unknown) => Buffer.from(value as Uint8Array)

/**
 * Computes the whole state anew from its leaves, blocks and registers, and says in words what does not belong together;
 * undefined where all of it does. A node whose disk was changed by another hand finds it here.
 */
export function checkState(state: State): string | undefined {
  let peaks: (Buffer | null)[] = []
  let size = 0
  let chain: Buffer = emptyRoot()
  let last: Pick<Head, 'registry'> | undefined
  const leaves = state.db.prepare('select position, hash from leaf order by position').iterate()
  for (const block of state.db.prepare('select * from block order by height').iterate()) {
    const height = Number(block.height)
    const added: Buffer[] = []
    while (size + added.length < Number(block.size)) {
      const { value: leaf } = leaves.next()
      if (!leaf || Number(leaf.position) !== size + added.length)
        return `区块 ${height} 缺少第 ${size + added.length} 条`
      added.push(bytes(leaf.hash))
    }
    peaks = addLeaves(peaks, added)
    size += added.length
    if (!headOf(peaks).equals(bytes(block.root))) return `区块 ${height} 的树根与它的存证不符`
    chain = chained(chain, {
      height,
      time: Number(block.time),
      size,
      root: bytes(block.root),
      transactions: transactionsOf(state, height),
      anchors: state
        .sql('select origin, size, note, position from anchor where height = ? order by position')
        .all(height)
        .map(({ origin, size, note, position }) => ({
          origin: String(origin),
          size: Number(size),
          note: String(note),
          position: Number(position),
        })),
    })
    if (!chain.equals(bytes(block.chain))) return `区块 ${height} 的交易与区块链不符`
    last = { registry: bytes(block.registry) }
  }
  if (leaves.next().value) return `第 ${size} 条起不属于任何区块`
  if (last && !registryDigest(state).equals(last.registry)) return '成员、签名者或站点与最后一个区块不符'
  return undefined
}

function transactionsOf(state: State, height: number) {
  return state
    .sql('select id, act, first, count, signer from transact where height = ? order by first')
    .all(height)
    .map(({ id, act, first, count, signer }) => ({
      id: bytes(id),
      act: act as Act,
      first: Number(first),
      count: Number(count),
      signer: bytes(signer),
    }))
}
