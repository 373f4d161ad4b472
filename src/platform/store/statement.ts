import { tableOf } from '../../language/columns.ts'
import { literal } from '../../language/field.ts'
import { nextNumber } from '../../language/fields/document-number.ts'
import { openableTextOf } from '../../language/image.ts'
import { type Field, type Kind, openStates, typeOf } from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import { sealedChecks, sealedFields, writtenColumns } from '../../language/sealed.ts'
import { checkOn } from '../../language/trigger.ts'
import { type Reach, within, withinNew } from '../access/reach.ts'
import { standingSql } from '../access/standing.ts'

/** The statements of one kind for one reach: built once, then prepared by the driver. */

type Kinds = ReadonlyMap<string, Kind>

/** What a snapshot copies, read from the referred record as it is now. */
function snapshotSql(kind: Kind, from: string, fields: readonly string[], kinds: Kinds, id: string): string {
  const source = kind.fields[from]
  const referred = source?.type === 'reference' ? kinds.get(source.to) : undefined
  if (!referred) throw new Error(`${kind.name}: snapshot of ${from} refers to nothing`)
  // What is sealed is copied sealed: erasing that person erases him here too.
  const copiesSealed = fields.some((name) => sealedFields(referred).includes(name))
  const pairs = [
    ...fields.map(
      (name) =>
        `'${name}', ${typeOf(referred.fields[name] as Field).image('s', snake(name), referred.fields[name] as Field)}`,
    ),
    ...(copiesSealed
      ? [
          "'person', case when s.sealed is not null then jsonb_build_object('of', s.id, 'id', s.person_id, 'sealed', s.sealed) end",
        ]
      : []),
  ]
  return `(select jsonb_strip_nulls(jsonb_build_object(${pairs.join(', ')})) from ${tableOf(referred)} s where s.id = ${id})`
}

/** For each snapshot column, its SQL by the new row's reference. */
function snapshots(kind: Kind, kinds: Kinds): Map<string, { reference: string; sql: string }> {
  return new Map(
    Object.entries(kind.fields).flatMap(([name, field]) => {
      if (field.type !== 'snapshot') return []
      const reference = snake(field.from)
      return [[snake(name), { reference, sql: snapshotSql(kind, field.from, field.fields, kinds, `r.${reference}`) }]]
    }),
  )
}

/** For each document number column, its SQL. */
function numbers(kind: Kind): Map<string, string> {
  return new Map(
    Object.entries(kind.fields).flatMap(([name, field]) =>
      field.type === 'documentNumber' ? [[snake(name), nextNumber(field, 'r.owner_id', 'r.created_at')]] : [],
    ),
  )
}

/** Columns beside the fields' own: whose key, what is sealed, by what it is found. */
const personColumns = (kind: Kind) => (sealedFields(kind).length > 0 ? ['person_id', 'sealed', 'blind'] : [])

/** Cross-checks over sealed fields are made on the values that come in and go nowhere. */
const checked = (kind: Kind) =>
  sealedChecks(kind)
    .map((check) => ` and require_check(${checkOn(kind, check, 'r')}, ${literal(`${tableOf(kind)}__${check.name}`)})`)
    .join('')

/** Keeps new persons with the rows that speak of them; a row that is not written leaves none behind. */
function withPersons(kind: Kind, actor: string, write: string, image: string, parameter: string): string {
  if (sealedFields(kind).length === 0) return `${actor}\n${write}\nreturning ${image}::text as image`
  return `${actor}, written as (
${write}
returning t.person_id, ${image}::text as image),
kept as materialized (select keep_persons(${parameter}::text::jsonb, (select array_agg(person_id) from written)))
select w.image from written w, kept`
}

/**
 * The rows that came in. Read as the table's own type they would bring its checks and defaults along, which the database
 * copies for each statement; so only what is written is named. Checks at the door may speak of any column.
 */
function incoming(kind: Kind, parameter: string): string {
  const json = `${parameter}::text::jsonb`
  if (sealedChecks(kind).length > 0) return `jsonb_populate_recordset(null::${tableOf(kind)}, ${json}) r`
  const columns = [
    'owner_id uuid',
    'id uuid',
    ...writtenColumns(kind).flatMap(({ name, type, isSealed }) => (isSealed ? [] : [`${name} ${type}`])),
    ...(sealedFields(kind).length > 0 ? ['person_id uuid', 'sealed text', 'blind text[]'] : []),
    'search tsvector',
    'created_at timestamptz',
    'updated_at timestamptz',
  ]
  return `jsonb_to_recordset(${json}) as r(${columns.join(', ')})`
}

const actorFirst = (standing = ''): string =>
  `with me as materialized (select set_config('shisu.actor', $1, true)${standing && ` from ${standing}`})`

/**
 * $1 actor, $2 an array of columns as JSON, $3 reach, $4 new persons where the kind seals fields, the last what was read
 * of an actor who is remembered. Returns the new images without what was given as it is stored (`givenFields`); a row that
 * exists or is out of reach is left out, and every row where the actor is no longer as he was read. Where numbers are given,
 * a row that exists fails the statement instead, so that no number is lost.
 */
export function insertSql(
  kind: Kind,
  kinds: Kinds,
  reach: Reach,
  { returns, isRemembered }: { returns: 'image' | 'id'; isRemembered: boolean },
): string {
  const table = tableOf(kind)
  const snaps = snapshots(kind, kinds)
  const given = numbers(kind)
  const written = writtenColumns(kind)
  const columns = [...written.map((column) => column.name), ...personColumns(kind)]
  const values = [
    ...written.map(({ name, type, isSealed }) =>
      isSealed ? `null::${type}` : (snaps.get(name)?.sql ?? given.get(name) ?? `r.${name}`),
    ),
    ...personColumns(kind).map((name) => `r.${name}`),
  ]
  const region = kind.isOwner ? 'r.region' : 'o.region'
  const head = kind.isOwner ? ['owner_id', 'id'] : ['owner_id', 'id', 'region']
  const headValues = kind.isOwner ? ['r.owner_id', 'r.id'] : ['r.owner_id', 'r.id', 'o.region']
  const write = `insert into ${table} as t (${[...head, ...columns, 'search', 'created_at', 'updated_at'].join(', ')})
select ${[...headValues, ...values, 'r.search', 'r.created_at', 'r.updated_at'].join(', ')}
from me, ${incoming(kind, '$2')}${kind.isOwner ? '' : ' join owner o on o.id = r.owner_id'}
where ${withinNew('r.owner_id', region, reach, '$3')}${checked(kind)}
${given.size > 0 ? '' : 'on conflict (owner_id, id) do nothing'}`
  // Whoever writes a new row holds its person's key.
  const image = returns === 'image' ? openableTextOf(kind, 't', { isNew: true }) : "jsonb_build_object('id', t.id)"
  const last = sealedFields(kind).length > 0 ? '$5::text' : '$4::text'
  return withPersons(kind, isRemembered ? actorFirst(standingSql(last)) : actorFirst(), write, image, '$4')
}

/** A step of the record's life that an update takes. */
export type Step = { from: readonly string[]; to: string }

/**
 * $1 actor, $2 changed columns as JSON, $3 reach, $4 id, $5 version that was read, $6 new persons where the kind seals
 * fields. With a step the state moves too.
 */
export function updateSql(kind: Kind, kinds: Kinds, reach: Reach, step?: Step): string {
  const table = tableOf(kind)
  const snaps = snapshots(kind, kinds)
  const written = writtenColumns(kind)
  const columns = [...written.map((column) => column.name), ...personColumns(kind)]
  const fields = written.map(({ name, type, isSealed }) => {
    const snap = snaps.get(name)
    if (isSealed) return `null::${type}`
    return snap
      ? `case when r.${snap.reference} is distinct from t.${snap.reference} then ${snap.sql} else t.${name} end`
      : `r.${name}`
  })
  const values = [...fields, ...personColumns(kind).map((name) => `r.${name}`)]
  const after = kind.isOwner ? ` and ${withinNew('t.owner_id', 'r.region', reach, '$3')}` : ''
  const write = `update ${table} t set (${[...columns, 'search', 'updated_at'].join(', ')}) =
  (select ${[...values, 'r.search', 'r.updated_at'].join(', ')} from jsonb_populate_record(t, $2::text::jsonb) r),
  ${step ? `state = ${literal(step.to)}, ` : ''}version = t.version + 1
from me
where t.id = $4 and t.version = $5 and t.state in (${(step?.from ?? openStates(kind)).map(literal).join(', ')})
  and ${within('t', reach, '$3')}
  and exists (select from jsonb_populate_record(t, $2::text::jsonb) r where true${after}${checked(kind)})`
  return withPersons(kind, actorFirst(), write, openableTextOf(kind, 't'), '$6')
}

/** $1 actor, $2 reason, $3 reach, $4 id, $5 version, $6 now, $7 the record it is merged into, or null. */
export function voidSql(kind: Kind, reach: Reach): string {
  return `${actorFirst()}
update ${tableOf(kind)} t set state = 'void', void_reason = $2, merged_into = $7::uuid, version = t.version + 1, updated_at = $6
from me
where t.id = $4 and t.version = $5 and t.state <> 'void' and ${within('t', reach, '$3')}
returning ${openableTextOf(kind, 't')} as image`
}

/** $1 id, $2 reach. */
export function selectSql(kind: Kind, reach: Reach): string {
  return `select ${openableTextOf(kind, 't')} as image from ${tableOf(kind)} t where t.id = $1 and ${within('t', reach, '$2')}`
}
