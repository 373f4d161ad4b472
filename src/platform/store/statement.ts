import { fieldColumns, tableOf } from '../../language/columns.ts'
import { literal } from '../../language/field.ts'
import { nextNumber } from '../../language/fields/document-number.ts'
import { imageTextOf } from '../../language/image.ts'
import { type Field, type Kind, openStates, typeOf } from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import { type Reach, within, withinNew } from '../access/reach.ts'

/** The statements of one kind for one reach: built once, then prepared by the driver. */

type Kinds = ReadonlyMap<string, Kind>

/** What a snapshot copies, read from the referred record as it is now. */
function snapshotSql(kind: Kind, from: string, fields: readonly string[], kinds: Kinds, id: string): string {
  const source = kind.fields[from]
  const referred = source?.type === 'reference' ? kinds.get(source.to) : undefined
  if (!referred) throw new Error(`${kind.name}: snapshot of ${from} refers to nothing`)
  const pairs = fields.map((name) => {
    const field = referred.fields[name] as Field
    return `'${name}', ${typeOf(field).image('s', snake(name), field)}`
  })
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

const actorFirst = `with me as materialized (select set_config('shisu.actor', $1, true))`

/**
 * $1 actor, $2 an array of columns as JSON, $3 reach. Returns the new images; a row that exists or is out of reach is
 * left out. Where numbers are given, a row that exists fails the statement instead, so that no number is lost.
 */
export function insertSql(kind: Kind, kinds: Kinds, reach: Reach, returns: 'image' | 'id' = 'image'): string {
  const table = tableOf(kind)
  const snaps = snapshots(kind, kinds)
  const given = numbers(kind)
  const columns = fieldColumns(kind).map((column) => column.name)
  const values = columns.map((name) => snaps.get(name)?.sql ?? given.get(name) ?? `r.${name}`)
  const region = kind.isOwner ? 'r.region' : 'o.region'
  const head = kind.isOwner ? ['owner_id', 'id'] : ['owner_id', 'id', 'region']
  const headValues = kind.isOwner ? ['r.owner_id', 'r.id'] : ['r.owner_id', 'r.id', 'o.region']
  const source = `jsonb_populate_recordset(null::${table}, $2::text::jsonb) r`
  return `${actorFirst}
insert into ${table} as t (${[...head, ...columns, 'search', 'created_at', 'updated_at'].join(', ')})
select ${[...headValues, ...values, 'r.search', 'r.created_at', 'r.updated_at'].join(', ')}
from me, ${source}${kind.isOwner ? '' : ' join owner o on o.id = r.owner_id'}
where ${withinNew('r.owner_id', region, reach, '$3')}
${given.size > 0 ? '' : 'on conflict (owner_id, id) do nothing\n'}returning ${returns === 'image' ? imageTextOf(kind, 't') : "jsonb_build_object('id', t.id)::text"} as image`
}

/** A step of the record's life that an update takes. */
export type Step = { from: readonly string[]; to: string }

/** $1 actor, $2 changed columns as JSON, $3 reach, $4 id, $5 version that was read. With a step the state moves too. */
export function updateSql(kind: Kind, kinds: Kinds, reach: Reach, step?: Step): string {
  const table = tableOf(kind)
  const snaps = snapshots(kind, kinds)
  const columns = fieldColumns(kind).map((column) => column.name)
  const values = columns.map((name) => {
    const snap = snaps.get(name)
    return snap
      ? `case when r.${snap.reference} is distinct from t.${snap.reference} then ${snap.sql} else t.${name} end`
      : `r.${name}`
  })
  const after = kind.isOwner ? ` and ${withinNew('t.owner_id', 'r.region', reach, '$3')}` : ''
  return `${actorFirst}
update ${table} t set (${[...columns, 'search', 'updated_at'].join(', ')}) =
  (select ${[...values, 'r.search', 'r.updated_at'].join(', ')} from jsonb_populate_record(t, $2::text::jsonb) r),
  ${step ? `state = ${literal(step.to)}, ` : ''}version = t.version + 1
from me
where t.id = $4 and t.version = $5 and t.state in (${(step?.from ?? openStates(kind)).map(literal).join(', ')})
  and ${within('t', reach, '$3')}
  and exists (select from jsonb_populate_record(t, $2::text::jsonb) r where true${after})
returning ${imageTextOf(kind, 't')} as image`
}

/** $1 actor, $2 reason, $3 reach, $4 id, $5 version, $6 now, $7 the record it is merged into, or null. */
export function voidSql(kind: Kind, reach: Reach): string {
  return `${actorFirst}
update ${tableOf(kind)} t set state = 'void', void_reason = $2, merged_into = $7::uuid, version = t.version + 1, updated_at = $6
from me
where t.id = $4 and t.version = $5 and t.state <> 'void' and ${within('t', reach, '$3')}
returning ${imageTextOf(kind, 't')} as image`
}

/** $1 id, $2 reach. */
export function selectSql(kind: Kind, reach: Reach): string {
  return `select ${imageTextOf(kind, 't')} as image from ${tableOf(kind)} t where t.id = $1 and ${within('t', reach, '$2')}`
}
