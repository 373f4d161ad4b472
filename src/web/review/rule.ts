import type { Condition } from '../../language/expression/index.ts'
import type { Defined } from '../../platform/define/wire.ts'

export const dimensions = {
  completeness: '完整性',
  timeliness: '及时性',
  correctness: '准确性',
  duplicates: '重复',
} as const
export const levels = { bad: '严重', warn: '一般', info: '提示' } as const
export type RuleBody = {
  source: string
  dimension: keyof typeof dimensions
  level: keyof typeof levels
  when?: Condition
  must?: Condition
  advice?: string
  task?: 'owner' | 'authority'
}

export type Rule = Defined<RuleBody> & { words: string | null; open: number }

export type Trial = {
  words: string
  records: number
  applied: number
  broken: number
  undecided: number
  hitsAll: boolean
  examples: { id: string; title: string; owner: string }[]
  ms: number
}
