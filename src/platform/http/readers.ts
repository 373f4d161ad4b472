import type { FastifyInstance } from 'fastify'
import { forbidden, notFound } from '../../failure.ts'
import { isImportant } from '../../language/index.ts'
import { readersOf } from '../audit/readers.ts'
import { requireScope } from './authenticate.ts'
import type { House } from './house.ts'
import { workOf } from './records.ts'

/** Who saw a record of important data: told to its owner's people and to the city's authority (GB/T 35273 8.1). */
export function readerRoutes(app: FastifyInstance, house: House): void {
  app.get('/api/v1/records/:kind/:id/readers', async (request) => {
    const actor = requireScope(request, 'records')
    const { kind: name, id } = request.params as { kind: string; id: string }
    const kind = house.catalogue.kinds.get(name)
    if (!kind || !isImportant(kind)) throw notFound('这类记录的查看情况')
    const row = await workOf(request, house).store.read(kind, id)
    if (row.ownerId !== actor.ownerId && actor.role !== 'city')
      throw forbidden('只有记录所属单位和市级监管能看谁查看过')
    // The names in the answer are of those who looked, not the record's own.
    request.glass = undefined
    return { items: await readersOf(house.auditSql, name, row.id, house.clock()) }
  })
}
