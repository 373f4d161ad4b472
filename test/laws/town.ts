import assert from 'node:assert/strict'
import { kinds } from '../../src/catalogue.ts'
import type { Kind } from '../../src/language/index.ts'
import { isOpenRegister } from '../../src/platform/store/context.ts'
import { give } from '../files.ts'
import { openTown, type Person, type Town } from '../people.ts'
import { sample } from './sample.ts'

export type LawTown = {
  town: Town
  /** Who may create records of the kind. */
  writer(kind: Kind): Person
  /** A valid input. */
  valid(kind: Kind): Record<string, unknown>
  /** A record just created by its writer. */
  made(kind: Kind): Promise<{ id: string; version: number; ownerId: string } & Record<string, unknown>>
}

/** A town in which a record of every kind can be made, whatever it refers to. */
export async function openLawTown(): Promise<LawTown> {
  const town = await openTown()
  const references: Record<string, string> = { subject: town.neighbour.ownerId }
  /** An enterprise refers to open registers and to what is its own. */
  const mayName = (kind: Kind, to: string): boolean => {
    const target = kinds.find(({ name }) => name === to) as Kind
    return isOpenRegister(target) || laws.writer(kind) !== town.factory || laws.writer(target) === town.factory
  }
  const laws: LawTown = {
    town,
    // Owners are filed by the city; everything else by whoever of the three may, the enterprise first.
    writer(kind) {
      if (kind.isOwner) return town.city
      if (kind.grants.enterprise?.includes('create')) return town.factory
      return kind.grants.county?.includes('create') ? town.county : town.city
    },
    valid: (kind) => sample(kind, Object.fromEntries(Object.entries(references).filter(([to]) => mayName(kind, to)))),
    async made(kind) {
      const { status, body } = await laws.writer(kind).call('POST', `/api/v1/records/${kind.name}`, laws.valid(kind))
      assert.equal(status, 201, JSON.stringify(body))
      return body as never
    },
  }
  for (const person of [town.city, town.county, town.factory]) await give(town.server, person)
  for (const kind of kinds) {
    const referred = kinds.some((each) =>
      Object.values(each.fields).some((field) => field.type === 'reference' && field.to === kind.name),
    )
    if (referred && !references[kind.name]) references[kind.name] = (await laws.made(kind)).id
  }
  return laws
}
