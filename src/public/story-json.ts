import type { Story } from '../trace/index.ts'
import type { Check, Verdict } from './verdict.ts'

/** What a look is answered with, as the JSON of `{ verdict, story, asOf }`: what many looks share is written once. */
export function lookJson(verdict: Verdict, story: Story, asOf: Date): string {
  return `{"verdict":${verdictJson(verdict)},"story":${storyJson(story)},"asOf":"${asOf.toISOString()}"}`
}

/** Words of which a verdict is made, as JSON: nearly all of them were said a moment ago. */
const quoted = new Map<string, string>()
const quotedMax = 4000

function quote(text: string): string {
  const known = quoted.get(text)
  if (known !== undefined) return known
  const json = JSON.stringify(text)
  if (quoted.size >= quotedMax) quoted.clear()
  quoted.set(text, json)
  return json
}

function verdictJson({ code, word, tone, sentence, advice, checks }: Verdict): string {
  const advised = advice === undefined ? '' : `,"advice":${quote(advice)}`
  const all = checks.map(checkJson).join(',')
  return `{"code":"${code}","word":${quote(word)},"tone":"${tone}","sentence":${quote(sentence)}${advised},"checks":[${all}]}`
}

const checkJson = ({ about, tone, text }: Check) => `{"about":"${about}","tone":"${tone}","text":${quote(text)}}`

/** All things of a lot have these from it, the very same objects for as long as its facts are remembered. */
const written = new WeakMap<object, string>()

function shared(name: string, value: object | undefined): string {
  if (value === undefined) return ''
  const known = written.get(value)
  if (known !== undefined) return known
  const json = `,"${name}":${JSON.stringify(value)}`
  written.set(value, json)
  return json
}

function storyJson({ product, inspection, materials, halt, steps, filing, ...own }: Story): string {
  const rest = [
    shared('product', product),
    shared('inspection', inspection),
    shared('materials', materials),
    shared('halt', halt),
    shared('steps', steps),
    shared('filing', filing),
  ]
  return `${JSON.stringify(own).slice(0, -1)}${rest.join('')}}`
}
