/** Comparisons of two values. A comparison with a blank is neither true nor false: it is undecided. */
export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le'

/** What users say about a record, as data: no code of theirs ever runs. */
export type Condition =
  | { op: 'all' | 'any'; of: readonly Condition[] }
  | { op: 'not'; of: Condition }
  | { op: Comparison; left: Operand; right: Operand }
  | { op: 'in'; left: Operand; values: readonly string[] }
  | { op: 'filled' | 'blank'; field: string }
  /** `shape`: A a letter, 9 a digit, * any characters, all else itself. */
  | { op: 'starts' | 'ends' | 'contains' | 'shape'; left: Operand; text: string }
  /** No other record of the same owner has the same values. */
  | { op: 'unique'; fields: readonly string[] }
  /** Of every line, or of at least one; inside, names mean the line's fields. */
  | { op: 'each' | 'some'; lines: string; of: Condition }
  /** What another rule demands. */
  | { op: 'rule'; rule: string }

export type Operand =
  /** A field; `supplier.state` goes through a reference, `licence.until` into a validity. */
  | { op: 'field'; name: string }
  /** Money in fen; amounts with their unit. */
  | { op: 'value'; value: string | number; unit?: string }
  | { op: 'today' | 'now' }
  | { op: 'add' | 'sub' | 'mul' | 'div'; left: Operand; right: Operand }
  /** How long from one moment to another. */
  | { op: 'hours' | 'days'; from: Operand; to: Operand }
  | { op: 'count'; lines: string }
  | { op: 'sum'; lines: string; field: string }
  /** A figure of the rules table, as it is on the day. */
  | { op: 'law'; name: string }
