import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sealing, submit } from '../../src/consortium/client.ts'
import {
  layOutNetwork,
  type Network,
  type NodePlace,
  runNode,
  type Surroundings,
} from '../../src/consortium/network.ts'
import { signerOf } from '../../src/consortium/transaction.ts'

export type Status = { height: number; size: number; root: string }

/** Waits for something that comes about; fails by name where it does not. */
export async function until(what: string, holds: () => Promise<boolean>, seconds = 90): Promise<void> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(200)) if (await holds()) return
  throw new Error(`${what}: did not come about`)
}

export type RunningNetwork = Awaited<ReturnType<typeof openRunning>>

/** A network of four nodes that runs, to be disturbed. */
export async function openRunning(
  cometbft: string,
  folder: string,
  basePort: number,
  { snapshotEvery = 1000, surroundings }: { snapshotEvery?: number; surroundings?: Surroundings[] } = {},
) {
  const network: Network = { ...layOutNetwork(cometbft, folder, 4, basePort, surroundings), snapshotEvery }
  const gateway = signerOf(network.gateway)
  const running = new Map<string, ReturnType<typeof runNode>>()
  const start = (place: NodePlace, onExit?: (why: string) => void) =>
    running.set(place.name, runNode(cometbft, network, place, onExit))
  const status = async (at: number): Promise<Status> => {
    const place = network.nodes[at]
    return fetch(`http://${place?.host}:${place?.query}/status`, { signal: AbortSignal.timeout(2000) })
      .then((answer) => answer.json() as Promise<Status>)
      .catch(() => ({ height: -1, size: -1, root: '' }))
  }
  /** Hands in a leaf of its own to one node; whether it was taken. */
  const send = async (at: number): Promise<boolean> => {
    const place = network.nodes[at]
    const answer = await submit(`http://${place?.host}:${place?.rpc}`, sealing([randomBytes(32)], gateway)).catch(
      () => undefined,
    )
    return answer?.code === 0
  }
  for (const place of network.nodes) start(place)
  await until('the nodes run', async () =>
    (await Promise.all(network.nodes.map((_, at) => status(at)))).every(({ height }) => height >= 1),
  )
  return {
    network,
    gateway,
    start,
    status,
    send,
    node: (at: number) => running.get(network.nodes[at]?.name ?? ''),
    stopNode: async (at: number) => running.get(network.nodes[at]?.name ?? '')?.stop(),
    /** Lets so many further blocks be decided, one leaf each. */
    async blocks(count: number, through = 0) {
      for (let n = 0; n < count; n++) {
        const { size } = await status(through)
        await until('it is taken', () => send(through))
        await until('a block', async () => (await status(through)).size > size)
      }
    },
    stop: async () => {
      await Promise.all([...running.values()].map((node) => node.stop()))
    },
  }
}
