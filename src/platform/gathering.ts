type Waiting<In, Out> = { item: In; done: (out: Out) => void; failed: (error: unknown) => void }

/**
 * Gathers what is asked of one pool under one name at the same time into one call: on a busy machine a round trip costs
 * more than the work in it. One call of a name is under way at a time; it begins when all that the process has just
 * received is read, so that those who came together go together, and takes at most `most`. What comes meanwhile waits for
 * the next. Nobody is answered from a call that began before they asked. `work` gives one answer to each item, in order;
 * where it fails, it fails for all of its items.
 */
export function gathering<In, Out>(
  work: (items: readonly In[]) => Promise<readonly Out[]>,
  { most }: { most: number },
): (pool: object, name: string, item: In) => Promise<Out> {
  const pools = new WeakMap<object, Map<string, Waiting<In, Out>[]>>()

  const call = async (lines: Map<string, Waiting<In, Out>[]>, name: string, line: Waiting<In, Out>[]) => {
    const taken = line.splice(0, most)
    try {
      const outs = await work(taken.map(({ item }) => item))
      for (const [i, { done }] of taken.entries()) done(outs[i] as Out)
    } catch (error) {
      for (const { failed } of taken) failed(error)
    } finally {
      if (line.length > 0) void call(lines, name, line)
      else lines.delete(name)
    }
  }

  return (pool, name, item) =>
    new Promise<Out>((done, failed) => {
      const lines = pools.get(pool) ?? new Map<string, Waiting<In, Out>[]>()
      pools.set(pool, lines)
      const waiting = { item, done, failed }
      const line = lines.get(name)
      if (line) {
        line.push(waiting)
        return
      }
      const begun = [waiting]
      lines.set(name, begun)
      setImmediate(() => void call(lines, name, begun))
    })
}
