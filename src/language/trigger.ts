import { columnsOf, tableOf } from './columns.ts'
import { literal } from './field.ts'
import { imageOf } from './image.ts'
import { type CrossCheck, type Kind, uniqueFields } from './kind.ts'
import { snake } from './names.ts'
import { sealedChecks } from './sealed.ts'

/** Whether a check asks for a figure of the law: the trigger makes it, for the day the record speaks of. */
export const usesRule = (check: CrossCheck): boolean => check.sql.includes("rule('")

/** A cross-check's SQL over a row, with its figures taken on `day`. Names inside literals stay as they are. */
function onRow(kind: Kind, sql: string, row: string, day: string): string {
  const columns = new Set(
    Object.entries(kind.fields).flatMap(([name, field]) => columnsOf(name, field).map((c) => c.name)),
  )
  const qualified = sql
    .split(/('[^']*')/)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part.replace(/\b[a-z][a-z0-9_]*\b/g, (word) => (columns.has(word) ? `${row}.${word}` : word)),
    )
    .join('')
  return qualified.replace(/rule\('([a-z0-9.-]+)'\)/g, (_, name) => `rule_value('${name}', ${day})`)
}

/** A cross-check as a condition on a row, with figures of the law as they are on the day that the row speaks of. */
export function checkOn(kind: Kind, check: CrossCheck, row: string): string {
  const occurred = kind.timing?.occurred
  const moment = occurred ? `${row}.${snake(occurred)}` : `${row}.created_at`
  const day = occurred && kind.fields[occurred]?.type === 'day' ? moment : legalDay(moment)
  return onRow(kind, check.sql, row, day)
}

/** How a trigger's function names the row that is written, and where it stands where it is no row of its own. */
type Written = { row: string; from: string; fails(condition: string): string }

const changedRow: Written = { row: 'new', from: '', fails: (condition) => condition }
// Not `new`: PL/pgSQL has a variable of that name.
const addedRows: Written = {
  row: 'fresh',
  from: ' from added fresh',
  fails: (condition) => `exists (select from added fresh where ${condition})`,
}

/** Checks against figures of the law, which change on a date: made when the row is written, for the day it speaks of. */
function ruleStatements(kind: Kind, { row, fails }: Written): string {
  const atTheDoor = sealedChecks(kind)
  return (kind.checks ?? [])
    .filter((check) => usesRule(check) && !atTheDoor.includes(check))
    .map(
      (check) => `  if ${fails(`not coalesce(${checkOn(kind, check, row)}, true)`)} then
    raise exception using errcode = '23514', constraint = '${tableOf(kind)}__${check.name}', message = 'rule';
  end if;
`,
    )
    .join('')
}

const legalDay = (instant: string): string => `(${instant} at time zone 'Asia/Shanghai')::date`

/** SQL for the key under which a unique field's value is claimed: an owner's own numbers meet nobody else's. */
export function claimKey(kind: Kind, name: string, owner: string, value: string): string {
  return kind.fields[name]?.unique === 'owner' ? `${owner}::text || ' ' || ${value}` : value
}

const claimed = (kind: Kind) =>
  uniqueFields(kind).map((name) => {
    const column = snake(name)
    const key = (row: string) => claimKey(kind, name, `${row}.owner_id`, `${row}.${column}`)
    return { column, key, namespace: literal(`${kind.name}.${name}`) }
  })

const claimColumns = 'claim (namespace, key, owner_id, record_id)'

function newClaims(kind: Kind, { row, from }: Written): string {
  return claimed(kind)
    .map(
      ({ column, key, namespace }) => `  insert into ${claimColumns}
  select ${namespace}, ${key(row)}, ${row}.owner_id, ${row}.id${from} where ${row}.${column} is not null and ${row}.state <> 'void';
`,
    )
    .join('')
}

function movedClaims(kind: Kind): string {
  return claimed(kind)
    .map(
      ({
        column,
        key,
        namespace,
      }) => `  if old.${column} is not null and (new.${column} is distinct from old.${column} or new.state = 'void') then
    delete from claim where namespace = ${namespace} and key = ${key('old')} and owner_id = old.owner_id;
  end if;
  if new.${column} is not null and new.state <> 'void' and new.${column} is distinct from old.${column} then
    insert into ${claimColumns} values (${namespace}, ${key('new')}, new.owner_id, new.id);
  end if;
`,
    )
    .join('')
}

/** Keeps the owner in step with a kind whose records are owners. */
function ownerStatement(kind: Kind, { row, from }: Written): string {
  if (!kind.isOwner) return ''
  const gln = Object.hasOwn(kind.fields, 'gln') ? `${row}.gln` : 'null'
  const title = `${row}.${snake(kind.titleFields[0] as string)}`
  return `  insert into owner (id, title, region, gln) select ${row}.owner_id, ${title}, ${row}.region, ${gln}${from}
  on conflict (id) do update set title = excluded.title, region = excluded.region, gln = excluded.gln;
`
}

function historyStatement(kind: Kind, { row, from }: Written): string {
  return `  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select ${row}.owner_id, ${literal(kind.name)}, ${row}.id, ${row}.version, ${kind.schemaVersion},
    current_setting('shisu.actor', true), ${row}.region, ${imageOf(kind, row)}${from};
`
}

const triggerOf = (name: string, statements: string): string =>
  `create or replace function ${name}() returns trigger language plpgsql as $$
begin
${statements}  return null;
end $$;`

/** The function behind the trigger that writes a change's history, so that no code path can forget it. */
export function changedFunction(kind: Kind): string {
  const rules = ruleStatements(kind, changedRow)
  const kept = movedClaims(kind) + ownerStatement(kind, changedRow)
  return triggerOf(`${tableOf(kind)}_changed`, rules + kept + historyStatement(kind, changedRow))
}

/** The same for new rows, once for a statement (`added`): of five rows together each costs a seventh less, of 500 too. */
export function addedFunction(kind: Kind): string {
  const rules = ruleStatements(kind, addedRows)
  const kept = newClaims(kind, addedRows) + ownerStatement(kind, addedRows)
  return triggerOf(`${tableOf(kind)}_added`, rules + kept + historyStatement(kind, addedRows))
}
