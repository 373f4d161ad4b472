import { literal } from './field.ts'
import { type Field, typeOf } from './fields/index.ts'
import { instantImage } from './fields/instant.ts'
import { type CrossCheck, type Kind, statesOf, uniqueFields } from './kind.ts'
import { snake } from './names.ts'

/** The table of a kind. */
export function tableOf(kind: Kind): string {
  return snake(kind.name)
}

/** The stored columns of one field: full name and type. */
export function columnsOf(name: string, field: Field): { name: string; type: string; generated?: string }[] {
  return typeOf(field)
    .columns(field)
    .map(({ suffix, type, generated }) => ({ name: snake(name) + suffix, type, generated: generated?.(snake(name)) }))
}

/** All columns that are written from fields, in declared order. */
export function fieldColumns(kind: Kind): { name: string; type: string }[] {
  return Object.entries(kind.fields)
    .flatMap(([name, field]) => columnsOf(name, field))
    .filter((column) => column.generated === undefined)
}

function columnLines(kind: Kind): string[] {
  return Object.entries(kind.fields).flatMap(([name, field]) =>
    columnsOf(name, field).map((column) => {
      if (column.generated) return `  ${column.name} ${column.type} generated always as (${column.generated}) stored`
      const main = column.name === snake(name) || !column.name.endsWith('_until')
      const always = field.required && !field.derived && main ? ' not null' : ''
      return `  ${column.name} ${column.type}${always}`
    }),
  )
}

/** Whether a record was written later than its kind allows after it happened. */
function lateLine(kind: Kind): string[] {
  const { occurred, lateAfterHours } = kind.timing ?? {}
  if (!occurred || !lateAfterHours) return []
  // A day ends at midnight in Asia/Shanghai.
  const moment =
    kind.fields[occurred]?.type === 'day'
      ? `((${snake(occurred)} + 1)::timestamp at time zone 'Asia/Shanghai')`
      : snake(occurred)
  return [`  late boolean generated always as (created_at - ${moment} > interval '${lateAfterHours} hours') stored`]
}

function constraintLines(kind: Kind): string[] {
  const table = tableOf(kind)
  const own = Object.entries(kind.fields).flatMap(([name, field]) =>
    typeOf(field)
      .constraints(field, snake(name))
      .map((condition, index) => `  constraint ${table}_${snake(name)}_${index + 1} check (${condition})`),
  )
  const cross = (kind.checks ?? [])
    .filter((check) => !usesRule(check))
    .map((check) => `  constraint ${table}__${check.name} check (${check.sql})`)
  return [...own, ...cross]
}

const usesRule = (check: CrossCheck): boolean => check.sql.includes("rule('")

/** A cross-check's SQL over row `new`, with its figures taken on `day`. Names inside literals stay as they are. */
function onRow(kind: Kind, sql: string, day: string): string {
  const columns = new Set(
    Object.entries(kind.fields).flatMap(([name, field]) => columnsOf(name, field).map((c) => c.name)),
  )
  const qualified = sql
    .split(/('[^']*')/)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part.replace(/\b[a-z][a-z0-9_]*\b/g, (word) => (columns.has(word) ? `new.${word}` : word)),
    )
    .join('')
  return qualified.replace(/rule\('([a-z0-9.-]+)'\)/g, (_, name) => `rule_value('${name}', ${day})`)
}

/** Checks against figures of the law, which change on a date: made when the row is written, for the day it speaks of. */
function ruleStatements(kind: Kind): string {
  const occurred = kind.timing?.occurred
  const moment = occurred ? `new.${snake(occurred)}` : 'new.created_at'
  const day = occurred && kind.fields[occurred]?.type === 'day' ? moment : legalDay(moment)
  return (kind.checks ?? [])
    .filter(usesRule)
    .map(
      (check) => `  if not coalesce(${onRow(kind, check.sql, day)}, true) then
    raise exception using errcode = '23514', constraint = '${tableOf(kind)}__${check.name}', message = 'rule';
  end if;
`,
    )
    .join('')
}

const legalDay = (instant: string): string => `(${instant} at time zone 'Asia/Shanghai')::date`

/** References to owners are held by the database; other references are proven by the door when they are written. */
function foreignKeys(kind: Kind, owners: ReadonlySet<string>): string[] {
  const table = tableOf(kind)
  return Object.entries(kind.fields).flatMap(([name, field]) =>
    field.type === 'reference' && owners.has(field.to)
      ? [`  constraint ${table}_${snake(name)}_refers foreign key (${snake(name)}) references owner (id)`]
      : [],
  )
}

/** SQL that yields the API form of row `row` (the same for answers, history, ledger leaves and exports). */
export function imageOf(kind: Kind, row: string): string {
  const pairs = [
    ['id', `${row}.id`],
    ['ownerId', `${row}.owner_id`],
    ['version', `${row}.version`],
    ['state', `${row}.state`],
    ['voidReason', `${row}.void_reason`],
    ['mergedInto', `${row}.merged_into`],
    ...(kind.timing?.lateAfterHours ? [['late', `nullif(${row}.late, false)`]] : []),
    ['region', `${row}.region`],
    ...Object.entries(kind.fields)
      .filter(([name]) => !(kind.isOwner && name === 'region'))
      .map(([name, field]) => [name, typeOf(field).image(row, snake(name), field)]),
    ['createdAt', instantImage(`${row}.created_at`)],
    ['updatedAt', instantImage(`${row}.updated_at`)],
  ]
  // jsonb_build_object takes at most 100 arguments.
  const chunks: string[] = []
  for (let i = 0; i < pairs.length; i += 40)
    chunks.push(
      `jsonb_build_object(${pairs
        .slice(i, i + 40)
        .map(([name, sql]) => `${literal(name as string)}, ${sql}`)
        .join(', ')})`,
    )
  return `jsonb_strip_nulls(${chunks.join(' || ')})`
}

function indexes(kind: Kind): string[] {
  const table = tableOf(kind)
  const sort = kind.list.sort ? `${snake(kind.list.sort.replace(/^-/, ''))}, ` : ''
  return [
    `create index ${table}_id on ${table} (id);`,
    // Without an order of its own the primary key serves the owner's list.
    ...(sort ? [`create index ${table}_own on ${table} (owner_id, ${sort}id);`] : []),
    `create index ${table}_county on ${table} (county, ${sort}id);`,
    ...(kind.about ? [`create index ${table}_about on ${table} (about_id, ${sort}id);`] : []),
    `create index ${table}_city on ${table} (city, ${sort}id);`,
    `create index ${table}_search on ${table} using gin (search);`,
  ]
}

function claimStatements(kind: Kind): string {
  return uniqueFields(kind)
    .map((name) => {
      const column = snake(name)
      const namespace = literal(`${kind.name}.${name}`)
      return `  if tg_op = 'UPDATE' and old.${column} is not null and (new.${column} is distinct from old.${column} or new.state = 'void') then
    delete from claim where namespace = ${namespace} and key = old.${column} and owner_id = old.owner_id;
  end if;
  if new.${column} is not null and new.state <> 'void' and (tg_op = 'INSERT' or new.${column} is distinct from old.${column}) then
    insert into claim (namespace, key, owner_id, record_id) values (${namespace}, new.${column}, new.owner_id, new.id);
  end if;
`
    })
    .join('')
}

function ownerStatement(kind: Kind): string {
  if (!kind.isOwner) return ''
  const gln = Object.hasOwn(kind.fields, 'gln') ? 'new.gln' : 'null'
  const title = `new.${snake(kind.titleFields[0] as string)}`
  return `  insert into owner (id, title, region, gln) values (new.owner_id, ${title}, new.region, ${gln})
  on conflict (id) do update set title = excluded.title, region = excluded.region, gln = excluded.gln;
`
}

/** The trigger that writes history, so that no code path can forget it. */
function trigger(kind: Kind): string {
  const table = tableOf(kind)
  return `create function ${table}_changed() returns trigger language plpgsql as $$
begin
${ruleStatements(kind)}${claimStatements(kind)}${ownerStatement(kind)}  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, ${literal(kind.name)}, new.id, new.version, ${kind.schemaVersion},
    current_setting('shisu.actor', true), new.region, ${imageOf(kind, 'new')});
  return null;
end $$;
create trigger ${table}_changed after insert or update on ${table} for each row execute function ${table}_changed();`
}

/** The whole DDL of a kind. `owners` names the kinds that are owners. */
export function tableSql(kind: Kind, owners: ReadonlySet<string>): string {
  const table = tableOf(kind)
  const ownRegion = kind.isOwner ? [] : ['  region text not null']
  const body = [
    '  owner_id uuid not null',
    '  id uuid not null',
    '  version integer not null default 1 check (version > 0)',
    `  state text not null default '${statesOf(kind)[0]}' check (state in (${[...statesOf(kind), 'void'].map(literal).join(', ')}))`,
    "  void_reason text check ((state = 'void') = (void_reason is not null))",
    ...ownRegion,
    ...columnLines(kind),
    "  city text not null generated always as (left(region, 4) || '00') stored",
    '  county text not null generated always as (region) stored',
    '  merged_into uuid',
    ...(kind.about ? [`  about_id uuid generated always as (${snake(kind.about)}) stored`] : []),
    ...lateLine(kind),
    '  search tsvector',
    '  created_at timestamptz not null',
    '  updated_at timestamptz not null',
    `  constraint ${table}_pkey primary key (owner_id, id)`,
    ...(kind.isOwner ? [`  constraint ${table}_is_owner check (owner_id = id)`] : []),
    ...constraintLines(kind),
    ...foreignKeys(kind, owners),
  ]
  return [
    `-- ${kind.title}`,
    `create table ${table} (\n${body.join(',\n')}\n);`,
    ...indexes(kind),
    trigger(kind),
    `grant select, insert, update on ${table} to shisu_web;`,
  ].join('\n')
}
