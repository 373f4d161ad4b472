import { linkRelation } from './link-types.ts'

/** One link that a resolver knows for a thing. */
export type Link = {
  /** `gs1:pip`, a registered relation such as `describedby`, or the address of a relation. */
  linkType: string
  href: string
  title: string
  /** Languages of the target (`zh`, `en-US`). */
  hreflang?: readonly string[]
  /** Media type of the target. */
  type?: string
  /** Where the link applies, such as a country. */
  context?: readonly string[]
}

type Target = Omit<Link, 'linkType' | 'hreflang' | 'context'> & { hreflang?: string[]; context?: string[] }

/** A linkset document (RFC 9264, media type `application/linkset+json`) as a GS1 resolver answers it. */
export type Linkset = {
  linkset: [{ anchor: string; itemDescription: string } & Record<string, string | Target[]>]
}

const defaultLink = 'https://gs1.org/voc/defaultLink'

/**
 * The linkset of one thing: `anchor` is its Digital Link without the query, `itemDescription` what it is called. Links
 * are grouped by relation in the order given; links of a relation that has no name are left out. A resolver must have
 * one default link: the first link stands in where none says that it is. Language tags that are none are left out.
 */
export function buildLinkset(anchor: string, itemDescription: string, links: readonly Link[]): Linkset {
  const relations = new Map<string, Target[]>()
  for (const link of links) {
    const relation = linkRelation(link.linkType)
    if (relation === undefined || relation === 'anchor') continue
    // There is one default link and no more.
    if (relation === defaultLink && relations.has(relation)) continue
    relations.set(relation, [...(relations.get(relation) ?? []), targetOf(link)])
  }
  const [first] = relations.values()
  if (first?.[0] && !relations.has(defaultLink)) relations.set(defaultLink, [first[0]])
  return { linkset: [{ anchor, itemDescription, ...Object.fromEntries(relations) }] }
}

function targetOf({ href, title, hreflang, type, context }: Link): Target {
  const languages = hreflang?.filter((tag) => /^[A-Za-z]{2}(?:-[A-Za-z]{2})?$/.test(tag)) ?? []
  return {
    href,
    title,
    ...(languages.length > 0 && { hreflang: languages }),
    ...(type !== undefined && { type }),
    ...(context && context.length > 0 && { context: [...context] }),
  }
}

/** The links as value of an HTTP Link header (RFC 8288), for an answer that is a redirect or a page. */
export function linkHeader(links: readonly Link[]): string {
  return links
    .flatMap(({ linkType, href, title, hreflang = [], type }) => {
      const relation = linkRelation(linkType)
      if (relation === undefined) return []
      // Header values are ASCII; what is encoded already stays.
      const target = href.toWellFormed().replace(/[^!#-;=?-~]/gu, encodeURIComponent)
      const parts = [`<${target}>`, `rel="${relation}"`]
      for (const tag of hreflang) if (/^[A-Za-z]{2}(?:-[A-Za-z]{2})?$/.test(tag)) parts.push(`hreflang="${tag}"`)
      if (type !== undefined && /^[-+.\w]+\/[-+.\w]+$/.test(type)) parts.push(`type="${type}"`)
      parts.push(`title*=UTF-8''${encodeURIComponent(title.toWellFormed()).replace(/['()*]/g, percent)}`)
      return [parts.join('; ')]
    })
    .join(', ')
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
