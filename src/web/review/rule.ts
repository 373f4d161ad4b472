import type { Condition } from '../../language/expression/index.ts'
import type { Defined } from '../../platform/define/wire.ts'
import type { RuleBody as Whole } from '../../platform/review/wire.ts'

export type { TriedRule as Trial } from '../../platform/review/wire.ts'
export { dimensions, levels } from '../../platform/review/wire.ts'

/** A rule while it is written: what must hold may be missing yet. */
export type RuleBody = Omit<Whole, 'must'> & { must?: Condition }

export type Rule = Defined<RuleBody> & { words: string | null; open: number }
