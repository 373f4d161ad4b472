/** Text that is HTML already. Only `html` makes it, so a plain string can never reach a page unescaped. */
export class Html {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  toString(): string {
    return this.#text
  }
}

type Part = Html | string | number | false | undefined | null | readonly Part[]

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string)

function textOf(part: Part): string {
  if (part instanceof Html) return part.toString()
  if (part === false || part === undefined || part === null) return ''
  if (Array.isArray(part)) return part.map(textOf).join('')
  return escaped(String(part))
}

/** A piece of a page: every inserted value is escaped unless it is itself a piece; false and undefined are nothing. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  let text = strings[0] as string
  for (let i = 0; i < parts.length; i++) text += textOf(parts[i]) + (strings[i + 1] as string)
  return new Html(text)
}

/** Text of our own (the style sheet, a drawing) that needs no escape. Never for anything that came from outside. */
export const trusted = (text: string) => new Html(text)
