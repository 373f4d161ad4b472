import { Failure } from '../../../failure.ts'

export type Media = 'application/json' | 'application/ld+json' | 'application/xml' | 'text/xml'

/** What an answer may come as where both bindings exist, and where only JSON does. */
export const anyMedia: readonly Media[] = ['application/json', 'application/ld+json', 'application/xml', 'text/xml']
export const jsonMedia: readonly Media[] = ['application/json', 'application/ld+json']

/** The offered media type that an Accept header likes best (RFC 9110, 12.5.1); throws 406 where it likes none. */
export function chooseMedia(accept: string | undefined, offered: readonly Media[]): Media {
  const ranges = readAccept(accept?.trim() || '*/*')
  let best: { media: Media; weight: number } | undefined
  for (const media of offered) {
    const weight = weightOf(media, ranges)
    if (weight > 0 && weight > (best?.weight ?? 0)) best = { media, weight }
  }
  if (best) return best.media
  throw new Failure(406, 'not-acceptable', `这里只能给出 ${offered.join('、')}，Accept 要求的是 ${accept}`)
}

export function isXml(media: string | undefined): boolean {
  return media !== undefined && /[/+]xml\b/.test(media)
}

type Range = { type: string; weight: number }

function readAccept(accept: string): Range[] {
  return accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    const quality = parameters.find((text) => text.startsWith('q='))
    const weight = quality === undefined ? 1 : Number(quality.slice(2))
    // A problem is a form of the answer too.
    return { type: type.replace('problem+', ''), weight: weight >= 0 && weight <= 1 ? weight : 0 }
  })
}

/** The most exact range that names the type decides. */
function weightOf(media: Media, ranges: readonly Range[]): number {
  const group = `${media.slice(0, media.indexOf('/'))}/*`
  for (const type of [media, group, '*/*']) {
    const weights = ranges.filter((range) => range.type === type).map((range) => range.weight)
    if (weights.length > 0) return Math.max(...weights)
  }
  return 0
}
