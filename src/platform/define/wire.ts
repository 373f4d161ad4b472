/** What rules, indicators and report templates may be. */
export const definitionStates = { draft: '草稿', on: '已启用', off: '已停用' } as const
export type DefinitionState = keyof typeof definitionStates

/** A version that a definition had. `At`: a moment, text on the wire. */
export type DefinitionVersion<At = string> = {
  version: number
  title: string
  state: DefinitionState
  actor: string
  at: At
}

/** A definition as its reader is answered. */
export type Defined<Body, At = string> = {
  id: string
  title: string
  version: number
  state: DefinitionState
  body: Body
  ownerTitle: string
  /** Why the platform switched it off by itself. */
  trouble: string | null
  /** Whether the reader may change it. */
  mine: boolean
  updatedAt: At
  updatedBy: string
  /** Only of one that is asked for alone, newest first. */
  versions?: readonly DefinitionVersion<At>[]
}
