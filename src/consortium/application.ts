import { canonical } from '../standards/jcs/index.ts'
import { addLeaves, headOf, leafHash } from '../standards/tlog/tree.ts'
import type { Block, Member, State } from './state.ts'
import { hashesOf, readTransaction, signatureChecker, type Transaction, transactionId } from './transaction.ts'

export const codes = { ok: 0, malformed: 1, stranger: 2, signature: 3, repeated: 4, vote: 5 } as const
type Code = (typeof codes)[keyof typeof codes]

/** Transactions whose signature was found right and that are not yet in a block. */
const checkedMax = 200_000

/** A vote: this member (its node's key, its own key, its power; power 0 removes it) should belong. */
export type Proposal = { name: string; key: string; validator: string; power: number }

/**
 * The consortium's rules, without a word of CometBFT: which transactions are valid, what a block adds, what its head is.
 * The same blocks give the same heads on every node.
 */
export class Application {
  readonly state: State
  readonly #signed = signatureChecker()
  readonly #checked = new Set<string>()
  #pending: Block | undefined

  constructor(state: State) {
    this.state = state
  }

  /** Whether a transaction may come into a block. Each signature is verified once on each node. */
  check(bytes: Uint8Array): Code {
    const id = transactionId(bytes)
    const transaction = readTransaction(bytes)
    if (!transaction) return codes.malformed
    if (this.state.knows(id)) return codes.repeated
    return this.#valid(transaction, id)
  }

  #valid(transaction: Transaction, id: Buffer): Code {
    if (!this.state.maySign(transaction.signer)) return codes.stranger
    if (transaction.act === 'vote' && !readProposal(transaction.body)) return codes.vote
    const name = id.toString('latin1')
    if (this.#checked.has(name)) return codes.ok
    if (!this.#signed(transaction)) return codes.signature
    if (this.#checked.size >= checkedMax) this.#checked.clear()
    this.#checked.add(name)
    return codes.ok
  }

  /** What a block does. Nothing is kept before `commit`. */
  finalize(
    height: number,
    time: number,
    txs: readonly Uint8Array[],
  ): { codes: Code[]; root: Buffer; changed: Member[] } {
    const last = this.state.last()
    const block: Block = {
      height,
      time,
      leaves: [],
      transactions: [],
      votes: [],
      members: [],
      peaks: last.peaks,
      size: last.size,
      root: last.root,
    }
    const seen = new Set<string>()
    const results = txs.map((bytes) => this.#apply(block, seen, bytes))
    block.peaks = addLeaves(last.peaks, block.leaves)
    block.root = headOf(block.peaks)
    this.#pending = block
    return { codes: results, root: block.root, changed: block.members }
  }

  #apply(block: Block, seen: Set<string>, bytes: Uint8Array): Code {
    const id = transactionId(bytes)
    const name = id.toString('latin1')
    const transaction = readTransaction(bytes)
    if (!transaction) return codes.malformed
    if (seen.has(name) || this.state.knows(id)) return codes.repeated
    const code = this.#valid(transaction, id)
    if (code !== codes.ok) return code
    if (transaction.act === 'vote' && !this.#vote(block, transaction)) return codes.vote
    seen.add(name)
    this.#checked.delete(name)
    // A vote is in the log as well: its leaf is the transaction itself.
    const leaves =
      transaction.act === 'seal' ? hashesOf(transaction).map((hash) => Buffer.from(hash)) : [leafHash(bytes)]
    block.transactions.push({ id, first: block.size, count: leaves.length, signer: Buffer.from(transaction.signer) })
    block.leaves.push(...leaves)
    block.size += leaves.length
    return codes.ok
  }

  /** More than two thirds of the members' power decide. */
  #vote(block: Block, { signer, body }: Transaction): boolean {
    const members = this.state.members()
    const voter = members.find(({ key }) => key.equals(signer))
    const proposal = readProposal(body)
    if (!voter || !proposal) return false
    const name = canonical(proposal)
    const voters = [
      ...this.state.votes(name),
      ...block.votes.filter((vote) => vote.proposal === name).map(({ member }) => member),
    ]
    block.votes.push({ proposal: name, member: voter.key })
    const agreed = members.filter(({ key }) => key.equals(voter.key) || voters.some((each) => each.equals(key)))
    const power = (list: readonly Member[]) => list.reduce((sum, each) => sum + each.power, 0)
    if (power(agreed) * 3 > power(members) * 2)
      block.members.push({
        name: proposal.name,
        key: Buffer.from(proposal.key, 'base64'),
        validator: Buffer.from(proposal.validator, 'base64'),
        power: proposal.power,
      })
    return true
  }

  commit(): void {
    if (!this.#pending) throw new Error('nothing to commit')
    this.state.commit(this.#pending)
    this.#pending = undefined
  }
}

export function readProposal(body: Uint8Array): Proposal | undefined {
  try {
    const { name, key, validator, power, ...rest } = JSON.parse(Buffer.from(body).toString('utf8')) as Partial<Proposal>
    const isKey = (text: unknown) => typeof text === 'string' && Buffer.from(text, 'base64').length === 32
    const isRight = typeof name === 'string' && name.length > 0 && name.length <= 100 && isKey(key) && isKey(validator)
    const hasPower = Number.isSafeInteger(power) && (power as number) >= 0 && (power as number) <= 1000
    return isRight && hasPower && Object.keys(rest).length === 0
      ? ({ name, key, validator, power } as Proposal)
      : undefined
  } catch {
    return undefined
  }
}
