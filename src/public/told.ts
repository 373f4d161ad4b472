import type { Sql } from 'postgres'
import { newestCheckpoint, treeAt } from '../ledger/index.ts'
import type { StoryFile, Told } from '../standards/proof-file/story.ts'
import { formatTlogProof } from '../standards/tlog/index.ts'
import type { Story } from '../trace/index.ts'

/** What is told of a lot, without what differs from look to look or from thing to thing. */
function told({ gtin, lot, product, filing, inspection, halt, steps, materials }: Story) {
  return { gtin, lot, product, filing, inspection, halt, materials, steps }
}

/**
 * Puts what is told of a lot into the log, where it is not there in these words, and gives it with its proofs for whoever
 * wants to check it; undefined for the seconds until it is sealed and signed.
 */
export async function storyFile(sql: Sql, story: Story): Promise<StoryFile | undefined> {
  const [said] = await sql<{ seq: string }[]>`
    select seq::text from tell_story(${story.id}, ${JSON.stringify(told(story))}::text::jsonb)`
  const [leaf] = await sql<{ index: string; entry: string; salt: Buffer; payload: string }[]>`
    select index::text, entry, salt, payload from told_leaf(${said?.seq ?? '0'})`
  const newest = await newestCheckpoint(sql)
  if (!leaf || !newest || Number(leaf.index) >= newest.head.size) return undefined
  const tree = treeAt(sql, newest.head.size)
  const proofOf = async (index: number) =>
    formatTlogProof({
      index,
      path: (await tree.inclusion(index)).map((hash) => new Uint8Array(hash)),
      checkpoint: newest.note,
    })
  const { image } = JSON.parse(leaf.payload) as { image: Pick<Told, 'events'> }
  const grounds = image.events.filter(({ leaf }) => leaf < newest.head.size)
  return {
    format: 'shisu-proof@v1',
    entry: leaf.entry,
    salt: leaf.salt.toString('base64'),
    payload: leaf.payload,
    proof: await proofOf(Number(leaf.index)),
    evidence: await Promise.all(grounds.map(async ({ leaf, hash }) => ({ hash, proof: await proofOf(leaf) }))),
  }
}
