type Waiting<In, Out> = { item: In; done: (out: Out) => void; failed: (error: unknown) => void }

/** What waits under one name, and how many each call under way took. */
type Line<In, Out> = { waiting: Waiting<In, Out>[]; underWay: number[] }

/**
 * Gathers what is asked of one pool under one name at the same time into one call: on a busy machine a round trip costs
 * more than the work in it. A call begins when all that the process has just received is read, so that those who came
 * together go together, and takes at most `most`. One is under way at a time, and what comes meanwhile waits for the next;
 * only beside one that took no more than `few` a second begins, once as many wait: a call that waits for the disk should
 * not hold up what the processor could do for the next. Nobody is answered from a call that began before they asked.
 * `work` gives one answer to each item, in order; where it fails, it fails for all of its items.
 */
export function gathering<In, Out>(
  work: (items: readonly In[]) => Promise<readonly Out[]>,
  { most, few = 0 }: { most: number; few?: number },
): (pool: object, name: string, item: In) => Promise<Out> {
  const pools = new WeakMap<object, Map<string, Line<In, Out>>>()

  const mayBegin = ({ waiting, underWay }: Line<In, Out>): boolean => {
    const [beside = 0] = underWay
    return (
      waiting.length > 0 &&
      (underWay.length === 0 || (underWay.length === 1 && beside <= few && waiting.length >= beside))
    )
  }

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
      const line = lines.get(name) ?? { waiting: [], underWay: [] }
      lines.set(name, line)
      line.waiting.push({ item, done, failed })
      // Who joins a line whose call is about to begin goes with it.
      if (line.waiting.length === 1 || mayBegin(line))
        setImmediate(() => {
          if (mayBegin(line)) void call(lines, name, line)
        })
    })
}
