type Waiting<In, Out> = { item: In; done: (out: Out) => void; failed: (error: unknown) => void }

/** What waits under one name, how many each call under way took, and whether one is about to begin. */
type Line<In, Out> = { waiting: Waiting<In, Out>[]; underWay: number[]; isBeginning: boolean }

type Rule = {
  /** Most items of one call. */
  most: number
  /** Whether another call begins beside those under way, which took so many; without it one is under way at a time. */
  beside?: (waiting: number, underWay: readonly number[]) => boolean
}

/**
 * Gathers what is asked of one pool under one name at the same time into one call: on a busy machine a round trip costs
 * more than the work in it. A call begins when all that the process has just received is read, so that those who came
 * together go together. What comes while calls are under way waits for the next; where a call waits for the disk or for
 * its answer, the processor may do something for another beside it. Nobody is answered from a call that began before they asked.
 * `work` gives one answer to each item, in order; where it fails, it fails for all of its items.
 */
export function gathering<In, Out>(
  work: (items: readonly In[]) => Promise<readonly Out[]>,
  { most, beside = () => false }: Rule,
): (pool: object, name: string, item: In) => Promise<Out> {
  const pools = new WeakMap<object, Map<string, Line<In, Out>>>()

  const mayBegin = ({ waiting, underWay }: Line<In, Out>): boolean =>
    waiting.length > 0 && (underWay.length === 0 || beside(waiting.length, underWay))

  const call = async (lines: Map<string, Line<In, Out>>, name: string, line: Line<In, Out>) => {
    const taken = line.waiting.splice(0, most)
    line.underWay.push(taken.length)
    try {
      const outs = await work(taken.map(({ item }) => item))
      for (const [i, { done }] of taken.entries()) done(outs[i] as Out)
    } catch (error) {
      for (const { failed } of taken) failed(error)
    } finally {
      line.underWay.splice(line.underWay.indexOf(taken.length), 1)
      if (mayBegin(line)) void call(lines, name, line)
      else if (line.underWay.length === 0) lines.delete(name)
    }
  }

  return (pool, name, item) =>
    new Promise<Out>((done, failed) => {
      const lines = pools.get(pool) ?? new Map<string, Line<In, Out>>()
      pools.set(pool, lines)
      const line = lines.get(name) ?? { waiting: [], underWay: [], isBeginning: false }
      lines.set(name, line)
      line.waiting.push({ item, done, failed })
      // Who joins a line whose call is about to begin goes with it.
      if (line.isBeginning || !mayBegin(line)) return
      line.isBeginning = true
      setImmediate(() => {
        line.isBeginning = false
        if (mayBegin(line)) void call(lines, name, line)
      })
    })
}
