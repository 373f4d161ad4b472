import type { Problem } from './problem.ts'

/**
 * Who may ever see a field: `public` anyone, `internal` whoever may read the record,
 * `personal` a natural person's data, `secret` never leaves the server in a list or an export.
 */
export type FieldClass = 'public' | 'internal' | 'personal' | 'secret'

/** For what a natural person must have agreed of his own (PIPL Arts 29 and 31): faces, health, minors. */
export type ConsentPurpose = 'face' | 'health' | 'minor'

/** What every field says, whatever its type. */
export type FieldBase = {
  title: string
  /** One sentence below the input: what to enter, not what the field is. */
  help?: string
  required?: boolean
  class?: FieldClass
  /**
   * `false` where a personal field says something of a person but not of whom (a temperature, a symptom): it is masked
   * and its reads recorded like any other, but not sealed, so that rules and figures can be made of it. Without it a
   * personal field is sealed.
   */
  identifying?: false
  /** Refused unless the person of the record agreed to it and still does. */
  consent?: ConsentPurpose
  /** Set by the server, refused as input. */
  derived?: boolean
  /** A device says it, or another system: taken by the door and from an export, asked of a person by no form or template. */
  byDevice?: true
  /** SQL over the record's own columns that gives its value; the database keeps it true. Goes with `derived`. */
  computed?: string
  /** The schemaVersion with which it came, where rows from before it exist. */
  since?: number
  /** What it was called before; the column is renamed with it. */
  was?: string
  /** No two records hold the same value (a claim): in the whole platform, or of one owner. */
  unique?: true | 'owner'
}

/** What ends on a day and is renewed before: a validity, or the day until which something holds. */
export type Renewed = {
  /**
   * What has to be done before the end, as it stands in 待办: 换发健康证明. It is put before the owner's people from the
   * first day of warning, after the end before the authority too, and is gone when a later end is recorded.
   */
  renewal?: string
}

/** Whether people are asked for it. */
export const isAsked = (field: FieldBase): boolean => !field.derived && !field.byDevice

/** What a field's constructor takes: everything but its type, remembering whether it is required. */
export type Declared<Field extends FieldBase, Required extends boolean> = Omit<Field, 'type' | 'required'> & {
  required?: Required
}

/** What a field's constructor gives: the field, with `required` known to the row's type. */
export type Known<Field extends FieldBase, Required extends boolean> = Field & { required?: Required }

/** A stored column: its name suffix (empty for the main one), SQL type, and the SQL that generates it where it does. */
export type Column = { suffix: string; type: string; generated?: (column: string) => string }

/** Outcome of checking one value: the normalised value, or what is wrong with it. */
export type Checked<Value> = { value: Value; problems?: undefined } | { problems: Problem[] }

/** How a list narrows by this field. */
export type FilterShape = 'equal' | 'range' | 'validity' | 'none'

/**
 * Everything the house knows about one type of field, in one place (after Keystone's field types):
 * column, constraint, JSON form, check and filter. Inputs and cells for it live in `web/input`.
 */
export type FieldType<Field extends FieldBase, Value> = {
  columns(field: Field): readonly Column[]
  /** SQL conditions on the columns; `column` is the main column's name. */
  constraints(field: Field, column: string): readonly string[]
  /** JSON Schema of the API form. */
  schema(field: Field): Record<string, unknown>
  /** Turns an untrusted JSON value (never null) into the normal API form. */
  check(value: unknown, field: Field, at: string): Checked<Value>
  /** Values for the columns, keyed by suffix, in the form `jsonb_populate_record` reads. */
  toColumns(value: Value, field: Field): Record<string, unknown>
  /** SQL that yields the API form as JSON from the columns of row `row`; exact numbers as strings, instants in UTC. */
  image(row: string, column: string, field: Field): string
  filter: FilterShape
  /** The files that a checked value names. */
  files?(value: Value, field: Field, at: string): readonly NamedFile[]
}

/** A file that a record names: where, and what is told if it was never uploaded. */
export type NamedFile = { sha256: string; text: string; at: string }

/** A refused value. */
export function refuse(code: string, text: string, at: string): { problems: Problem[] } {
  return { problems: [{ code, text, at }] }
}

/** An SQL string literal. Only for text that stands in a declaration. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
