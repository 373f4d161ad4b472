import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { findCometbft } from '../../src/consortium/network.ts'
import { openRunning, type RunningNetwork, until } from './running.ts'

const cometbft = findCometbft(() => {}) ?? ''
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
