import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, existsSync, type ReadStream } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ISql, Sql } from 'postgres'
import { Failure, notFound } from '../../failure.ts'
import { tableOf } from '../../language/columns.ts'
import { holdFiles, isSha256, type Kind } from '../../language/index.ts'
import { type Actor, isAdministrator, signature } from '../access/actor.ts'
import { mayUse } from '../access/reach.ts'
import { pixelsOf } from './pixels.ts'

type Kinds = ReadonlyMap<string, Kind>

/** What a file's first bytes must be for the type that it claims: the name and the header prove nothing. */
const beginnings: Readonly<Record<string, (bytes: Buffer) => boolean>> = {
  'image/jpeg': (b) => b.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])),
  'image/png': (b) => b.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])),
  'image/webp': (b) =>
    b.subarray(0, 4).toString('latin1') === 'RIFF' && b.subarray(8, 12).toString('latin1') === 'WEBP',
  'application/pdf': (b) => b.subarray(0, 5).toString('latin1') === '%PDF-',
}

/** A picture of few bytes may unfold to gigabytes in whoever looks at it; the largest phones take 108 million. */
const pixelsMax = 120_000_000

export const mediaTypes: readonly string[] = Object.keys(beginnings)

/** Where the bytes of a file lie. */
export const pathOf = (dataDir: string, sha256: string) => join(dataDir, 'files', sha256.slice(0, 2), sha256)

/** Written beside its place, flushed, then renamed: after a power cut a file is whole or absent. */
async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const beside = `${path}.${randomUUID()}`
  const handle = await open(beside, 'wx', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(beside, path).catch(async (error) => {
    await rm(beside, { force: true })
    throw error
  })
}

/** Keeps a file under its sha256. The same bytes again are the same file. */
export async function keepFile(
  sql: ISql,
  dataDir: string,
  actor: Actor,
  file: { sha256: string; mediaType: string; bytes: Buffer },
  now: Date,
): Promise<{ known: boolean }> {
  const looksRight = beginnings[file.mediaType]
  if (!looksRight) throw new Failure(415, 'wrong-media-type', '只能上传 JPEG、PNG、WebP 照片或 PDF')
  if (!isSha256(file.sha256) || createHash('sha256').update(file.bytes).digest('hex') !== file.sha256)
    throw new Failure(422, 'wrong-hash', '文件内容与它的 sha256 不一致，请重新上传')
  if (!looksRight(file.bytes)) throw new Failure(422, 'wrong-content', '文件内容与它的类型不符')
  const pixels = pixelsOf(file.mediaType, file.bytes)
  if (pixels && pixels.width * pixels.height > pixelsMax)
    throw new Failure(
      422,
      'too-many-pixels',
      `照片太大（${pixels.width}×${pixels.height} 点），最多 1.2 亿点，请缩小后再传`,
    )
  await writeWhole(pathOf(dataDir, file.sha256), file.bytes)
  const [row] = await sql`
    insert into file (owner_id, sha256, media_type, size, uploaded_by, uploaded_at)
    values (${actor.ownerId}, ${file.sha256}, ${file.mediaType}, ${file.bytes.length}, ${signature(actor)}, ${now})
    on conflict do nothing returning sha256`
  return { known: !row }
}

/** Opens a file of an owner, for a caller that has proven that the reader may have it. */
export async function openStored(
  sql: Sql,
  dataDir: string,
  ownerId: string,
  sha256: string,
): Promise<{ mediaType: string; size: number; stream: ReadStream }> {
  const [row] = isSha256(sha256)
    ? await sql<{ mediaType: string; size: string }[]>`
        select media_type as "mediaType", size from file where owner_id = ${ownerId} and sha256 = ${sha256}`
    : []
  if (!row) throw notFound('这个文件')
  return { mediaType: row.mediaType, size: Number(row.size), stream: createReadStream(pathOf(dataDir, sha256)) }
}

/** Whether a file `f` stands in a record that its owner wrote about the actor: an inspection's photos and signatures. */
function standsAboutActor(sql: ISql, kinds: Kinds, actor: Actor) {
  const about = [...kinds.values()].filter(
    (kind) => kind.about && holdFiles(kind.fields) && mayUse(actor, kind, 'read'),
  )
  return about.map(
    (kind) => sql`or exists (select from ${sql(tableOf(kind))} t where t.about_id = ${actor.ownerId}
      and t.owner_id = f.owner_id and t.state <> 'void' and position(f.sha256 in to_jsonb(t)::text) > 0)`,
  )
}

/**
 * Whether the actor may open a file `f` of an owner `o`: the own organisation uploaded it, it was sent to it or stands in
 * what was written about it, or it lies in the authority's region.
 */
function mayOpen(sql: ISql, kinds: Kinds, actor: Actor) {
  const scope =
    actor.role === 'enterprise' || isAdministrator(actor.role)
      ? sql`f.owner_id = ${actor.ownerId}`
      : actor.station
        ? sql`o.station = ${actor.station}`
        : actor.role === 'county'
          ? sql`o.region = ${actor.region}`
          : sql`left(o.region, 4) || '00' = ${actor.region}`
  return sql`(${scope} or exists (select from file_sent s
      where s.reader_id = ${actor.ownerId} and s.sha256 = f.sha256 and s.owner_id = f.owner_id)
    ${actor.role === 'enterprise' ? standsAboutActor(sql, kinds, actor) : sql``})`
}

/** Those of some files that an owner uploaded. */
export async function keptBy(sql: ISql, ownerId: string, hashes: readonly string[]): Promise<Set<string>> {
  const kept = await sql<{ sha256: string }[]>`
    select sha256 from file where owner_id = ${ownerId} and sha256 = any(${hashes as string[]})`
  return new Set(kept.map(({ sha256 }) => sha256))
}

/** Those of some files that the actor may name: what the own organisation uploaded, and what may be opened. */
export async function nameable(sql: ISql, kinds: Kinds, actor: Actor, hashes: readonly string[]): Promise<Set<string>> {
  const found = await keptBy(sql, actor.ownerId, hashes)
  const rest = hashes.filter((each) => !found.has(each))
  if (rest.length === 0) return found
  const others = await sql<{ sha256: string }[]>`
    select distinct f.sha256 from file f join owner o on o.id = f.owner_id
    where f.sha256 = any(${rest}) and ${mayOpen(sql, kinds, actor)}`
  for (const { sha256 } of others) found.add(sha256)
  return found
}

/** Opens a file that the actor may open. */
export async function openFile(
  sql: Sql,
  dataDir: string,
  kinds: Kinds,
  actor: Actor,
  sha256: string,
): Promise<{ mediaType: string; size: number; stream: ReadStream }> {
  const [row] = isSha256(sha256)
    ? await sql<{ mediaType: string; size: string }[]>`
        select f.media_type as "mediaType", f.size from file f join owner o on o.id = f.owner_id
        where f.sha256 = ${sha256} and ${mayOpen(sql, kinds, actor)} limit 1`
    : []
  // What showed an erased person is gone from the disk.
  if (!row || !existsSync(pathOf(dataDir, sha256))) throw notFound('这个文件')
  return { mediaType: row.mediaType, size: Number(row.size), stream: createReadStream(pathOf(dataDir, sha256)) }
}
