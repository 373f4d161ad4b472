import type { Problem } from '../problem.ts'
import { type ApplicationIdentifier, applicationIdentifiers, type Component } from './application-identifiers.ts'
import { characterSets } from './character-sets.ts'
import { linters } from './linters.ts'

/** An application identifier with its data. */
export type Element = { ai: string; value: string }

const characterRules: Readonly<Record<Component['set'], { code: string; text: string }>> = {
  N: { code: 'non-digit-character', text: '应全是数字' },
  X: { code: 'invalid-cset82-character', text: '含有不允许的字符' },
  Y: { code: 'invalid-cset39-character', text: '含有不允许的字符，只能是数字、大写字母和 # - /' },
  Z: { code: 'invalid-cset64-character', text: '含有 base64url 之外的字符' },
}

/** What is wrong with the data of an application identifier: length, characters, check digits, dates, codes. */
export function checkElement(ai: string, value: string, at = ''): Problem[] {
  const identifier = applicationIdentifiers.get(ai)
  if (identifier === undefined) return [{ code: 'unknown-ai', text: `没有应用标识符（${ai}）`, at }]
  const problems: Problem[] = []
  let from = 0
  for (const component of identifier.components) {
    if (component.optional && from === value.length) break
    const part = value.slice(from, from + component.max)
    if (part.length < component.min) {
      problems.push({ code: 'too-short', text: `${named(identifier)}“${shown(value)}”太短`, at })
      return problems
    }
    addProblems(problems, identifier, component, part, at)
    from += part.length
  }
  if (from < value.length) problems.push({ code: 'too-long', text: `${named(identifier)}“${shown(value)}”太长`, at })
  return problems
}

function addProblems(
  problems: Problem[],
  identifier: ApplicationIdentifier,
  component: Component,
  part: string,
  at: string,
): void {
  const tell = ({ code, text }: { code: string; text: string }) => {
    problems.push({ code, text: `${named(identifier)}“${shown(part)}”${text}`, at })
  }
  if (!characterSets[component.set].test(part)) {
    tell(characterRules[component.set])
    return
  }
  for (const name of component.set === 'Z' ? (['cset64', ...component.linters] as const) : component.linters) {
    const finding = linters[name](part)
    if (finding) tell(finding)
  }
}

function named({ title, ai }: ApplicationIdentifier): string {
  return title.includes('（') ? `${title.replace(/（.*）$/, '')}（${ai}）` : `${title}（${ai}）`
}

function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

/**
 * What is wrong with identifiers standing together on one item: the same one with two values, two that exclude each
 * other, one without those that it needs (GS1 General Specifications, section 4.14).
 */
export function checkTogether(elements: readonly Element[], at = ''): Problem[] {
  const values = new Map<string, string>()
  const problems: Problem[] = []
  for (const { ai, value } of elements) {
    if (values.has(ai) && values.get(ai) !== value) {
      problems.push({ code: 'ai-repeated', text: `应用标识符（${ai}）出现多次而内容不同`, at })
    }
    values.set(ai, value)
  }
  for (const ai of values.keys()) {
    const identifier = applicationIdentifiers.get(ai)
    if (identifier) problems.push(...excluded(identifier, values, at), ...missing(identifier, values, at))
  }
  return problems
}

function excluded(identifier: ApplicationIdentifier, values: ReadonlyMap<string, string>, at: string): Problem[] {
  const other = [...values.keys()].find((ai) => ai !== identifier.ai && identifier.without.some((p) => matches(ai, p)))
  if (other === undefined) return []
  return [{ code: 'ai-excluded', text: `${named(identifier)}不能与（${other}）同时出现`, at }]
}

function missing(identifier: ApplicationIdentifier, values: ReadonlyMap<string, string>, at: string): Problem[] {
  const isThere = (pattern: string) => [...values.keys()].some((ai) => ai !== identifier.ai && matches(ai, pattern))
  const group = identifier.with.find((alternatives) => !alternatives.some((all) => all.every(isThere)))
  if (group === undefined) return needsSerial(identifier.ai, values, at)
  const wanted = group.map((all) => all.map((ai) => `（${ai}）`).join('和')).join('、')
  return [{ code: 'ai-required', text: `${named(identifier)}要与 ${wanted} 之一同时出现`, at }]
}

/** Keys whose serial part is optional need it where a digital signature is over them. */
const serialisedFrom: Readonly<Record<string, number>> = { '253': 13, '255': 13, '8003': 14 }

function needsSerial(ai: string, values: ReadonlyMap<string, string>, at: string): Problem[] {
  if (ai !== '8030') return []
  const plain = Object.entries(serialisedFrom).find(([key, length]) => values.get(key)?.length === length)
  if (plain === undefined) return []
  return [{ code: 'ai-serial-required', text: `有数字签名（8030）时，（${plain[0]}）要带序列部分`, at }]
}

/** True where an identifier fits a pattern such as `310n`. */
function matches(ai: string, pattern: string): boolean {
  if (ai.length !== pattern.length) return false
  const digits = pattern.indexOf('n')
  return digits < 0 ? ai === pattern : ai.startsWith(pattern.slice(0, digits))
}
