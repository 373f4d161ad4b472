import type { ISql } from 'postgres'
import { invalid, type Problem } from '../../failure.ts'
import { categoriesOf, condition, type Made, measure, momentsOf, type Read } from '../../language/expression/index.ts'
import type { Kind } from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import type { Actor } from '../access/actor.ts'
import { type Definition, definitionsOn } from '../define/definitions.ts'
import type { Ground } from '../define/ground.ts'
import { lawTitles, type Speech, speechOf, unknownSource } from '../define/speak.ts'
import { counts, type IndicatorBody } from './wire.ts'

/** An indicator that can be counted. */
export type ReadIndicator = {
  body: IndicatorBody
  ground: Ground
  of?: Made
  where?: Read
  whole?: Read
  /** The formula in one sentence. */
  words: string
  /** The rows' fields that it looks at. */
  used: ReadonlySet<string>
}

const names = /^(source|basis|counts|of|where|whole|unit|category|owner|minimum|better|note)$/

function own(body: Record<string, unknown>, ground: Ground | undefined): Problem[] {
  const problems: Problem[] = []
  const wrong = (at: string, text: string, code = 'missing') => problems.push({ code, text, at: `/${at}` })
  const text = (name: string, max: number, what: string) => {
    const given = typeof body[name] === 'string' ? (body[name] as string).trim() : ''
    if (given.length < 1 || given.length > max) wrong(name, `请填写${what}（最多 ${max} 个字）`)
  }
  if (!Object.hasOwn(counts, String(body.counts)))
    wrong('counts', '请选择算条数、合计、平均值还是占比', 'not-an-option')
  text('unit', 10, '单位')
  text('owner', 40, '负责人或负责科室')
  if (typeof body.minimum !== 'number' || !Number.isInteger(body.minimum) || body.minimum < 1 || body.minimum > 100_000)
    wrong('minimum', '最小样本数应为 1 到 100000 的整数', 'out-of-range')
  if (body.better !== undefined && body.better !== 'up' && body.better !== 'down')
    wrong('better', '应为 up 或 down', 'not-an-option')
  if (body.note !== undefined && (typeof body.note !== 'string' || body.note.length > 300))
    wrong('note', '说明最多 300 个字', 'too-long')
  for (const name of Object.keys(body))
    if (!names.test(name)) wrong(name, `没有名为“${name.slice(0, 60)}”的项`, 'unknown-field')
  if (!ground) return problems
  if (!momentsOf(ground.source).includes(String(body.basis))) wrong('basis', '请选择按哪个时间算', 'unknown-field')
  if (body.category !== undefined && !categoriesOf(ground.source).includes(String(body.category)))
    wrong('category', '这一项不能用来分类', 'unknown-field')
  return problems
}

const formulas: Readonly<
  Record<IndicatorBody['counts'], (source: string, of: string, where: string, whole: string) => string>
> = {
  count: (source, _, where) => `${source}${where}的条数`,
  sum: (source, of, where) => `${source}${where}的${of}合计`,
  average: (source, of, where) => `${source}${where}的${of}平均值`,
  share: (source, _, where, whole) => `${source}${where}的条数 ÷ ${source}${whole}的条数 × 100%`,
}

/** Reads an indicator's body; every problem has its place in it. */
export function readIndicator(
  speech: Speech,
  input: unknown,
): { indicator: ReadIndicator; problems?: undefined } | { problems: Problem[]; indicator?: undefined } {
  const body = (typeof input === 'object' && input !== null && !Array.isArray(input) ? input : {}) as Record<
    string,
    unknown
  >
  const ground = speech.ground(body.source)
  const problems = own(body, ground)
  if (!ground) return { problems: [unknownSource('/source'), ...problems] }
  const context = { ...speech.context(ground), rules: undefined }
  const part = <T>(
    name: string,
    wanted: boolean,
    read: (at: string) => { made?: T; used?: ReadonlySet<string>; problems?: Problem[] },
  ) => {
    if (!wanted) return undefined
    const outcome = read(`/${name}`)
    problems.push(...(outcome.problems ?? []))
    for (const field of outcome.used ?? []) used.add(field)
    return outcome.made
  }
  const used = new Set([String(body.basis), ...(typeof body.category === 'string' ? [body.category] : [])])
  const sums = body.counts === 'sum' || body.counts === 'average'
  const of = part('of', sums, (at) => measure(context, body.of, at))
  const isShare = body.counts === 'share'
  const where = part('where', isShare || (body.where !== undefined && body.where !== null), (at) =>
    condition(context, body.where, at),
  )
  const whole = part('whole', isShare && body.whole !== undefined && body.whole !== null, (at) =>
    condition(context, body.whole, at),
  )
  if (problems.length > 0) return { problems }
  const checked = body as unknown as IndicatorBody
  const limit = (read: Read | undefined) => (read ? `（${read.words}）` : '')
  const words = formulas[checked.counts](ground.source.title, of?.words ?? '', limit(where), limit(whole))
  const basis = ground.source.fields[checked.basis]?.title
  return { indicator: { body: checked, ground, of, where, whole, used, words: `${words}，按${basis}计` } }
}

export function requireIndicator(speech: Speech, input: unknown): ReadIndicator {
  const outcome = readIndicator(speech, input)
  if (outcome.problems) throw invalid(outcome.problems)
  return outcome.indicator
}

/** The language of one actor's indicators. */
export async function indicatorSpeech(sql: ISql, kinds: ReadonlyMap<string, Kind>, actor?: Actor): Promise<Speech> {
  return speechOf(kinds, await lawTitles(sql), new Map(), actor)
}

/** The unit in which an amount is summed: the one that stands for its field. */
export const amountUnit = ({ of }: ReadIndicator) => (of?.type.is === 'amount' ? of.type.unit : undefined)

/** The indicators that are switched on and can be counted. */
export async function indicatorsOn(
  sql: ISql,
  kinds: ReadonlyMap<string, Kind>,
): Promise<(ReadIndicator & { definition: Definition })[]> {
  const definitions = await definitionsOn(sql, 'indicator')
  if (definitions.length === 0) return []
  const speech = await indicatorSpeech(sql, kinds)
  return definitions.flatMap((definition) => {
    const { indicator } = readIndicator(speech, definition.body)
    return indicator ? [{ ...indicator, definition }] : []
  })
}

/** SQL of the legal day on which row `t` counts. */
export function daySql({ ground, body }: { ground: Ground; body: Pick<IndicatorBody, 'basis'> }): string {
  const column = `t.${snake(body.basis)}`
  return ground.source.fields[body.basis]?.type === 'day' ? column : `(${column} at time zone 'Asia/Shanghai')::date`
}

/** SQL of the category of row `t`; empty where there is none. */
export const categorySql = ({ body }: ReadIndicator): string =>
  body.category ? `coalesce(t.${snake(body.category)}::text, '')` : "''"
