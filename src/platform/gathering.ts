type Waiting<In, Out> = { item: In; done: (out: Out) => void; failed: (error: unknown) => void }
type Line<In, Out> = { waiting: Waiting<In, Out>[]; flying: number }

/**
 * Gathers what is asked of one pool under one name at the same time into one call: on a busy machine a round trip costs more than
 * the work in it. At most `flights` calls of a name are under way; what comes meanwhile waits for the next, which takes
 * at most `most`. Nobody is answered from a call that began before they asked. `work` gives one answer to each item, in
 * order; where it fails, it fails for all of its items.
 */
export function gathering<In, Out>(
  work: (items: readonly In[]) => Promise<readonly Out[]>,
  { flights, most }: { flights: number; most: number },
): (pool: object, name: string, item: In) => Promise<Out> {
  const pools = new WeakMap<object, Map<string, Line<In, Out>>>()

  const fly = async (lines: Map<string, Line<In, Out>>, name: string, line: Line<In, Out>) => {
    line.flying++
    const taken = line.waiting.splice(0, most)
    try {
      const outs = await work(taken.map(({ item }) => item))
      for (const [i, { done }] of taken.entries()) done(outs[i] as Out)
    } catch (error) {
      for (const { failed } of taken) failed(error)
    } finally {
      line.flying--
      if (line.waiting.length > 0) void fly(lines, name, line)
      else if (line.flying === 0) lines.delete(name)
    }
  }

  return (pool, name, item) =>
    new Promise<Out>((done, failed) => {
      const lines = pools.get(pool) ?? new Map<string, Line<In, Out>>()
      pools.set(pool, lines)
      const line = lines.get(name) ?? { waiting: [], flying: 0 }
      lines.set(name, line)
      line.waiting.push({ item, done, failed })
      if (line.flying < flights) void fly(lines, name, line)
    })
}
