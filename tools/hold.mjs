// One living supervisor per data folder. A pid alone may be reused after a crash, so the process's start time is kept too.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const FILE = 'running.json'

/** The start time of a living process in clock ticks since boot, or null when there is none (a zombie counts as dead). */
export function startedAt(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? null : fields[19]
  } catch {
    return null
  }
}

function boot() {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** The living process that holds this data folder, `{ pid, leaving }`, or null. */
export function holderOf(dataDir) {
  try {
    const held = JSON.parse(readFileSync(join(dataDir, FILE), 'utf8'))
    return held.boot === boot() && held.started === startedAt(held.pid) ? held : null
  } catch {
    return null
  }
}

/** Waits for a holder that is on its way out (or was abandoned a moment ago); throws in Chinese when it stays. */
export async function waitForHolder(dataDir) {
  const started = Date.now()
  for (let holder = holderOf(dataDir); holder !== null; holder = holderOf(dataDir)) {
    const patienceMs = holder.leaving ? 90_000 : 2000
    if (Date.now() - started > patienceMs) throw new Error(alreadyRunning(holder, dataDir))
    await sleep(100)
  }
}

function alreadyRunning(holder, dataDir) {
  return `食溯已在运行（进程 ${holder.pid}，数据目录 ${dataDir}），没有再次启动`
}

/**
 * Takes the data folder for this process until `release()`; `leaving()` tells others that the end is near.
 * Throws in Chinese when another living process has the folder.
 */
export function holdFolder(dataDir) {
  const file = join(dataDir, FILE)
  const mine = `${file}.${process.pid}`
  const entry = { pid: process.pid, started: startedAt(process.pid), boot: boot(), leaving: false }
  try {
    mkdirSync(dataDir, { recursive: true })
    writeFileSync(mine, JSON.stringify(entry))
  } catch (error) {
    throw new Error(`不能写入数据目录 ${dataDir}（${error.code}），请检查权限，或用 SHISU_DATA 指定别处`)
  }
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        linkSync(mine, file)
        return {
          leaving: () => {
            writeFileSync(mine, JSON.stringify({ ...entry, leaving: true }))
            renameSync(mine, file)
          },
          release: () => rmSync(file, { force: true }),
        }
      } catch (error) {
        if (error.code !== 'EEXIST') throw error
      }
      const holder = holderOf(dataDir)
      if (holder !== null) throw new Error(alreadyRunning(holder, dataDir))
      discardStale(dataDir, file)
    }
    throw new Error(`数据目录 ${dataDir} 正被另一个启动占用，请稍后再试`)
  } finally {
    rmSync(mine, { force: true })
  }
}

/** Moves a dead holder's file away; if another starter took the folder in between, its file is put back untouched. */
function discardStale(dataDir, file) {
  const aside = `${file}.stale.${process.pid}`
  try {
    const seen = readFileSync(file, 'utf8')
    renameSync(file, aside)
    if (readFileSync(aside, 'utf8') !== seen || holderOf(dataDir) !== null) linkSync(aside, file)
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error
  } finally {
    rmSync(aside, { force: true })
  }
}
