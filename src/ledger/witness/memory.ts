import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fromBase64, toBase64 } from '../../standards/tlog/index.ts'
import type { WitnessMemory } from './judge.ts'

type Heads = Record<string, { size: number; root: string }>

/** A witness's memory in one file, written beside its place, synced and renamed: a head that was cosigned is never forgotten. */
export function fileMemory(folder: string): WitnessMemory {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'heads.json')
  const heads: Heads = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {}
  return {
    async latest(origin) {
      const known = heads[origin]
      return known && { size: known.size, root: fromBase64(known.root) ?? new Uint8Array() }
    },
    // No await between looking and writing: requests of one process cannot come in between.
    async advance(origin, expectedSize, head) {
      if ((heads[origin]?.size ?? 0) !== expectedSize) return false
      const next = { ...heads, [origin]: { size: head.size, root: toBase64(head.root) } }
      writeDurably(path, JSON.stringify(next, null, 2))
      heads[origin] = next[origin] as Heads[string]
      return true
    },
  }
}

function writeDurably(path: string, text: string): void {
  const file = openSync(`${path}.new`, 'w', 0o600)
  writeSync(file, text)
  fsyncSync(file)
  closeSync(file)
  renameSync(`${path}.new`, path)
}
