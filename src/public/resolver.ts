import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Sql } from 'postgres'
import {
  buildDigitalLink,
  buildLinkset,
  canonicalKey,
  type DigitalLink,
  decompressDigitalLink,
  isSameLinkType,
  type Link,
  parseDigitalLink,
} from '../standards/digital-link/index.ts'
import { type Codes, linksOf } from '../trace/codes/index.ts'
import type { Filing, Story } from '../trace/index.ts'

export type ResolverHouse = {
  sql: Sql
  codes: Codes
  clock: () => Date
  /** Where shoppers reach this installation; without it, the host that the request came to. */
  publicUrl?: string
}

/** Anybody's page may ask a resolver (GS1-Conformant Resolver Standard: CORS). Nothing here knows who asks. */
export const openHeaders: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD, OPTIONS',
  'access-control-expose-headers': 'Link, Location, Content-Type',
}

const linksetContext = 'https://ref.gs1.org/standards/resolver/linkset-context'
const vocabulary = 'https://www.gs1.org/voc/?show=linktypes'

export const originOf = (house: Pick<ResolverHouse, 'publicUrl'>, request: FastifyRequest): string =>
  (house.publicUrl ?? `${request.protocol}://${request.host}`).replace(/\/$/, '')

/** A request's Digital Link, plain or compressed; `same`: the plain form of one that came compressed. */
export function readLink(path: string): { ok: true; link: DigitalLink; same?: string } | { ok: false; text?: string } {
  const plain = parseDigitalLink(path)
  if (plain.ok) return { ok: true, link: plain.value }
  const compressed = decompressDigitalLink(path)
  if (compressed.ok) return { ok: true, link: compressed.value, same: buildDigitalLink(compressed.value, '') }
  return { ok: false, text: plain.problems[0]?.text }
}

/** Keys to look under, the finest first: what is said of a thing goes before what is said of its lot and its product. */
export function levelsOf({ ai, value, qualifiers }: DigitalLink, lot?: string): string[] {
  const at = (count: number) =>
    canonicalKey(buildDigitalLink({ ai, value, qualifiers: qualifiers.slice(0, count) })).key
  const own = Array.from({ length: qualifiers.length + 1 }, (_, i) => at(qualifiers.length - i))
  if (lot !== undefined) own.splice(1, 0, canonicalKey(`/${ai}/${value}/10/${encodeURIComponent(lot)}`).key)
  return [...new Set(own)]
}

/** What this platform itself links a lot or a thing to. The default stands without any other word, as the standard has it. */
function ownLinksOf(origin: string, anchor: string, story: Story): Link[] {
  const page = { href: anchor, hreflang: ['zh'], type: 'text/html' }
  const things = story.serial === undefined ? 'MATCH_anyEPCClass' : 'MATCH_anyEPC'
  return [
    { linkType: 'gs1:defaultLink', href: anchor, title: '商品追溯页' },
    { linkType: 'gs1:pip', ...page, title: '商品信息' },
    { linkType: 'gs1:traceability', ...page, href: `${anchor}#way`, title: '它从哪里来' },
    { linkType: 'gs1:recallStatus', ...page, href: `${anchor}#verdict`, title: '召回状态' },
    ...(story.serial === undefined
      ? []
      : [{ linkType: 'gs1:verificationService', ...page, href: `${anchor}#verdict`, title: '真伪和扫码次数' }]),
    {
      linkType: 'gs1:epcis',
      href: `${origin}/epcis/events?${things}=${encodeURIComponent(story.id)}`,
      title: '追溯事件（须授权）',
      type: 'application/json',
    },
  ]
}

/** What this platform itself links a product to, whose filing it knows and whose lot is not said. */
const productLinksOf = (anchor: string): Link[] => [
  { linkType: 'gs1:defaultLink', href: anchor, title: '商品信息' },
  { linkType: 'gs1:pip', href: anchor, hreflang: ['zh'], type: 'text/html', title: '商品信息' },
]

/** What this platform itself links a case or pallet to, whose way it knows. */
const unitLinksOf = (origin: string, anchor: string, key: string): Link[] => [
  { linkType: 'gs1:defaultLink', href: anchor, title: '物流单元' },
  { linkType: 'gs1:traceability', href: anchor, hreflang: ['zh'], type: 'text/html', title: '里面有什么，从哪里来' },
  {
    linkType: 'gs1:epcis',
    href: `${origin}/epcis/events?MATCH_anyEPC=${encodeURIComponent(key)}`,
    title: '追溯事件（须授权）',
    type: 'application/json',
  },
]

/** What is known here of the thing that a link names. */
export type Known = { story?: Story; filing?: Filing; isUnit?: boolean }

export type Resolved = { anchor: string; description: string; links: Link[] }

/** All links of one thing; undefined where nothing is known of it. */
export async function linksFor(
  house: ResolverHouse,
  origin: string,
  link: DigitalLink,
  { story, filing, isUnit = false }: Known,
): Promise<Resolved | undefined> {
  const anchor = buildDigitalLink({ ai: link.ai, value: link.value, qualifiers: link.qualifiers }, origin)
  const named = await linksOf(house.sql, levelsOf(link, story?.serial === undefined ? undefined : story.lot))
  if (!story && !filing && !isUnit && named.length === 0) return undefined
  const ours = isUnit ? unitLinksOf(origin, anchor, canonicalKey(anchor).key) : productLinksOf(anchor)
  // An owner's own page of its product or unit goes before ours.
  const links: Link[] = story ? ownLinksOf(origin, anchor, story) : named.length === 0 ? ours : []
  for (const { linkType, href, title, language, mediaType } of named) {
    links.push({
      linkType,
      href,
      title,
      ...(language && { hreflang: [language.slice(0, 5)] }),
      ...(mediaType && { type: mediaType }),
    })
  }
  const [first] = links
  if (first && !links.some(({ linkType }) => isSameLinkType(linkType, 'gs1:defaultLink')))
    links.unshift({ linkType: 'gs1:defaultLink', href: first.href, title: first.title })
  return { anchor, description: story?.product.name ?? filing?.name ?? anchor.split('/').slice(-1)[0] ?? '', links }
}

/** The media types of a linkset: as itself, as JSON-LD, and as what only reads JSON. */
const linksetTypes = ['application/linkset+json', 'application/ld+json', 'application/json'] as const

/** True where a request likes a linkset at least as well as a page. */
export const wantsLinkset = ({ headers: { accept } }: FastifyRequest) => {
  const best = (wanted: RegExp) =>
    Math.max(0, ...weights(accept).flatMap((one) => (wanted.test(one.value) ? one.weight : [])))
  const linkset = best(/^application\/(?:linkset\+json|ld\+json)$/)
  return linkset > 0 && linkset >= best(/^text\/html$|^application\/xhtml\+xml$/)
}

const isLinkset = (linkType: string) => linkType === 'linkset' || linkType === 'all'

/** What a request asks a resolver for beside the page itself; undefined where it asks for the page. */
export function asksLinks(request: FastifyRequest): string | undefined {
  const { linkType } = request.query as Record<string, unknown>
  if (typeof linkType === 'string' && linkType !== '') return isLinkset(linkType) ? 'linkset' : linkType
  return wantsLinkset(request) ? 'linkset' : undefined
}

const linksetLink = (anchor: string) => `<${anchor}?linkType=linkset>; rel="linkset"; type="application/linkset+json"`

/** The Link header of any answer about a thing: where its linkset is, and what it is the same as. */
export function linkHeaderOf(anchor: string, same?: string): string {
  return [linksetLink(anchor), ...(same ? [`<${anchor}>; rel="owl:sameAs"`] : [])].join(', ')
}

/** Answers with the linkset, one link (307), or the choice among several that are alike (300). False where there is none. */
export function answerLinks(
  request: FastifyRequest,
  reply: FastifyReply,
  asked: string,
  { anchor, description, links }: Resolved,
  same?: string,
): boolean {
  const more = linkHeaderOf(anchor, same)
  if (asked === 'linkset') {
    const context = `<${linksetContext}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"`
    const { accept = '' } = request.headers
    const type = linksetTypes.find((one) => accept.includes(one)) ?? linksetTypes[0]
    const linkset = buildLinkset(anchor, description, links)
    // JSON-LD brings its context along; the other two are told it beside, as the standard has it.
    const body = type === 'application/ld+json' ? { '@context': linksetContext, ...linkset } : linkset
    reply.header('link', `${context}, ${more}`).header('content-type', type)
    reply.send(Buffer.from(JSON.stringify(body)))
    return true
  }
  const of = links.filter(({ linkType }) => isSameLinkType(linkType, asked))
  const fit = bestOf(of, request)
  const [only] = fit
  if (!only) return false
  reply.header('link', more)
  if (fit.length > 1) {
    reply.code(300).send({ choices: fit.map(({ href, title }) => ({ href, title })) })
    return true
  }
  reply.code(307).header('location', withQuery(only.href, request)).send()
  return true
}

/** Those that fit the asker's language and media type best; all that are alike. */
function bestOf(links: readonly Link[], request: FastifyRequest): Link[] {
  const { lang, mediaType } = request.query as Record<string, unknown>
  const languages = typeof lang === 'string' ? [lang.toLowerCase()] : weighed(request.headers['accept-language'])
  const types = typeof mediaType === 'string' ? [mediaType.toLowerCase()] : weighed(request.headers.accept)
  const rank = (wanted: readonly string[], has: readonly string[] | undefined) => {
    if (!has || has.length === 0) return wanted.length + 1
    const place = wanted.findIndex((one) =>
      has.some((each) => each === one || each.startsWith(`${one}-`) || one.startsWith(`${each}-`)),
    )
    return place < 0 ? wanted.length + 2 : place
  }
  const ranked = links.map((link) => ({
    link,
    rank:
      rank(
        languages,
        link.hreflang?.map((tag) => tag.toLowerCase()),
      ) *
        1000 +
      rank(types, link.type ? [link.type] : undefined),
  }))
  const best = Math.min(...ranked.map((each) => each.rank))
  return ranked.filter((each) => each.rank === best).map((each) => each.link)
}

/** The values of an Accept header, the liked ones first; stars say nothing. */
function weighed(header: string | undefined): string[] {
  return weights(header)
    .filter(({ value, weight }) => value !== '' && !value.includes('*') && weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ value }) => value)
}

/** The values of an Accept header with how much each is liked. */
function weights(header: string | undefined): { value: string; weight: number }[] {
  return (header ?? '').split(',').map((part) => {
    const [value = '', ...rest] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/)
    const quality = rest.find((each) => each.startsWith('q='))
    return { value, weight: quality ? Number(quality.slice(2)) || 0 : 1 }
  })
}

/** What stood in the query goes on with the redirection, but for what was said to the resolver itself. */
function withQuery(href: string, request: FastifyRequest): string {
  const url = new URL(href)
  for (const [name, value] of Object.entries(request.query as Record<string, unknown>))
    if (!['linkType', 'lang', 'mediaType', 'context'].includes(name))
      for (const one of [value].flat()) url.searchParams.append(name, String(one))
  return url.href
}

/** `/.well-known/gs1resolver` (GS1-Conformant Resolver Standard, resolver description file). */
export function description(origin: string): Record<string, unknown> {
  return {
    name: '食溯 追溯码解析',
    resolverRoot: origin,
    supportedPrimaryKeys: ['all'],
    supportedLinkType: [{ namespace: 'https://gs1.org/voc/', prefix: 'gs1:', profile: vocabulary }],
    linkTypeDefaultCanBeLinkset: false,
  }
}
