import { readdirSync, readFileSync } from 'node:fs'
import type { Sql } from 'postgres'

/** Linux counts a process's time in hundredths of a second. */
const ticksPerSecond = 100

type Times = { parent: number; seconds: number }

/** A process and those of its children that have ended; undefined where it is gone. */
function timesOf(pid: number | string): Times | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name stands in brackets and may hold anything; state, parent … follow it.
    const parts = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(parts[at]), 0)
    return { parent: Number(parts[1]), seconds: ticks / ticksPerSecond }
  } catch {
    return undefined
  }
}

/** Seconds of processor that a process has used. */
export const processorOf = (pid: number | undefined): number => timesOf(pid ?? 0)?.seconds ?? 0

/** Seconds of processor that the database server has used, all its processes together. It must run on this machine. */
export async function processorOfServer(sql: Sql): Promise<number> {
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
  const server = timesOf(row?.pid ?? 0)?.parent
  if (!server) throw new Error('the database server is not on this machine')
  return processorOf(server) + processorOfChildren(server)
}

/** Seconds of processor of the processes that one started and that still run. */
export function processorOfChildren(parent: number | undefined): number {
  let seconds = 0
  for (const pid of readdirSync('/proc')) {
    const times = /^\d+$/.test(pid) ? timesOf(pid) : undefined
    if (times && times.parent === parent) seconds += times.seconds
  }
  return seconds
}

/** Seconds of processor that a piece of work took: of the process, of those that it started, and of the database. */
export async function spent<T>(
  sql: Sql,
  pid: number | undefined,
  work: () => Promise<T>,
): Promise<{ done: T; web: number; background: number; server: number }> {
  const used = async () => [processorOf(pid), processorOfChildren(pid), await processorOfServer(sql)]
  const before = await used()
  const done = await work()
  const [web = 0, background = 0, server = 0] = (await used()).map((seconds, at) => seconds - (before[at] ?? 0))
  return { done, web, background, server }
}
