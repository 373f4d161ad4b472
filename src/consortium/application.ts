import { addLeaves, headOf, leafHash } from '../standards/tlog/tree.ts'
import { type Code, codes } from './codes.ts'
import { extended, judgeSite, originOf, readAnchor } from './site.ts'
import type { Block, State } from './state.ts'
import { hashesOf, readTransaction, signatureChecker, type Transaction, transactionId } from './transaction.ts'
import { castVote, readProposal } from './vote.ts'

/** Transactions whose signature was found right and that are not yet in a block. */
const checkedMax = 200_000

/**
 * The consortium's rules, without a word of CometBFT: which transactions are valid, what a block adds, what its head is.
 * The same blocks give the same heads on every node.
 */
export class Application {
  readonly state: State
  readonly #signed = signatureChecker()
  readonly #checked = new Map<string, Transaction>()

  constructor(state: State) {
    this.state = state
  }

  /** Whether a transaction may come into a block. Each signature is verified once on each node. */
  check(bytes: Uint8Array): Code {
    const id = transactionId(bytes)
    const checked = this.#checked.get(id.toString('latin1'))
    const transaction = checked ?? readTransaction(bytes)
    if (!transaction) return codes.malformed
    // What was checked is dropped with the block that holds it: there is no need to look for it again.
    if (!checked && this.state.knows(id)) return codes.repeated
    const code = this.#valid(transaction, id)
    if (code !== codes.ok || (transaction.act !== 'extend' && transaction.act !== 'anchor')) return code
    // What comes too early may come into its turn before the block does.
    const site = judgeSite(transaction, this.#signer(transaction), this.state.site(originOf(transaction)))
    return site === 'order' ? codes.ok : codes[site]
  }

  #signer = (transaction: Transaction) => this.state.signer(transaction.signer) ?? ''

  #valid(transaction: Transaction, id: Buffer): Code {
    if (this.state.signer(transaction.signer) === undefined) return codes.stranger
    const name = id.toString('latin1')
    if (this.#checked.has(name)) return codes.ok
    if (transaction.act === 'vote' && !readProposal(transaction.body)) return codes.vote
    if (!this.#signed(transaction)) return codes.signature
    if (this.#checked.size >= checkedMax) this.#checked.clear()
    this.#checked.set(name, transaction)
    return codes.ok
  }

  /** What a block does. Nothing is kept before `commit`. */
  finalize(
    height: number,
    time: number,
    txs: readonly Uint8Array[],
  ): { codes: Code[]; root: Buffer; appHash: Buffer; changed: { validator: Buffer; power: number }[] } {
    const last = this.state.last()
    const block: Block = {
      height,
      time,
      leaves: [],
      subtrees: [],
      transactions: [],
      votes: [],
      decided: [],
      members: [],
      signers: [],
      sites: new Map(),
      anchors: [],
      peaks: last.peaks,
      size: last.size,
      root: last.root,
    }
    const seen = new Set<string>()
    const results = txs.map((bytes) => this.#apply(block, seen, bytes))
    block.peaks = addLeaves(last.peaks, block.leaves, (height, hash, added) => {
      if (height % 8 === 0)
        block.subtrees.push({ level: height / 8, position: (last.size + added) / 2 ** height - 1, hash })
    })
    block.root = headOf(block.peaks)
    const changing = new Map(block.members.map(({ validator }) => [validator.toString('hex'), validator]))
    const before = new Map([...changing].map(([name, key]) => [name, this.state.validatorPower(key)]))
    const appHash = this.state.stage(block)
    // Each node once, and only where its power is another: CometBFT stops at a removal of somebody who is not there.
    const changed = [...changing]
      .map(([name, validator]) => ({ name, validator, power: this.state.validatorPower(validator) }))
      .filter(({ name, power }) => power !== before.get(name))
    return { codes: results, root: block.root, appHash, changed }
  }

  #apply(block: Block, seen: Set<string>, bytes: Uint8Array): Code {
    const id = transactionId(bytes)
    const name = id.toString('latin1')
    const checked = this.#checked.get(name)
    const transaction = checked ?? readTransaction(bytes)
    if (!transaction) return codes.malformed
    // What is still among the checked was in no block when it was checked, and leaves them with the block that takes it.
    if (seen.has(name) || (!checked && this.state.knows(id))) return codes.repeated
    const valid = this.#valid(transaction, id)
    const code = valid === codes.ok ? this.#act(block, transaction) : valid
    this.#checked.delete(name)
    if (code !== codes.ok) return code
    seen.add(name)
    const { act, signer } = transaction
    // A vote and an anchor are in the log as well: their leaf is the body for an anchor, the transaction for a vote.
    const leaves =
      act === 'vote' ? [leafHash(bytes)] : act === 'anchor' ? [leafHash(transaction.body)] : hashesOf(transaction)
    block.transactions.push({ id, act, first: block.size, count: leaves.length, signer: Buffer.from(signer) })
    block.leaves.push(...leaves)
    block.size += leaves.length
    return codes.ok
  }

  #act(block: Block, transaction: Transaction): Code {
    if (transaction.act === 'seal') return codes.ok
    if (transaction.act === 'vote') return castVote(this.state, block, transaction) ? codes.ok : codes.vote
    const origin = originOf(transaction)
    const signer = this.#signer(transaction)
    const site = block.sites.get(origin) ?? this.state.site(origin)
    const judged = judgeSite(transaction, signer, site)
    if (judged !== 'ok') return codes[judged]
    const anchor = transaction.act === 'anchor' ? readAnchor(transaction) : undefined
    if (anchor && site) {
      block.sites.set(origin, { ...site, anchored: anchor.head.size })
      block.anchors.push({ origin, size: anchor.head.size, note: anchor.note, position: block.size })
    } else block.sites.set(origin, extended(transaction, signer, site))
    return codes.ok
  }

  commit(): void {
    this.state.commit()
  }
}
