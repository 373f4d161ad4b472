/** One thing wrong with an input: a stable code, a plain Chinese sentence, and the JSON pointer of the place. */
export type Problem = { code: string; text: string; at: string }

/** What a codec returns: it never throws for bad input. */
export type Result<T> = { ok: true; value: T } | { ok: false; problems: Problem[] }

/** A refusal with one problem. */
export function refuse(code: string, text: string, at: string): { ok: false; problems: Problem[] } {
  return { ok: false, problems: [{ code, text, at }] }
}

/** A JSON pointer (RFC 6901) one step further down. */
export function below(at: string, name: string | number): string {
  if (typeof name === 'number') return `${at}/${name}`
  return `${at}/${name.includes('~') || name.includes('/') ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name}`
}
