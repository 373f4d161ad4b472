import type { FastifyInstance } from 'fastify'
import { forbidden, invalid, notFound } from '../../failure.ts'
import { checkFields } from '../../language/index.ts'
import { mayRun } from '../access/reach.ts'
import { openStore } from '../store/store.ts'
import { keepAttempt } from './attempts.ts'
import { requireScope } from './authenticate.ts'
import type { House } from './house.ts'
import { workOf } from './records.ts'

/** Routes of every operation, derived: check by its declared fields, then one transaction. */
export function operationRoutes(app: FastifyInstance, house: House): void {
  app.post('/api/v1/operations/:name', async (request) => {
    const operation = house.catalogue.operations.get((request.params as { name: string }).name)
    const work = workOf(request, house)
    if (!operation) throw notFound('这项操作')
    requireScope(request, 'operations')
    if (!mayRun(work.actor, operation)) throw forbidden(`您没有“${operation.title}”的权限`)
    const { value, problems } = checkFields(operation.fields, request.body ?? {}, '')
    if (problems.length > 0) throw invalid(problems)
    return house.sql
      .begin((sql) => {
        const store = openStore(sql, house.catalogue.kinds, work.actor, work.now, house.keyring)
        return operation.run({ ...work, sql, store }, value)
      })
      .catch(async (error: unknown) => {
        await keepAttempt(house.sql, work.actor.ownerId, error, work.now)
        throw error
      })
  })
}
