const token = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g

type Level = { part: string; isList: boolean; awaitsKey: boolean }

/**
 * The lines of a JSON text, from 1, on which the values of JSON pointers begin: of a value that is not there, of the
 * nearest that holds it. Nothing is said of text that is no JSON.
 */
export function linesOf(text: string, pointers: readonly string[]): ReadonlyMap<string, number> {
  const asked = new Set(pointers.flatMap(prefixes))
  const found = new Map<string, number>()
  const stack: Level[] = []
  let [line, counted] = [1, 0]
  const note = (at: number) => {
    const here = stack.map(({ part }) => `/${part}`).join('')
    if (!asked.has(here) || found.has(here)) return
    for (; counted < at; counted++) if (text[counted] === '\n') line++
    found.set(here, line)
  }
  for (const { 0: word, index } of text.matchAll(token)) {
    const top = stack.at(-1)
    if (word === ':') continue
    if (word === ']' || word === '}') stack.pop()
    else if (word === ',') {
      if (top?.isList) top.part = String(Number(top.part) + 1)
      else if (top) top.awaitsKey = true
    } else if (top?.awaitsKey) {
      top.part = word.slice(1, -1).replaceAll('~', '~0').replaceAll('/', '~1')
      top.awaitsKey = false
      note(index)
    } else {
      if (top?.isList) note(index)
      if (word === '[' || word === '{')
        stack.push({ part: word === '[' ? '0' : '', isList: word === '[', awaitsKey: word === '{' })
    }
  }
  const nearest = (pointer: string) => {
    const line = prefixes(pointer)
      .flatMap((prefix) => found.get(prefix) ?? [])
      .at(-1)
    return line === undefined ? [] : [[pointer, line] as const]
  }
  return new Map(pointers.flatMap(nearest))
}

/** `/a`, `/a/0` … up to the pointer itself. */
function prefixes(pointer: string): string[] {
  const parts = pointer.split('/').slice(1)
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)
}
