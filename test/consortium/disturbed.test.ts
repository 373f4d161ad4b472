import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildCometbft, findCometbft } from '../../src/consortium/cometbft.ts'
import { layOutNetwork } from '../../src/consortium/network.ts'
import { openRunning, type RunningNetwork, until } from './running.ts'

const cometbft = findCometbft() ?? ''
const without = cometbft ? false : '没有 cometbft，也没有 Go 可以构建它'
const mine = process.pid % 200

const run = (command: string, ...args: string[]) => execFileSync(command, args, { stdio: 'pipe' })
/** Whether this machine lets us do something as root; else the reason why the test is skipped. */
function allowed(what: string, attempt: () => void): string | false {
  if (without) return without
  try {
    attempt()
    return false
  } catch (error) {
    return `${what}：这台机器不许可（${error instanceof Error ? error.message.split('\n')[0] : ''}）`
  }
}

const agree = async (net: RunningNetwork) => {
  const all = await Promise.all([0, 1, 2, 3].map((at) => net.status(at)))
  return new Set(all.map(({ root }) => root)).size === 1
}

const namespace = (at: number) => `shisu${mine}n${at}`
const noNamespaces = allowed('网络命名空间', () => {
  run('ip', 'netns', 'add', namespace(9))
  run('ip', 'netns', 'delete', namespace(9))
})

test('a partition in two halves decides nothing, one of three and one goes on with the three, and healed all agree', {
  skip: noNamespaces,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shisu-partition-'))
  const bridge = `shisub${mine}`
  const address = (at: number) => `10.213.${mine}.${at + 1}`
  const cable = (at: number) => `shv${mine}x${at}`
  const cut = (at: number, state: 'up' | 'down') => run('ip', 'link', 'set', cable(at), state)
  let net: RunningNetwork | undefined
  try {
    run('ip', 'link', 'add', bridge, 'type', 'bridge')
    run('ip', 'address', 'add', `10.213.${mine}.100/24`, 'dev', bridge)
    run('ip', 'link', 'set', bridge, 'up')
    for (const at of [0, 1, 2, 3]) {
      run('ip', 'netns', 'add', namespace(at))
      run('ip', 'link', 'add', cable(at), 'type', 'veth', 'peer', 'name', 'inner', 'netns', namespace(at))
      run('ip', 'link', 'set', cable(at), 'master', bridge)
      cut(at, 'up')
      run('ip', '-n', namespace(at), 'address', 'add', `${address(at)}/24`, 'dev', 'inner')
      for (const device of ['inner', 'lo']) run('ip', '-n', namespace(at), 'link', 'set', device, 'up')
    }
    const surroundings = [0, 1, 2, 3].map((at) => ({
      host: address(at),
      inside: ['ip', 'netns', 'exec', namespace(at)],
    }))
    net = await openRunning(cometbft, folder, 28_000, { surroundings })
    await net.blocks(3)

    cut(3, 'down')
    await net.blocks(3)
    cut(2, 'down')
    await sleep(1500)
    const halved = await net.status(0)
    assert.ok(await net.send(0), 'it is taken, and waits')
    await sleep(5000)
    assert.equal((await net.status(0)).size, halved.size, 'two of four decide nothing')
    for (const at of [2, 3]) cut(at, 'up')
    const healed = net
    await until(
      'all agree again',
      async () => (await healed.status(0)).size > halved.size && (await agree(healed)),
      120,
    )
  } finally {
    await net?.stop()
    for (const at of [0, 1, 2, 3]) {
      try {
        run('ip', 'netns', 'delete', namespace(at))
      } catch {
        // It was never made.
      }
    }
    try {
      run('ip', 'link', 'delete', bridge)
    } catch {
      // It was never made.
    }
    rmSync(folder, { recursive: true, force: true })
  }
})

const probe = mkdtempSync(join(tmpdir(), 'shisu-mount-'))
const noMounts = allowed('小磁盘', () => {
  run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'none', probe)
  run('umount', probe)
})

test('a node whose disk is full stops and writes nothing wrong; the others go on, and with room it comes back', {
  skip: noMounts,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shisu-full-'))
  const small = join(folder, 'node4')
  mkdirSync(small)
  run('mount', '-t', 'tmpfs', '-o', 'size=48m', 'none', small)
  let net: RunningNetwork | undefined
  try {
    net = await openRunning(cometbft, folder, 29_000)
    await net.blocks(2)
    fill(join(small, 'ballast'), small)
    const full = net
    const before = (await net.status(3)).size
    await until('it is stopped, or begins again and again', async () => {
      await full.blocks(5)
      return (await full.status(3)).height === -1
    })
    assert.ok((await net.status(0)).size > before)
    assert.match(readFileSync(join(small, 'node.log'), 'utf8'), /full|no space|ENOSPC|SQLITE/i)
    rmSync(join(small, 'ballast'))
    await until('it is back with the same head', () => agree(full), 120)
  } finally {
    await net?.stop()
    run('umount', '-l', small)
    rmSync(folder, { recursive: true, force: true })
  }
})

/** Takes all the room there is. */
function fill(path: string, folder: string): void {
  const file = openSync(path, 'w')
  const block = Buffer.alloc(64 * 1024)
  try {
    for (;;) writeSync(file, block)
  } catch {
    assert.equal(statfsSync(folder).bavail, 0)
  } finally {
    closeSync(file)
  }
}

/** CometBFT takes every time from one function; libfaketime does not reach a static Go program. */
const skewable = join(homedir(), '.cache/shisu/cometbft-skewable-v0.38.25')
const noSkew = allowed('错的时钟', () => {
  if (existsSync(skewable)) return
  buildCometbft(skewable, [
    {
      file: 'types/time/time.go',
      from: 'return Canonical(time.Now())',
      to: 'skew, _ := time.ParseDuration(os.Getenv("SHISU_SKEW"))\n\treturn Canonical(time.Now().Add(skew))',
    },
    { file: 'types/time/time.go', from: '\t"sort"', to: '\t"os"\n\t"sort"' },
  ])
})

test('with one node’s clock an hour ahead and another’s an hour behind all decide and agree, at the members’ median time', {
  skip: noSkew,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shisu-skew-'))
  let net: RunningNetwork | undefined
  try {
    const surroundings = ['0s', '0s', '-1h', '1h'].map((skew) => ({
      host: '127.0.0.1',
      inside: ['env', `SHISU_SKEW=${skew}`],
    }))
    // A node whose clock is behind the genesis waits for it.
    for (const { home } of layOutNetwork(skewable, folder, 4, 30_000 + mine * 16, surroundings).nodes) {
      const path = join(home, 'config/genesis.json')
      const genesis = JSON.parse(readFileSync(path, 'utf8'))
      writeFileSync(path, JSON.stringify({ ...genesis, genesis_time: '2026-01-01T00:00:00Z' }))
    }
    net = await openRunning(skewable, folder, 30_000 + mine * 16, { surroundings })
    for (const through of [0, 2, 3]) await net.blocks(2, through)
    const skewed = net
    await until('all agree', () => agree(skewed))
    const { height } = await net.status(0)
    const answer = await fetch(`http://127.0.0.1:${net.network.nodes[3]?.query}/blocks/${height}`)
    const { time } = (await answer.json()) as { time: string }
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 120_000, time)
    // The right ones alone are no quorum: a wrong clock among three still decides.
    await net.stopNode(0)
    await net.blocks(2, 1)
  } finally {
    await net?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})
