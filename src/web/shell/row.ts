import type { Fields } from '../../language/fields/index.ts'
import type { Kind, Verb } from '../../language/kind.ts'

/** A kind with its area and the verbs that this user has. */
export type OwnKind = Kind & {
  area: string
  verbs: readonly Verb[]
  /** The server holds it to rules between its fields. */
  checked?: boolean
}

export type Operation = { name: string; title: string; help: string; area: string; fields: Fields; ofPage?: true }

export type Catalogue = {
  areas: { name: string; title: string }[]
  kinds: OwnKind[]
  operations: Operation[]
  regions: { code: string; title: string }[]
  /** Pages of identity, rights and audit that this user has. */
  desks: { name: string; title: string }[]
  /** Every kind's title, for those who audit all of them. */
  kindTitles?: Record<string, string>
  units: Record<string, string>
  /** Days before its end at which what holds until a day is warned of, the longest first. */
  warnDays?: readonly number[]
  /** Where maps take pictures of the ground from; none is asked otherwise. */
  mapTiles?: string
  /** Code tables short enough to choose from. */
  codeTables?: Record<string, { code: string; title: string; retired?: boolean }[]>
}

/** A record in its API form. */
export type Row = {
  id: string
  ownerId: string
  region: string
  version: number
  /** `void`, or one of the kind's own. */
  state: string
  voidReason?: string
  createdAt: string
  updatedAt: string
  titles?: Record<string, string>
} & Record<string, unknown>
