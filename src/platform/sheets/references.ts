import type { ISql } from 'postgres'
import { openableImageOf } from '../../language/image.ts'
import { type Fields, type Kind, sealedFields, uniqueFields } from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import type { Actor } from '../access/actor.ts'
import { mayUse, reachOf, within } from '../access/reach.ts'
import type { Keyring } from '../protect/keyring.ts'
import { blindOf, maskedTitle, openImage } from '../protect/record-persons.ts'
import { hasPublicTitle, isOpenRegister } from '../store/context.ts'

type Kinds = ReadonlyMap<string, Kind>
type Found = { id: string } | { wrong: string }

/** Titles remembered at most: an export of a million rows must not remember a million titles. */
const rememberedMax = 50_000

function referencesOf(fields: Fields): { name: string; to: string; lines?: string }[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    if (field.type === 'reference') return [{ name, to: field.to }]
    if (field.type === 'lines') return referencesOf(field.fields).map((each) => ({ ...each, lines: name }))
    return []
  })
}

/** The records that some rows refer to and the owners they belong to: kind (none for an owner) and id. */
function referred(kind: Kind, rows: readonly Record<string, unknown>[]): { to: string; id: string }[] {
  const found = rows.map((row) => ({ to: '', id: String(row.ownerId) }))
  for (const { name, to, lines } of referencesOf(kind.fields))
    for (const row of rows)
      for (const holder of lines ? ((row[lines] ?? []) as Record<string, unknown>[]) : [row])
        if (typeof holder[name] === 'string') found.push({ to, id: holder[name] })
  return found
}

export const isSealed = (kind: Kind) => sealedFields(kind).includes(kind.titleFields[0] as string)

/** Titles that are names of persons: whole for their employer, masked for everybody else. */
export async function sealedTitles(sql: ISql, keyring: Keyring, kind: Kind, actor: Actor, ids: readonly string[]) {
  const bound = reachOf(actor)
  const rows = await sql.unsafe<{ id: string; image: Record<string, unknown> }[]>(
    `select t.id, ${openableImageOf(kind, 't')} as image from ${snake(kind.name)} t
     where id = any($1::uuid[]) and ${within('t', bound, '$2')}`,
    [ids as string[], bound.value],
    { prepare: true },
  )
  const name = kind.titleFields[0] as string
  return rows.map(({ id, image }) => {
    const row = openImage(keyring, kind, image)
    const isOwn = row.ownerId === actor.ownerId && typeof row[name] === 'string'
    return { id, title: isOwn ? String(row[name]) : maskedTitle({ ...kind, titleFields: [name] }, row) }
  })
}

async function titlesOf(sql: ISql, keyring: Keyring, kinds: Kinds, actor: Actor, to: string, ids: string[]) {
  const kind = kinds.get(to)
  if (!kind || kind.isOwner)
    return sql<{ id: string; title: string }[]>`select id, title from owner where id = any(${ids}::uuid[])`
  if (isSealed(kind)) return sealedTitles(sql, keyring, kind, actor, ids)
  const bound = hasPublicTitle(kind) ? undefined : reachOf(actor)
  const title = snake(kind.titleFields[0] as string)
  return sql.unsafe<{ id: string; title: string }[]>(
    `select id, ${title}::text as title from ${snake(to)} t
     where id = any($1::uuid[])${bound ? ` and ${within('t', bound, '$2')}` : ''}`,
    bound ? [ids, bound.value] : [ids],
    { prepare: true },
  )
}

/** Titles for what an actor's records refer to, looked up batch by batch and remembered. */
export function titleBook(sql: ISql, kinds: Kinds, actor: Actor, keyring: Keyring) {
  const known = new Map<string, string>()
  /** Of two of one name, each with what tells it apart. */
  const apart = new Map<string, string>()
  const asked = new Set<string>()
  return {
    title: (to: string, id: string): string | undefined =>
      apart.get(`${to} ${id}`) ?? known.get(`${kinds.get(to)?.isOwner ? '' : to} ${id}`),
    async learn(kind: Kind, rows: readonly Record<string, unknown>[]): Promise<void> {
      if (known.size > rememberedMax) for (const book of [known, apart, asked]) book.clear()
      const wanted = new Map<string, Set<string>>()
      const named = new Map<string, Set<string>>()
      const put = (book: Map<string, Set<string>>, to: string, id: string) =>
        book.set(to, (book.get(to) ?? new Set()).add(id))
      for (const { to, id } of referred(kind, rows)) {
        const place = kinds.get(to)?.isOwner ? '' : to
        if (!known.has(`${place} ${id}`)) put(wanted, place, id)
        if (to && !asked.has(`${to} ${id}`)) put(named, to, id)
        asked.add(`${to} ${id}`)
      }
      for (const [to, ids] of wanted)
        for (const { id, title } of await titlesOf(sql, keyring, kinds, actor, to, [...ids]))
          known.set(`${to} ${id}`, title)
      for (const [to, ids] of named) {
        const kind = kinds.get(to)
        const titles = [...ids].flatMap((id) => {
          const title = known.get(`${kind?.isOwner ? '' : to} ${id}`)
          return title ? [{ id, title }] : []
        })
        if (kind)
          for (const { id, text } of await toldApart(sql, keyring, kind, actor, titles)) apart.set(`${to} ${id}`, text)
      }
    },
  }
}

/** Fields by whose value a record of the kind is found besides its title: a credit code, a location number. */
function codesOf(kind: Kind): { name: string; title: string }[] {
  return uniqueFields(kind)
    .filter((name) => kind.fields[name]?.type === 'code' && kind.fields[name]?.unique === true)
    .map((name) => ({ name, title: kind.fields[name]?.title ?? name }))
}

/** A sealed name is found by the digest of the whole of it. */
async function byBlindTitle(sql: ISql, keyring: Keyring, kind: Kind, actor: Actor, texts: string[]) {
  const bound = reachOf(actor)
  const name = kind.titleFields[0] as string
  const wanted = new Map(texts.map((text) => [blindOf(keyring, kind, name, text), text]))
  const rows = await sql.unsafe<{ id: string; blind: string[] }[]>(
    `select id, blind from ${snake(kind.name)} t
     where blind && $1::text[] and state <> 'void' and ${within('t', bound, '$2')}`,
    [[...wanted.keys()], bound.value],
  )
  return rows.flatMap(({ id, blind }) =>
    blind.flatMap((each) => (wanted.has(each) ? [{ id, text: wanted.get(each) as string }] : [])),
  )
}

async function byTitle(sql: ISql, keyring: Keyring, kind: Kind, actor: Actor, texts: string[]) {
  if (kind.isOwner)
    // Authorities are owners too, but only records of this kind may be referred to.
    return sql.unsafe<{ id: string; text: string }[]>(
      `select o.id, o.title as text from owner o join ${snake(kind.name)} t on t.owner_id = o.id and t.state <> 'void'
       where o.title = any($1::text[])`,
      [texts],
    )
  if (isSealed(kind)) return byBlindTitle(sql, keyring, kind, actor, texts)
  const bound = isOpenRegister(kind) ? undefined : reachOf(actor)
  const title = snake(kind.titleFields[0] as string)
  return sql.unsafe<{ id: string; text: string }[]>(
    `select id, ${title}::text as text from ${snake(kind.name)} t
     where ${title}::text = any($1::text[]) and state <> 'void'${bound ? ` and ${within('t', bound, '$2')}` : ''}`,
    bound ? [texts, bound.value] : [texts],
  )
}

async function byCode(sql: ISql, kind: Kind, texts: string[]) {
  const spaces = codesOf(kind).map(({ name }) => `${kind.name}.${name}`)
  if (spaces.length === 0) return []
  const keys = texts.map((text) => text.toUpperCase())
  return sql<{ id: string; text: string }[]>`
    select record_id as id, key as text from claim
    where namespace = any(${spaces}::text[]) and key = any(${keys}::text[])`
}

type Titled = { id: string; title: string }

/**
 * Those of some records that share their title with another: each with its public code or its id behind the title, so
 * that what an export says can be read back.
 */
async function toldApart(sql: ISql, keyring: Keyring, kind: Kind, actor: Actor, all: readonly Titled[]) {
  const texts = [...new Set(all.map(({ title }) => title))]
  const same = Map.groupBy(await byTitle(sql, keyring, kind, actor, texts), (row) => row.text)
  const shared = all.filter(({ title }) => (same.get(title)?.length ?? 0) > 1)
  if (shared.length === 0) return []
  const columns = codesOf(kind).filter(({ name }) => kind.fields[name]?.class === 'public')
  const codes = await sql.unsafe<{ id: string; code: string | null }[]>(
    `select id, coalesce(${[...columns.map(({ name }) => snake(name)), 'null'].join(', ')}) as code
     from ${snake(kind.name)} where id = any($1::uuid[])`,
    [shared.map(({ id }) => id)],
  )
  const byId = new Map(codes.map(({ id, code }) => [id, code]))
  return shared.map(({ id, title }) => ({ id, text: `${title}（${byId.get(id) ?? id}）` }))
}

/** A title with a code or an id behind it. */
const named = /^(.+)（([^（）]+)）$/

function outcome(kind: Kind, text: string, titled: string[], coded: string | undefined): Found {
  if (coded) return { id: coded }
  if (titled.length === 1) return { id: titled[0] as string }
  const codes = codesOf(kind)
    .map(({ title }) => title)
    .join('或')
  if (titled.length > 1) return { wrong: `“${text}”有 ${titled.length} 个同名的，请改填${codes || '系统编号'}` }
  return { wrong: `“${text}”没有找到，请填写已登记的${kind.title}的名称${codes ? `或${codes}` : ''}` }
}

/** Records that texts in a file mean, looked up batch by batch and remembered. */
export function referenceBook(sql: ISql, kinds: Kinds, actor: Actor, keyring: Keyring) {
  const known = new Map<string, Found>()
  return {
    resolve: (to: string, text: string): Found => known.get(`${to} ${text}`) ?? { wrong: `“${text}”没有找到` },
    async learn(wanted: readonly { to: string; text: string }[]): Promise<void> {
      const open = new Map<string, Set<string>>()
      for (const { to, text } of wanted)
        if (!known.has(`${to} ${text}`)) open.set(to, (open.get(to) ?? new Set()).add(text))
      for (const [to, set] of open) {
        const kind = kinds.get(to)
        const texts = [...set]
        if (!kind || !mayUse(actor, kind, 'refer')) {
          for (const text of texts) known.set(`${to} ${text}`, { wrong: '不能填写：您没有引用它的权限' })
          continue
        }
        const parts = texts.flatMap((text) => named.exec(text)?.slice(1) ?? [])
        const all = [...new Set([...texts, ...parts])]
        const titles = Map.groupBy(await byTitle(sql, keyring, kind, actor, all), (row) => row.text)
        const codes = new Map((await byCode(sql, kind, all)).map((row) => [row.text, row.id]))
        for (const text of texts) {
          const titled = (titles.get(text) ?? []).map((row) => row.id)
          const [, title = '', mark = ''] = named.exec(text) ?? []
          // Title and mark must mean the same record, or one of them is a slip.
          const marked = titles.get(title)?.find(({ id }) => id === mark || id === codes.get(mark.toUpperCase()))
          known.set(`${to} ${text}`, outcome(kind, text, titled, marked?.id ?? codes.get(text.toUpperCase())))
        }
      }
    },
  }
}
