import { canonical } from '../standards/jcs/index.ts'
import type { Block, Member, State } from './state.ts'
import type { Transaction } from './transaction.ts'

/** A vote: this member (its node's key, its own key, its power; power 0 removes it) should belong. */
export type MemberProposal = { name: string; key: string; validator: string; power: number }

/** A vote: whoever holds this key may, or may no longer, hand in transactions under this name. A new key beside the old
 * one under the same name, then the old one's end, is a rotation. */
export type SignerProposal = { signer: string; key: string; allowed: boolean }

export type Proposal = MemberProposal | SignerProposal

const isKey = (text: unknown): text is string => typeof text === 'string' && Buffer.from(text, 'base64').length === 32
const isName = (text: unknown): text is string => typeof text === 'string' && text.length > 0 && text.length <= 100

/** Reads what is voted on; undefined where anything is missing, out of range or too much. */
export function readProposal(body: Uint8Array): Proposal | undefined {
  try {
    const value = JSON.parse(Buffer.from(body).toString('utf8')) as Record<string, unknown>
    const names = Object.keys(value).sort().join(' ')
    const { name, signer, key, validator, power, allowed } = value
    if (names === 'allowed key signer')
      return isName(signer) && isKey(key) && typeof allowed === 'boolean' ? { signer, key, allowed } : undefined
    const hasPower = Number.isSafeInteger(power) && (power as number) >= 0 && (power as number) <= 1000
    return names === 'key name power validator' && isName(name) && isKey(key) && isKey(validator) && hasPower
      ? { name, key, validator, power: power as number }
      : undefined
  } catch {
    return undefined
  }
}

/** Counts a member's vote; more than two thirds of the members' power decide. False where it is no vote of a member. */
export function castVote(state: State, block: Block, { signer, body }: Transaction): boolean {
  const members = state.members()
  const voter = members.find(({ key }) => key.equals(signer))
  const proposal = readProposal(body)
  if (!voter || !proposal) return false
  const name = canonical(proposal)
  const voters = [
    ...(block.decided.includes(name) ? [] : state.votes(name)),
    ...block.votes.filter((vote) => vote.proposal === name).map(({ member }) => member),
  ]
  block.votes.push({ proposal: name, member: voter.key })
  const agreed = members.filter(({ key }) => key.equals(voter.key) || voters.some((each) => each.equals(key)))
  const power = (list: readonly Member[]) => list.reduce((sum, each) => sum + each.power, 0)
  if (power(agreed) * 3 <= power(members) * 2) return true
  // The last member cannot be voted away: nobody would be left to decide anything.
  if ('power' in proposal && proposal.power === 0 && members.length === 1) return true
  // What was decided is done with: to decide it again later takes as many votes again.
  block.decided.push(name)
  block.votes = block.votes.filter((vote) => vote.proposal !== name)
  const key = Buffer.from(proposal.key, 'base64')
  if ('signer' in proposal) block.signers.push({ key, name: proposal.signer, allowed: proposal.allowed })
  else {
    const { name, power } = proposal
    block.members.push({ name, key, validator: Buffer.from(proposal.validator, 'base64'), power })
  }
  return true
}
