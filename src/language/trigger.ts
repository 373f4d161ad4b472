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

/** Checks against figures of the law, which change on a date: made when the row is written, for the day it speaks of. */
function ruleStatements(kind: Kind): string {
  const atTheDoor = sealedChecks(kind)
  return (kind.checks ?? [])
    .filter((check) => usesRule(check) && !atTheDoor.includes(check))
    .map(
      (check) => `  if not coalesce(${checkOn(kind, check, 'new')}, true) then
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

function claimStatements(kind: Kind): string {
  return uniqueFields(kind)
    .map((name) => {
      const column = snake(name)
      const namespace = literal(`${kind.name}.${name}`)
      const key = (row: string) => claimKey(kind, name, `${row}.owner_id`, `${row}.${column}`)
      return `  if tg_op = 'UPDATE' and old.${column} is not null and (new.${column} is distinct from old.${column} or new.state = 'void') then
    delete from claim where namespace = ${namespace} and key = ${key('old')} and owner_id = old.owner_id;
  end if;
  if new.${column} is not null and new.state <> 'void' and (tg_op = 'INSERT' or new.${column} is distinct from old.${column}) then
    insert into claim (namespace, key, owner_id, record_id) values (${namespace}, ${key('new')}, new.owner_id, new.id);
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

/** The function behind the trigger that writes history, so that no code path can forget it. */
export function triggerFunction(kind: Kind): string {
  return `create or replace function ${tableOf(kind)}_changed() returns trigger language plpgsql as $$
begin
${ruleStatements(kind)}${claimStatements(kind)}${ownerStatement(kind)}  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, ${literal(kind.name)}, new.id, new.version, ${kind.schemaVersion},
    current_setting('shisu.actor', true), new.region, ${imageOf(kind, 'new')});
  return null;
end $$;`
}
