import type { FastifyInstance } from 'fastify'
import { codeOptions, type Kind, units, verbs } from '../../language/index.ts'
import { legalDay } from '../../standards/china/index.ts'
import type { Actor } from '../access/actor.ts'
import { desksOf } from '../access/desks.ts'
import { mayRun, mayUse } from '../access/reach.ts'
import { narrowingOf } from '../access/roles.ts'
import { daysOfWarning } from '../rules/figures.ts'
import { requireSignIn } from './authenticate.ts'
import { withDeprecations } from './deprecations.ts'
import type { House } from './house.ts'
import { openapi } from './openapi.ts'

/** A declaration without the fields that the actor's place in the role tree hides. */
function seenBy<K extends Pick<Kind, 'name' | 'fields' | 'list' | 'sections' | 'titleFields'>>(
  actor: Actor,
  kind: K,
): K {
  const hide = narrowingOf(actor.narrowing, kind.name).hide ?? []
  if (hide.length === 0) return kind
  const shown = (names: readonly string[] | undefined) => names?.filter((name) => !hide.includes(name))
  return {
    ...kind,
    fields: Object.fromEntries(Object.entries(kind.fields).filter(([name]) => !hide.includes(name))),
    titleFields: shown(kind.titleFields) ?? [],
    list: {
      ...kind.list,
      columns: shown(kind.list.columns) ?? [],
      filters: shown(kind.list.filters),
      search: shown(kind.list.search),
    },
    sections: kind.sections?.map((section) => ({ ...section, fields: shown(section.fields) ?? [] })),
  }
}

/** What the signed-in actor may use: the web application derives its pages from this. */
export function catalogueRoutes(app: FastifyInstance, house: House): void {
  const { kinds, operations, areas } = house.catalogue

  const areaOf = (list: 'kinds' | 'operations', name: string) => areas.find((area) => area[list].includes(name))?.name

  app.get('/api/v1/catalogue', async (request) => {
    const actor = requireSignIn(request)
    const own = [...kinds.values()]
      .map(({ grants, checks, ...kind }) => ({
        ...seenBy(actor, kind),
        area: areaOf('kinds', kind.name),
        checked: (checks?.length ?? 0) > 0,
        verbs: verbs.filter(
          (verb) =>
            !(kind.arises && (verb === 'create' || verb === 'change')) && mayUse(actor, { ...kind, grants }, verb),
        ),
      }))
      .filter((kind) => kind.verbs.length > 0)
    const acts = [...operations.values()]
      .filter((operation) => mayRun(actor, operation))
      .map(({ name, title, help, fields, ofPage }) => ({
        name,
        title,
        help,
        fields,
        ofPage,
        area: areaOf('operations', name),
      }))
    return {
      areas: areas.map(({ name, title }) => ({ name, title })),
      kinds: own,
      operations: acts,
      regions: house.catalogue.regions,
      // Pages of identity, rights and audit.
      desks: desksOf(actor),
      ...(actor.role === 'audit'
        ? { kindTitles: Object.fromEntries([...kinds.values()].map(({ name, title }) => [name, title])) }
        : {}),
      units,
      warnDays: await daysOfWarning(house.sql, legalDay(house.clock())),
      mapTiles: house.mapTiles,
      codeTables: codeOptions(),
    }
  })

  const document = openapi(house.catalogue)
  app.get('/api/v1/openapi.json', async () => withDeprecations(app, house, document))
}
