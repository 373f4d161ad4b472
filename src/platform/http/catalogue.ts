import type { FastifyInstance } from 'fastify'
import { codeOptions, units, verbs } from '../../language/index.ts'
import { mayUse } from '../access/reach.ts'
import { requireSignIn } from './authenticate.ts'
import type { House } from './house.ts'
import { openapi } from './openapi.ts'

/** What the signed-in actor may use: the web application derives its pages from this. */
export function catalogueRoutes(app: FastifyInstance, house: House): void {
  const { kinds, operations, areas, regions } = house.catalogue

  const areaOf = (list: 'kinds' | 'operations', name: string) => areas.find((area) => area[list].includes(name))?.name

  app.get('/api/v1/catalogue', async (request) => {
    const actor = requireSignIn(request)
    const own = [...kinds.values()]
      .map(({ grants, checks, ...kind }) => ({
        ...kind,
        area: areaOf('kinds', kind.name),
        verbs: verbs.filter((verb) => mayUse(actor, { ...kind, grants }, verb)),
      }))
      .filter((kind) => kind.verbs.length > 0)
    const acts = [...operations.values()]
      .filter((operation) => operation.roles.includes(actor.role))
      .map(({ name, title, help, fields }) => ({ name, title, help, fields, area: areaOf('operations', name) }))
    return {
      areas: areas.map(({ name, title }) => ({ name, title })),
      kinds: own,
      operations: acts,
      regions,
      units,
      codeTables: codeOptions(),
    }
  })

  const document = openapi(house.catalogue)
  app.get('/api/v1/openapi.json', async () => document)
}
