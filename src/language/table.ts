import { columnsOf, tableOf } from './columns.ts'
import { literal } from './field.ts'
import { typeOf } from './fields/index.ts'
import { type Kind, statesOf } from './kind.ts'
import { snake } from './names.ts'
import { openPersonalFields, sealedChecks, sealedFields } from './sealed.ts'
import { addedFunction, changedFunction, usesRule } from './trigger.ts'

/** A named part of a table with its SQL. */
export type Part = { name: string; sql: string }

/** The table of a kind, part by part, so that a migration can be drafted from what differs. */
export type Table = {
  name: string
  columns: readonly Part[]
  constraints: readonly Part[]
  /** Whole statements. */
  indexes: readonly Part[]
  functions: readonly Part[]
  triggers: readonly Part[]
  grant: string
}

function ownColumns(kind: Kind): Part[] {
  const empty = [...sealedFields(kind), ...openPersonalFields(kind)]
  return Object.entries(kind.fields).flatMap(([name, field]) =>
    columnsOf(name, field).map((column) => {
      if (column.generated)
        return { name: column.name, sql: `${column.type} generated always as (${column.generated}) stored` }
      // A field that came later stays nullable in the table: rows from before have none; the door asks for it.
      // So does a sealed one: it is there for its type; and a personal one that is not, which an older release seals.
      const always =
        field.required && !field.derived && !field.since && !column.name.endsWith('_until') && !empty.includes(name)
      return { name: column.name, sql: column.type + (always ? ' not null' : '') }
    }),
  )
}

/** Whether a record was written later than its kind allows after it happened. */
function lateColumn(kind: Kind): Part[] {
  const { occurred, lateAfterHours } = kind.timing ?? {}
  if (!occurred || !lateAfterHours) return []
  // A day ends at midnight in Asia/Shanghai.
  const moment =
    kind.fields[occurred]?.type === 'day'
      ? `((${snake(occurred)} + 1)::timestamp at time zone 'Asia/Shanghai')`
      : snake(occurred)
  return [
    {
      name: 'late',
      sql: `boolean generated always as (created_at - ${moment} > interval '${lateAfterHours} hours') stored`,
    },
  ]
}

/** Whose key seals the personal fields, the fields sealed, and keyed digests by which their exact values are found. */
function personColumns(kind: Kind): Part[] {
  if (sealedFields(kind).length === 0) return []
  return [
    { name: 'person_id', sql: 'uuid' },
    { name: 'sealed', sql: 'text' },
    { name: 'blind', sql: 'text[]' },
  ]
}

function columns(kind: Kind): Part[] {
  return [
    { name: 'owner_id', sql: 'uuid not null' },
    { name: 'id', sql: 'uuid not null' },
    { name: 'version', sql: 'integer not null default 1' },
    { name: 'state', sql: `text not null default '${statesOf(kind)[0]}'` },
    { name: 'void_reason', sql: 'text' },
    ...(kind.isOwner ? [] : [{ name: 'region', sql: 'text not null' }]),
    ...ownColumns(kind),
    { name: 'city', sql: "text not null generated always as (left(region, 4) || '00') stored" },
    { name: 'county', sql: 'text not null generated always as (region) stored' },
    { name: 'merged_into', sql: 'uuid' },
    ...(kind.about ? [{ name: 'about_id', sql: `uuid generated always as (${snake(kind.about)}) stored` }] : []),
    ...lateColumn(kind),
    ...personColumns(kind),
    { name: 'search', sql: 'tsvector' },
    { name: 'created_at', sql: 'timestamptz not null' },
    { name: 'updated_at', sql: 'timestamptz not null' },
  ]
}

function fieldConstraints(kind: Kind): Part[] {
  const table = tableOf(kind)
  const own = Object.entries(kind.fields).flatMap(([name, field]) =>
    typeOf(field)
      .constraints(field, snake(name))
      .map((condition, index) => ({ name: `${table}_${snake(name)}_${index + 1}`, sql: `check (${condition})` })),
  )
  const atTheDoor = sealedChecks(kind)
  const cross = (kind.checks ?? [])
    .filter((check) => !usesRule(check) && !atTheDoor.includes(check))
    .map((check) => ({ name: `${table}__${check.name}`, sql: `check (${check.sql})` }))
  return [...own, ...cross]
}

/** References to owners are held by the database; other references are proven by the door when they are written. */
function foreignKeys(kind: Kind, owners: ReadonlySet<string>): Part[] {
  const table = tableOf(kind)
  return Object.entries(kind.fields).flatMap(([name, field]) =>
    field.type === 'reference' && owners.has(field.to)
      ? [{ name: `${table}_${snake(name)}_refers`, sql: `foreign key (${snake(name)}) references owner (id)` }]
      : [],
  )
}

function constraints(kind: Kind, owners: ReadonlySet<string>): Part[] {
  const table = tableOf(kind)
  const states = [...statesOf(kind), 'void'].map(literal).join(', ')
  return [
    { name: `${table}_pkey`, sql: 'primary key (owner_id, id)' },
    { name: `${table}_version`, sql: 'check (version > 0)' },
    { name: `${table}_state`, sql: `check (state in (${states}))` },
    { name: `${table}_void`, sql: "check ((state = 'void') = (void_reason is not null))" },
    ...(kind.isOwner ? [{ name: `${table}_is_owner`, sql: 'check (owner_id = id)' }] : []),
    ...fieldConstraints(kind),
    ...foreignKeys(kind, owners),
  ]
}

const referenceColumns = (kind: Kind): string[] =>
  Object.entries(kind.fields).flatMap(([name, field]) => (field.type === 'reference' ? [snake(name)] : []))

function indexes(kind: Kind): Part[] {
  const table = tableOf(kind)
  const sort = kind.list.sort ? `${snake(kind.list.sort.replace(/^-/, ''))}, ` : ''
  const index = (name: string, on: string) => ({
    name: `${table}_${name}`,
    sql: `create index ${table}_${name} on ${table} ${on};`,
  })
  return [
    index('by_id', '(id)'),
    // Without an order of its own the primary key serves the owner's list.
    ...(sort ? [index('by_owner', `(owner_id, ${sort}id)`)] : []),
    // With the owner last: which rows are a station's is read in the index, in the list's order, without the table.
    index('by_county', `(county, ${sort}id, owner_id)`),
    ...(kind.about ? [index('by_about', `(about_id, ${sort}id)`)] : []),
    index('by_city', `(city, ${sort}id)`),
    ...(sealedFields(kind).length > 0 ? [index('by_blind', 'using gin (blind)')] : []),
    index('by_search', 'using gin (search)'),
    // What refers to a record, newest first: its page asks every kind, and lists are narrowed by it.
    ...referenceColumns(kind).map((column) => index(`by_${column}`, `(${column}, id) where ${column} is not null`)),
  ]
}

const trigger = (name: string, when: string): Part => ({
  name,
  sql: `create or replace trigger ${name} ${when} execute function ${name}();`,
})

/** The table that a declaration derives. `owners` names the kinds that are owners. */
export function tableFor(kind: Kind, owners: ReadonlySet<string>): Table {
  const name = tableOf(kind)
  return {
    name,
    columns: columns(kind),
    constraints: constraints(kind, owners),
    indexes: indexes(kind),
    functions: [
      { name: `${name}_changed`, sql: changedFunction(kind) },
      { name: `${name}_added`, sql: addedFunction(kind) },
    ],
    triggers: [
      trigger(`${name}_changed`, `after update on ${name} for each row`),
      trigger(`${name}_added`, `after insert on ${name} referencing new table as added for each statement`),
    ],
    grant: `grant select, insert, update on ${name} to shisu_web;`,
  }
}

/** The whole DDL of a new kind. */
export function tableSql(kind: Kind, owners: ReadonlySet<string>): string {
  const table = tableFor(kind, owners)
  const body = [
    ...table.columns.map((column) => `  ${column.name} ${column.sql}`),
    ...table.constraints.map((constraint) => `  constraint ${constraint.name} ${constraint.sql}`),
  ]
  return [
    `-- ${kind.title}`,
    `create table ${table.name} (\n${body.join(',\n')}\n);`,
    ...table.indexes.map((index) => index.sql),
    ...table.functions.map((each) => each.sql),
    ...table.triggers.map((each) => each.sql),
    table.grant,
  ].join('\n')
}
