import type { ISql } from 'postgres'
import { invalid, type Problem } from '../../failure.ts'
import { linkRelation } from '../../standards/digital-link/index.ts'

/** A link that an owner named for a product, a lot or a thing (its canonical key). */
export type OwnLink = {
  id: string
  key: string
  linkType: string
  href: string
  title: string
  language?: string
  mediaType?: string
}

type LinkRow = {
  key: string
  linkType: string
  href: string
  title: string
  language: string | null
  mediaType: string | null
}

const linkOf = <T extends LinkRow>({ language, mediaType, ...row }: T) => ({
  ...row,
  ...(language && { language }),
  ...(mediaType && { mediaType }),
})

/** What a resolver may tell of some keys, in the order of the keys. Reads through the public door. */
export async function linksOf(tx: ISql, keys: readonly string[]): Promise<Omit<OwnLink, 'id'>[]> {
  const rows = await tx<LinkRow[]>`
    select key, link_type as "linkType", href, title, language, media_type as "mediaType" from resolver_links(${[...keys]})`
  return rows.map(linkOf)
}

export async function ownLinks(tx: ISql, ownerId: string): Promise<OwnLink[]> {
  const rows = await tx<(LinkRow & { id: string })[]>`
    select id, key, link_type as "linkType", href, title, language, media_type as "mediaType" from resolver_link
    where owner_id = ${ownerId} and ended_at is null order by key, created_at limit 500`
  return rows.map(linkOf)
}

/** What is wrong with a link that somebody wants to name. Only web addresses: a resolver sends shoppers there. */
export function linkProblems({ linkType, href, title, language }: Omit<OwnLink, 'id' | 'key'>): Problem[] {
  const problems: Problem[] = []
  const url = URL.parse(href)
  if (linkRelation(linkType) === undefined || linkType.length > 120)
    problems.push({
      at: '/linkType',
      code: 'link-type',
      text: '链接类型应为 GS1 词汇（如 gs1:recipeInfo）或登记的关系名',
    })
  if (url?.protocol !== 'https:' || url.username !== '' || href.length > 1000)
    problems.push({ at: '/href', code: 'href', text: '链接应为 https 网址，最长 1000 个字符' })
  if (title.trim() === '' || title.length > 120)
    problems.push({ at: '/title', code: 'title', text: '请填写链接名称（120 字以内）' })
  if (language !== undefined && !/^[a-z]{2}(-[A-Z]{2})?$/.test(language))
    problems.push({ at: '/language', code: 'language', text: '语言写作 zh 或 zh-CN' })
  return problems
}

/** Names a link. The same id again is the same link. */
export async function addLink(tx: ISql, ownerId: string, actorId: string, link: OwnLink, now: Date): Promise<void> {
  const problems = linkProblems(link)
  if (problems.length > 0) throw invalid(problems)
  await tx`insert into resolver_link (owner_id, id, key, link_type, href, title, language, media_type, created_at, created_by)
    values (${ownerId}, ${link.id}, ${link.key}, ${link.linkType}, ${link.href}, ${link.title}, ${link.language ?? null},
      ${link.mediaType ?? null}, ${now}, ${actorId}) on conflict do nothing`
}

/** Takes a link back; false where the owner has none of that id. */
export async function endLink(tx: ISql, ownerId: string, id: string, now: Date): Promise<boolean> {
  const rows = await tx`update resolver_link set ended_at = ${now}
    where owner_id = ${ownerId} and id = ${id} and ended_at is null returning id`
  return rows.length > 0
}

/** What another system's code means here, as the canonical key of ours; undefined where nobody said. */
export async function aliasTarget(tx: ISql, key: string): Promise<string | undefined> {
  const [row] = await tx<{ target: string | null }[]>`select alias_target(${key}) as target`
  return row?.target ?? undefined
}

/** Says what other systems' codes mean. The first to say it counts; how many were new, and which are somebody else's. */
export async function addAliases(
  tx: ISql,
  ownerId: string,
  actorId: string,
  aliases: readonly { key: string; target: string }[],
  now: Date,
): Promise<{ added: number; taken: string[] }> {
  const rows = await tx<{ key: string }[]>`
    insert into code_alias (key, target, owner_id, created_at, created_by)
    select k, t, ${ownerId}, ${now}, ${actorId}
    from unnest(${aliases.map(({ key }) => key)}::text[], ${aliases.map(({ target }) => target)}::text[]) u (k, t)
    on conflict do nothing returning key`
  const taken = await tx<{ key: string }[]>`
    select a.key from code_alias a
    join unnest(${aliases.map(({ key }) => key)}::text[], ${aliases.map(({ target }) => target)}::text[]) u (k, t) on u.k = a.key
    where a.owner_id <> ${ownerId} or a.target <> u.t`
  return { added: rows.length, taken: taken.map(({ key }) => key) }
}

/** The product behind the number in a short link. */
export async function gtinOfShort(tx: ISql, no: number): Promise<string | undefined> {
  const [row] = await tx<{ gtin: string | null }[]>`select gtin_of_short(${no}) as gtin`
  return row?.gtin ?? undefined
}

/** The numbers of products in short links. */
export async function shortNumbers(tx: ISql, orders: readonly { gtin: string }[]): Promise<Map<string, number>> {
  const rows = await tx<{ gtin: string; no: number }[]>`
    select gtin, short_no as no from code_gtin where gtin = any(${orders.map(({ gtin }) => gtin)}::text[])`
  return new Map(rows.map(({ gtin, no }) => [gtin, no]))
}
