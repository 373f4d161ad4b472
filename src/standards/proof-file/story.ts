import { checkTlogProof, parseTlogProof } from '../tlog/tlog-proof.ts'
import { checkProofFile, keysOf, type Point, type ProofFile, type Trusted } from './index.ts'

/** What the public was told of a lot, with the leaves of the events that it rests on. */
export type StoryFile = ProofFile & { evidence: { hash: string; proof: string }[] }

/** What a lot's story says; days and moments as texts. */
export type Told = {
  gtin: string
  lot?: string
  product: Record<string, string | number>
  inspection?: { result: string; at?: string; report?: string }
  halt?: { kind: string; since: string; by: string }
  steps: { at: string; text: string; detail?: string }[]
  /** The leaves of the events that it rests on: place and hash. */
  events: { leaf: number; hash: string }[]
}

/**
 * Checks what the public was told of a lot: that these words are in the log, and that each event they name as their ground is
 * in it as well. Gives the words themselves only as they stand in the log.
 */
export async function checkStory(
  text: string,
  trusted: Trusted,
): Promise<{ ok: boolean; points: Point[]; told?: Told }> {
  const checked = await checkProofFile(text, trusted)
  if (!checked.ok) return checked
  const { payload = '', evidence } = JSON.parse(text) as StoryFile
  const { image, version, at } = JSON.parse(payload) as { image: Told; version: number; at: string }
  const missing = await unproven(image.events, evidence, trusted)
  const ground: Point =
    image.events.length === 0
      ? { held: null, text: '这份说法没有依据任何一条环节记录。' }
      : missing === 0
        ? { held: true, text: `它依据的 ${image.events.length} 条环节记录，每一条都在同一份日志里。` }
        : { held: false, text: `它依据的 ${image.events.length} 条环节记录里，有 ${missing} 条不在日志里。` }
  const told: Point = {
    held: null,
    text: `关于这一批，平台先后有过 ${version} 种说法，这是第 ${version} 种，${at.slice(0, 10)} 起；每一种都留在日志里。`,
  }
  const limit: Point = {
    held: null,
    text: '没有证明的：企业和检验机构当初报的是不是真的；您手里这一件是不是原装的，请看上一页的防伪结论。',
  }
  return { ok: ground.held !== false, points: [...checked.points.slice(0, -1), ground, told, limit], told: image }
}

/** How many of the leaves have no proof that holds under the trusted log. */
async function unproven(
  leaves: Told['events'],
  evidence: StoryFile['evidence'] | undefined,
  trusted: Trusted,
): Promise<number> {
  const keys = await keysOf([trusted.log, ...(trusted.logs ?? [])])
  let missing = 0
  for (const { leaf, hash } of leaves) {
    const proof = parseTlogProof(evidence?.find((each) => each.hash === hash)?.proof ?? '')
    const bytes = Uint8Array.from(hash.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    const held = await Promise.all(
      keys.map(
        async (log) =>
          proof && (await checkTlogProof(proof, bytes, { origin: log.name, log, witnesses: [], quorum: 0 })).ok,
      ),
    )
    if (!held.includes(true) || proof?.index !== leaf) missing++
  }
  return missing
}
