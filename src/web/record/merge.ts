import type { Fields } from '../../language/fields/index.ts'
import type { Row } from '../shell/row.ts'
import { type Content, isSame, ownFields } from './content.ts'

export type Conflict = { base: Row; mine: Content; theirs: Row }

/** Fields that both changed, to different values; what only they changed is simply taken over. */
export function contested(fields: Fields, { base, mine, theirs }: Conflict): string[] {
  return Object.keys(ownFields(fields)).filter(
    (name) => !isSame(theirs[name], base[name]) && !isSame(mine[name], base[name]) && !isSame(mine[name], theirs[name]),
  )
}

/** Mine where only I changed it or I chose mine; theirs otherwise. */
export function merged(
  fields: Fields,
  { base, mine, theirs }: Conflict,
  chosen: Record<string, 'mine' | 'theirs'>,
): Content {
  const names = Object.keys(ownFields(fields))
  return Object.fromEntries(
    names.map((name) => {
      const isMine = chosen[name] ? chosen[name] === 'mine' : !isSame(mine[name], base[name])
      return [name, isMine ? mine[name] : theirs[name]]
    }),
  )
}
