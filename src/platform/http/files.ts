import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure } from '../../failure.ts'
import type { Actor } from '../access/actor.ts'
import { note } from '../audit/note.ts'
import { keepFile, mediaTypes, openFile } from '../files/files.ts'
import { scan } from '../files/virus-scan.ts'
import { fileBytesMax } from '../files/wire.ts'
import { doorOf, isShared, requireScope } from './authenticate.ts'
import type { House } from './house.ts'

/** What one owner may upload in a day: many phones' photos, not a disk's worth. */
const dailyBytesMax = 5 * 1024 ** 3

async function requireRoom(house: House, actor: Actor, bytes: number): Promise<void> {
  const since = new Date(house.clock().getTime() - 86_400_000)
  const [used] = await house.sql<{ bytes: string }[]>`
    select coalesce(sum(size), 0)::text as bytes from file where owner_id = ${actor.ownerId} and uploaded_at > ${since}`
  if (Number(used?.bytes) + bytes > dailyBytesMax)
    throw new Failure(429, 'upload-quota', '本单位今天上传的文件已达上限，请明天再传')
}

/** Where the operator has a scanner, a file is kept only after it; one with a virus goes to quarantine, unreadable to all. */
async function requireClean(request: FastifyRequest, house: House, sha256: string, bytes: Buffer): Promise<void> {
  if (!house.scanner) return
  const virus = await scan(house.scanner, bytes)
  if (virus === undefined) return
  const folder = join(house.dataDir, 'quarantine')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // Named by what its bytes are, not by what was claimed.
  const name = createHash('sha256').update(bytes).digest('hex')
  await writeFile(join(folder, name), bytes, { mode: 0o400 }).catch(() => {})
  const detail = { virus, claimed: sha256.slice(0, 64) }
  const { address } = doorOf(request, house)
  await note(house.sql, {
    actor: request.actor,
    act: 'upload',
    kind: 'file',
    id: name,
    result: 'refused',
    address,
    detail,
  })
  throw new Failure(422, 'infected', '文件带有病毒，已隔离，请检查您的设备')
}

/** Photos and documents, by the sha256 of their bytes. */
export function fileRoutes(app: FastifyInstance, house: House): void {
  app.register(async (scope) => {
    scope.addContentTypeParser(
      [...mediaTypes],
      { parseAs: 'buffer', bodyLimit: fileBytesMax },
      (_request, body, done) => done(null, body),
    )

    scope.put('/api/v1/files/:sha256', { bodyLimit: fileBytesMax }, async (request, reply) => {
      const actor = requireScope(request, 'records')
      const { sha256 } = request.params as { sha256: string }
      const mediaType = (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? ''
      const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      await requireRoom(house, actor, bytes.length)
      await requireClean(request, house, sha256, bytes)
      const { known } = await keepFile(house.sql, house.dataDir, actor, { sha256, mediaType, bytes }, house.clock())
      return reply.code(known ? 200 : 201).send({ sha256 })
    })

    scope.get('/api/v1/files/:sha256', async (request, reply) => {
      const actor = requireScope(request, 'records')
      const { sha256 } = request.params as { sha256: string }
      const file = await openFile(house.sql, house.dataDir, house.catalogue.kinds, actor, sha256)
      return (
        reply
          .header('content-type', file.mediaType)
          .header('content-length', file.size)
          // On a shared phone the next person, who may see less, finds nothing of it in the browser.
          .header('cache-control', isShared(request) ? 'private, no-store' : 'private, max-age=31536000, immutable')
          .header('content-disposition', 'inline')
          .send(file.stream)
      )
    })
  })
}
