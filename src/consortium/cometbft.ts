import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

const version = 'v0.38.25'
const cache = join(homedir(), '.cache/shisu')

/** One place of CometBFT's source that we write otherwise; the file must hold the text once. */
export type Patch = { file: string; from: string; to: string }

/**
 * CometBFT's socket to the application flushes every 20 ns where it means 20 ms, by timers that begin again until somebody
 * listens: half of its processor under load goes there (pprof; docs/decisions/0155). Nothing that nodes agree on is touched.
 */
const flushing: Patch = {
  file: 'abci/client/socket_client.go',
  from: 'timer.NewThrottleTimer("socketClient", flushThrottleMS)',
  to: 'timer.NewThrottleTimer("socketClient", 1000*1000)',
}

/** Finds cometbft: the one named, the one built here, any on the path. Undefined with none. */
export function findCometbft(): string | undefined {
  const named = process.env.SHISU_COMETBFT
  if (named) return existsSync(named) ? named : undefined
  const folders = [cache, ...(process.env.PATH ?? '').split(delimiter), join(homedir(), 'go/bin')]
  return [ours(), ...folders.map((folder) => join(folder, 'cometbft'))].find((path) => existsSync(path))
}

const ours = () => join(cache, `cometbft-${version}-1`)

/** Finds our own build of cometbft, or makes it where Go is; else whichever there is; undefined with none. */
export function bringCometbft(say: (text: string) => void): string | undefined {
  if (!process.env.SHISU_COMETBFT && !existsSync(ours()) && hasGo()) {
    say(`构建 cometbft ${version}`)
    try {
      buildCometbft(ours(), [flushing])
    } catch (error) {
      say(`没有建成：${error instanceof Error ? error.message.split('\n')[0] : error}`)
    }
  }
  return findCometbft()
}

function hasGo(): boolean {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Builds cometbft of our version with some places written otherwise, from a copy of its sources. */
export function buildCometbft(path: string, patches: readonly Patch[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'shisu-cometbft-'))
  const go = (...args: string[]) =>
    execFileSync('go', args, {
      cwd: folder,
      env: { ...process.env, CGO_ENABLED: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    }).toString()
  try {
    const known = go('mod', 'download', '-json', `github.com/cometbft/cometbft@${version}`)
    cpSync((JSON.parse(known) as { Dir: string }).Dir, folder, { recursive: true })
    execFileSync('chmod', ['-R', 'u+w', folder])
    for (const { file, from, to } of patches) {
      const source = readFileSync(join(folder, file), 'utf8')
      if (source.split(from).length !== 2) throw new Error(`${file} does not hold its text once`)
      writeFileSync(join(folder, file), source.replace(from, to))
    }
    mkdirSync(dirname(path), { recursive: true })
    go('build', '-o', `${path}.new`, './cmd/cometbft')
    renameSync(`${path}.new`, path)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
