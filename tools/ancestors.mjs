import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { startedAt } from './hold.mjs'

const pollMs = 200

/**
 * Calls `gone` once when a process that carries this command dies: npm, its shell, or our own run under an older Node.
 * A killed npm does not tell its scripts; without this they would live on and hold the port against the next start.
 */
export function whenAbandoned(gone) {
  const carriers = carriersOf(process.ppid)
  if (carriers.length === 0) return
  const timer = setInterval(() => {
    if (carriers.every(({ pid, started }) => startedAt(pid) === started)) return
    clearInterval(timer)
    gone()
  }, pollMs)
  timer.unref()
}

function carriersOf(first) {
  const belowNpm = Boolean(process.env.npm_lifecycle_event)
  const carriers = []
  for (let pid = first; pid > 1; pid = parentOf(pid)) {
    const args = argumentsOf(pid)
    const program = basename(args[0] ?? '')
    const isNpm = belowNpm && (program.startsWith('npm') || args.some((arg) => arg.endsWith('npm-cli.js')))
    const isOurs = program === 'node' && args.some((arg) => /tools\/\w+\.mjs$/.test(arg))
    const isShell = belowNpm && program === 'sh' && args[1] === '-c'
    if (isNpm || isOurs || isShell) carriers.push({ pid, started: startedAt(pid) })
    if (isNpm || !(isOurs || isShell)) break
  }
  return carriers
}

function argumentsOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

function parentOf(pid) {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return 0
  }
}
