import type { ISql } from 'postgres'
import { invalid, type Problem } from '../../failure.ts'
import { condition, type NamedRule, type Read } from '../../language/expression/index.ts'
import type { Kind } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { type Definition, definitionsOn, listDefinitions } from '../define/definitions.ts'
import type { Ground } from '../define/ground.ts'
import { lawTitles, type Speech, speechOf, unknownSource } from '../define/speak.ts'
import { dimensions, levels, type RuleBody } from './wire.ts'

/** A rule that can be judged. */
export type ReadRule = {
  number: number
  ground: Ground
  when?: Read
  must: Read
  /** The whole rule in one sentence. */
  words: string
}

export const namedRules = (definitions: readonly Definition[]): Map<string, NamedRule> =>
  new Map(
    definitions.map(({ id, title, body }) => {
      const { source, when, must } = body as unknown as RuleBody
      return [id, { title, source, when, must }]
    }),
  )

/** The language of one actor's rules: its own and those of the authorities above. */
export async function ruleSpeech(sql: ISql, kinds: ReadonlyMap<string, Kind>, actor: Actor): Promise<Speech> {
  const rules = await listDefinitions(sql, actor, 'rule')
  return speechOf(kinds, await lawTitles(sql), namedRules(rules), actor)
}

function own(body: Record<string, unknown>): Problem[] {
  const problems: Problem[] = []
  const option = (name: string, of: object, text: string) => {
    if (!Object.hasOwn(of, String(body[name]))) problems.push({ code: 'not-an-option', text, at: `/${name}` })
  }
  option('dimension', dimensions, '请选择这条规则查的是完整、及时、准确还是重复')
  option('level', levels, '请选择严重、一般或提示')
  const { advice, task } = body
  if (task !== undefined && task !== 'owner' && task !== 'authority')
    problems.push({
      code: 'not-an-option',
      text: '待办只能交给记录所属单位（owner）或辖区监管部门（authority）',
      at: '/task',
    })
  if (advice !== undefined && (typeof advice !== 'string' || advice.length > 200))
    problems.push({ code: 'too-long', text: '整改建议最多 200 个字', at: '/advice' })
  for (const name of Object.keys(body))
    if (!/^(source|dimension|level|when|must|advice|task)$/.test(name))
      problems.push({ code: 'unknown-field', text: `没有名为“${name.slice(0, 60)}”的项`, at: `/${name}` })
  return problems
}

/** Reads the conditions of a rule; every problem has its place in the body. */
export function readConditions(
  speech: Speech,
  body: Record<string, unknown>,
  self?: string,
): { rule: Omit<ReadRule, 'number'>; problems?: undefined } | { problems: Problem[] } {
  const ground = speech.ground(body.source)
  if (!ground?.kind) return { problems: [unknownSource('/source')] }
  const context = speech.context(ground, self)
  const must = condition(context, body.must, '/must')
  const when = body.when === undefined || body.when === null ? undefined : condition(context, body.when, '/when')
  const problems = [...(when?.problems ?? []), ...(must.problems ?? [])]
  if (!must.made || problems.length > 0) return { problems }
  const words = `${when?.made ? `如果${when.made.words}，那么` : ''}${must.made.words}`
  return { rule: { ground, when: when?.made, must: must.made, words } }
}

/** Checks what a user sent as a rule; throws with every problem at its place. */
export function requireRule(
  speech: Speech,
  input: unknown,
  self?: string,
): Omit<ReadRule, 'number'> & { body: RuleBody } {
  const body = (typeof input === 'object' && input !== null && !Array.isArray(input) ? input : {}) as Record<
    string,
    unknown
  >
  const outcome = readConditions(speech, body, self)
  const problems = [...own(body), ...(outcome.problems ?? [])]
  if (problems.length > 0 || !('rule' in outcome)) throw invalid(problems)
  return { ...outcome.rule, body: body as RuleBody }
}

/** The rules that are switched on, by kind; one that can no longer be read (a field is gone) is told. */
export async function rulesOn(
  sql: ISql,
  kinds: ReadonlyMap<string, Kind>,
  onBroken: (definition: Definition, problem: Problem) => Promise<void>,
): Promise<Map<string, (ReadRule & { definition: Definition<RuleBody> })[]>> {
  const found = new Map<string, (ReadRule & { definition: Definition<RuleBody> })[]>()
  const definitions = await definitionsOn(sql, 'rule')
  if (definitions.length === 0) return found
  const speech = speechOf(kinds, await lawTitles(sql), namedRules(definitions))
  for (const definition of definitions) {
    const outcome = readConditions(speech, definition.body, definition.id)
    if (!('rule' in outcome)) {
      await onBroken(definition, outcome.problems[0] as Problem)
      continue
    }
    const name = outcome.rule.ground.source.name
    const list = found.get(name) ?? []
    list.push({ ...outcome.rule, number: definition.number, definition: definition as unknown as Definition<RuleBody> })
    found.set(name, list)
  }
  return found
}
