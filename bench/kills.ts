import { randomBytes, randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { askNode, sealing, submit } from '../src/consortium/client.ts'
import type { Network, runNode } from '../src/consortium/network.ts'
import { signerOf, transactionId } from '../src/consortium/transaction.ts'

export type Victim = 'application' | 'cometbft' | 'both'

type Handed = { bytes: Buffer; id: string; first?: number; at: number }

/** A consortium of which nothing is heard for so long has stopped: that is a finding, and nobody waits on. */
const patienceMs = 120_000

/** What was found after all kills, when all nodes had come back. */
export type Outcome = { handedIn: number; lost: number; moved: number; doubled: number; heads: number; kills: number }

/**
 * Kills processes of random nodes at random moments while transactions are handed in, each until a node reports it in a
 * block; then holds every node to what had been reported: nothing lost, nothing moved, nothing doubled, one head.
 */
export async function killAtRandom(
  network: Network,
  nodes: readonly ReturnType<typeof runNode>[],
  { kills, victims, perSecond }: { kills: number; victims: readonly Victim[]; perSecond: number },
  say: (text: string) => void = () => {},
): Promise<Outcome> {
  const gateway = signerOf(network.gateway)
  const urls = network.nodes.map(({ host, rpc, query }) => ({
    rpc: `http://${host}:${rpc}`,
    query: `http://${host}:${query}`,
  }))
  // None, where the nodes are only starting.
  const before = Math.max(0, ...(await Promise.all(urls.map(({ query }) => sizeOf(query)))))
  const handed: Handed[] = []
  let going = true
  const hand = async () => {
    while (going) {
      const bytes = sealing([randomBytes(32)], gateway)
      const one: Handed = { bytes, id: transactionId(bytes).toString('hex'), at: randomInt(urls.length) }
      handed.push(one)
      await untilIn(urls, one)
      await sleep(0)
    }
  }
  const hands = Array.from({ length: perSecond }, hand)
  let done = 0
  let decided = 0
  let last = Date.now()
  while (done < kills) {
    if (Date.now() - last > patienceMs) {
      const sizes = await Promise.all(urls.map(({ query }) => sizeOf(query)))
      say(`${patienceMs / 1000} s after kill ${done} the nodes have ${sizes.join(', ')} records: no more kills`)
      break
    }
    await sleep(randomInt(50, 900))
    const node = nodes[randomInt(nodes.length)]
    const { app, comet } = node?.processes() ?? {}
    if (!app || !comet || app.exitCode !== null || app.signalCode || comet.exitCode !== null || comet.signalCode)
      continue
    // Enough of the others are there, and something was decided since the last kill: kills fall into work, not into waiting.
    if (!(await isWorking(urls, nodes.indexOf(node as (typeof nodes)[number]), decided))) continue
    decided = Math.max(...(await Promise.all(urls.map(({ query }) => sizeOf(query)))))
    const victim = victims[done % victims.length]
    if (victim !== 'cometbft') app.kill('SIGKILL')
    if (victim !== 'application') comet.kill('SIGKILL')
    done++
    last = Date.now()
    if (done % 20 === 0) say(`${done} kills, ${handed.length} handed in`)
  }
  going = false
  await Promise.all(hands)
  return hold(urls, handed, before, done)
}

async function isWorking(urls: readonly { query: string }[], but: number, decided: number): Promise<boolean> {
  const sizes = await Promise.all(urls.filter((_, at) => at !== but).map(({ query }) => sizeOf(query)))
  return sizes.every((size) => size > decided)
}

const sizeOf = async (query: string): Promise<number> => (await askNode<{ size: number }>(query, '/status'))?.size ?? -1

/** Hands one in, to the next node each time, until some node has it in a block: only then is it acknowledged. */
async function untilIn(urls: readonly { rpc: string; query: string }[], one: Handed): Promise<void> {
  for (const end = Date.now() + patienceMs; Date.now() < end; ) {
    const rpc = urls[one.at++ % urls.length]?.rpc ?? ''
    await submit(rpc, one.bytes).catch(() => undefined)
    for (let look = 0; look < 12; look++) {
      await sleep(250)
      const { query = '' } = urls[(one.at + look) % urls.length] ?? {}
      const found = await askNode<{ first: number }>(query, `/transactions/${one.id}`)
      if (!found) continue
      one.first = found.first
      return
    }
  }
}

async function hold(urls: readonly { query: string }[], handed: Handed[], before: number, kills: number) {
  const wanted = before + handed.length
  const end = Date.now() + 120_000
  let heads = new Set<string>()
  while (Date.now() < end) {
    const all = await Promise.all(
      urls.map(({ query }) => askNode<{ height: number; size: number; root: string }>(query, '/status')),
    )
    heads = new Set(all.map((status) => `${status?.height} ${status?.size} ${status?.root}`))
    if (heads.size === 1 && all[0]?.size === wanted) break
    await sleep(500)
  }
  let lost = 0
  let moved = 0
  for (const { id, first } of handed)
    for (const { query } of urls) {
      const found = await askNode<{ first: number }>(query, `/transactions/${id}`)
      if (!found) lost++
      else if (found.first !== first) moved++
    }
  const size = await sizeOf(urls[0]?.query ?? '')
  return { handedIn: handed.length, lost, moved, doubled: Math.max(0, size - wanted), heads: heads.size, kills }
}
