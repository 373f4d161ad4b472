import type { Condition } from '../../language/expression/index.ts'

/** What a rule looks at, as data-quality reports group it. */
export const dimensions = {
  completeness: '完整性',
  timeliness: '及时性',
  correctness: '准确性',
  duplicates: '重复',
} as const
export type Dimension = keyof typeof dimensions

export const levels = { bad: '严重', warn: '一般', info: '提示' } as const

/** Where `when` holds, `must` must hold; a record for which it is false is a finding, one that cannot be judged is none. */
export type RuleBody = {
  source: string
  dimension: Dimension
  level: keyof typeof levels
  when?: Condition
  must: Condition
  advice?: string
  /** Before whom a finding is put as 待办; nobody, where it is not said. */
  task?: 'owner' | 'authority'
}

/** One line of the data-quality report; shares are of records, completeness is of fields. */
export type QualityRow = {
  key: string
  title: string
  records: number
  /** Filled of all fields that a person fills. */
  filled: number
  fields: number
  /** Recorded late; null where the kind knows no lateness. */
  late: number | null
  incorrect: number
  repeated: number
  incomplete: number
}

export type QualityGroup = 'kind' | 'owner' | 'region' | 'month' | 'source'

/** What a rule finds in what was recorded so far. */
export type Trial = {
  records: number
  applied: number
  broken: number
  /** Not to be judged: something is blank, or a divisor is 0. */
  undecided: number
  examples: { id: string; title: string; owner: string; version: number }[]
  ms: number
}

/** The same as its writer is answered; `hitsAll`: it finds nearly everything wrong, and is asked about before it is switched on. */
export type TriedRule = Trial & { words: string; hitsAll: boolean }

/** The data-quality report of a period. */
export type QualityAnswer = { asOf: string; from: string; to: string; rows: QualityRow[] }
