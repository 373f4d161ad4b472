import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Ends what a killed supervisor or postmaster left in this cluster: asked first, pressed later, never with lost data. */
export async function endLeftovers(cluster, onProgress) {
  let left = processesIn(cluster)
  if (left.length === 0) return
  onProgress('收尾上次未正常停止的数据库')
  const postmaster = left.find((pid) => pid === postmasterOf(cluster).pid)
  if (postmaster) signal([postmaster], 'SIGINT')
  // Backends without a postmaster notice its death and leave by themselves.
  for (const [waitMs, pressure] of [
    [postmaster ? 60_000 : 10_000, 'SIGQUIT'],
    [10_000, 'SIGKILL'],
    [10_000, null],
  ]) {
    const until = Date.now() + waitMs
    while (Date.now() < until) {
      left = processesIn(cluster)
      if (left.length === 0) return
      await sleep(50)
    }
    if (pressure) signal(left, pressure)
  }
  throw new Error(`上次的数据库进程（${left.join('、')}）没有退出，请结束后再启动`)
}

function signal(pids, name) {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch (error) {
      if (error.code !== 'ESRCH') throw error
    }
  }
}

/** Every PostgreSQL process works in its cluster's folder: the one sign that survives a lost pid file. */
function processesIn(cluster) {
  const folder = realpathSync(cluster)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === folder
      } catch {
        return false
      }
    })
    .map(Number)
}

/** What the cluster's pid file says: the postmaster's pid (0 for none) and whether it accepts connections. */
export function postmasterOf(cluster) {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')
    return { pid: Number(lines[0]), ready: lines[7]?.trim() === 'ready' }
  } catch {
    return { pid: 0, ready: false }
  }
}
