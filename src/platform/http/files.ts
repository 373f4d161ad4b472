import type { FastifyInstance } from 'fastify'
import { fileBytesMax, keepFile, mediaTypes, openFile } from '../files/files.ts'
import { requireScope } from './authenticate.ts'
import type { House } from './house.ts'

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
      const { known } = await keepFile(house.sql, house.dataDir, actor, { sha256, mediaType, bytes }, house.clock())
      return reply.code(known ? 200 : 201).send({ sha256 })
    })

    scope.get('/api/v1/files/:sha256', async (request, reply) => {
      const actor = requireScope(request, 'records')
      const { sha256 } = request.params as { sha256: string }
      const file = await openFile(house.sql, house.dataDir, actor, sha256)
      return reply
        .header('content-type', file.mediaType)
        .header('content-length', file.size)
        .header('cache-control', 'private, max-age=31536000, immutable')
        .header('content-disposition', 'inline')
        .send(file.stream)
    })
  })
}
