import type { ISql } from 'postgres'
import { invalid, type Problem } from '../../failure.ts'
import { condition, momentsOf, opaque, type Read } from '../../language/expression/index.ts'
import type { Kind } from '../../language/index.ts'
import { fixedColumns } from '../../language/sheet.ts'
import type { Actor } from '../access/actor.ts'
import { type Definition, listDefinitions } from '../define/definitions.ts'
import type { Ground } from '../define/ground.ts'
import type { Speech } from '../define/speak.ts'
import { indicatorSpeech, type ReadIndicator, readIndicator } from '../indicators/indicator.ts'
import { type Block, blockTitles, cadences, placeholders, type ReportBody, spreads } from './wire.ts'

export type OnIndicator = ReadIndicator & { definition: Definition }
export type ReadList = { ground: Ground & { kind: Kind }; where?: Read }

/** A template that a report can be made from. */
export type ReadTemplate = {
  body: ReportBody
  indicators: ReadonlyMap<string, OnIndicator>
  /** Lists by the place of their block. */
  lists: ReadonlyMap<number, ReadList>
  /** The kinds and fields that the report looks at. */
  uses: Record<string, string[]>
}

/** What one actor's templates may speak of. */
export type ReportSpeech = { indicators: ReadonlyMap<string, OnIndicator>; speech: Speech; isCity: boolean }

export async function reportSpeech(sql: ISql, kinds: ReadonlyMap<string, Kind>, actor: Actor): Promise<ReportSpeech> {
  const speech = await indicatorSpeech(sql, kinds, actor)
  const indicators = new Map<string, OnIndicator>()
  for (const definition of await listDefinitions(sql, actor, 'indicator')) {
    const { indicator } = definition.state === 'on' ? readIndicator(speech, definition.body) : {}
    if (indicator) indicators.set(definition.id, { ...indicator, definition })
  }
  return { indicators, speech, isCity: actor.role === 'city' }
}

export const blocksMax = 40
const listMost = 200
const word = /\{([^{}]*)\}/g
/** The names that a text puts in braces. */
export const namesIn = (text: string): string[] => [...text.matchAll(word)].map(([, name = '']) => name.trim())

/** Gathers the problems of a template, each with the number and the name of its block. */
class TemplateReader {
  readonly problems: Problem[] = []
  readonly named: Record<string, string> = {}
  readonly lists = new Map<number, ReadList>()
  readonly used = new Map<string, Set<string>>()
  readonly known: ReportSpeech
  readonly before: Readonly<Record<string, unknown>>

  constructor(known: ReportSpeech, before: Readonly<Record<string, unknown>>) {
    this.known = known
    this.before = before
  }

  wrong(at: number, block: Record<string, unknown>, field: string, text: string, code = 'missing'): undefined {
    const title = blockTitles[block.is as Block['is']] ?? '未知'
    this.problems.push({
      code,
      text: `第 ${at + 1} 块（${title}）：${text}`,
      at: `/blocks/${at}${field ? `/${field}` : ''}`,
    })
  }

  use(source: string, fields: Iterable<string>): void {
    const known = this.used.get(source) ?? new Set<string>()
    for (const field of fields) known.add(field)
    this.used.set(source, known)
  }

  indicator(at: number, block: Record<string, unknown>, id: unknown, field: string): OnIndicator | undefined {
    const found = typeof id === 'string' ? this.known.indicators.get(id) : undefined
    if (found) this.use(found.ground.source.name, found.used)
    else this.wrong(at, block, field, id ? '没有这个指标，它已停用，或您看不到它' : '请选择指标', 'unknown-indicator')
    return found
  }

  text(at: number, block: Record<string, unknown>, max: number): undefined {
    const text = typeof block.text === 'string' ? block.text.trim() : ''
    if (text.length < 1 || text.length > max) return this.wrong(at, block, 'text', `请填写文字（最多 ${max} 个字）`)
    for (const name of namesIn(text)) {
      if ((placeholders as readonly string[]).includes(name)) continue
      const kept = this.known.indicators.get(String(this.before[name] ?? ''))
      const same = [...this.known.indicators.values()].filter((each) => each.definition.title === name)
      const found = kept ?? (same.length === 1 ? same[0] : undefined)
      if (found) {
        this.named[name] = found.definition.id
        this.use(found.ground.source.name, found.used)
      } else if (same.length > 1)
        this.wrong(at, block, 'text', `有 ${same.length} 个指标都叫“${name}”，请先改名`, 'ambiguous')
      else
        this.wrong(
          at,
          block,
          'text',
          `没有名为“${name.slice(0, 40)}”的占位项或指标；可用：${placeholders.join('、')}，或指标的名称`,
          'unknown-field',
        )
    }
  }

  spread(at: number, block: Record<string, unknown>, indicator: OnIndicator | undefined): undefined {
    if (!Object.hasOwn(spreads, String(block.along)))
      return this.wrong(at, block, 'along', '请选择随时间、按县区、按单位还是按类别', 'not-an-option')
    if (block.is === 'ranking' && (block.along === 'time' || block.along === 'trend'))
      this.wrong(at, block, 'along', '排名只能按县区、单位或类别', 'not-an-option')
    if (block.along === 'category' && indicator && !indicator.body.category)
      this.wrong(at, block, 'along', `指标“${indicator.definition.title}”没有分类`, 'not-an-option')
  }

  whole(at: number, block: Record<string, unknown>, field: string, most: number, what: string): void {
    const value = block[field]
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most)
      this.wrong(at, block, field, `${what}应为 1 到 ${most} 的整数`, 'out-of-range')
  }

  list(at: number, block: Record<string, unknown>): undefined {
    const ground = this.known.speech.ground(block.source)
    if (!ground?.kind)
      return this.wrong(at, block, 'source', '请选择要列的记录，或您无权查看这类记录', 'unknown-source')
    const { source, kind } = ground
    if (!momentsOf(source).includes(String(block.basis)))
      this.wrong(at, block, 'basis', `${source.title}没有这个时间`, 'unknown-field')
    const columns = Array.isArray(block.columns) ? block.columns.map(String) : []
    if (columns.length < 1 || columns.length > 12) this.wrong(at, block, 'columns', '请选择 1 到 12 列')
    for (const [index, name] of columns.entries()) {
      const field = Object.hasOwn(source.fields, name) ? source.fields[name] : undefined
      const place = `columns/${index}`
      const own = kind.fields[name]
      // What is known of persons stays where its reading is noted: a report goes from hand to hand.
      if (own && (own.class === 'personal' || own.class === 'secret'))
        this.wrong(at, block, place, `“${own.title}”是个人信息或秘密，不进报告`, 'personal')
      else if (!field && !fixedColumns.includes(name))
        this.wrong(at, block, place, `${source.title}没有名为“${name.slice(0, 40)}”的字段`, 'unknown-field')
      else if (field && opaque.includes(field.type))
        this.wrong(at, block, place, `“${field.title}”不能作为一列`, 'wrong-type')
    }
    this.whole(at, block, 'most', listMost, '行数')
    const given = block.where === undefined || block.where === null ? undefined : block.where
    const where = given && condition(this.known.speech.context(ground), given, `/blocks/${at}/where`)
    for (const { code, text, at: place } of where?.problems ?? [])
      this.problems.push({ code, at: place, text: `第 ${at + 1} 块（${blockTitles.list}）：${text}` })
    this.use(source.name, [String(block.basis), ...columns, ...(where && 'used' in where ? where.used : [])])
    this.lists.set(at, { ground: { ...ground, kind }, where: where?.made })
  }

  block(at: number, block: Record<string, unknown>): undefined {
    switch (block.is) {
      case 'heading':
        return this.text(at, block, 60)
      case 'text':
        return this.text(at, block, 2000)
      case 'figures': {
        const ids = Array.isArray(block.indicators) ? block.indicators : []
        if (ids.length < 1 || ids.length > 12) this.wrong(at, block, 'indicators', '请选择 1 到 12 个指标')
        for (const [index, id] of ids.entries()) this.indicator(at, block, id, `indicators/${index}`)
        return
      }
      case 'table':
      case 'chart':
      case 'ranking':
        this.spread(at, block, this.indicator(at, block, block.indicator, 'indicator'))
        if (block.is === 'ranking') this.whole(at, block, 'top', 50, '名次')
        return
      case 'list':
        return this.list(at, block)
      default:
        this.wrong(at, block, 'is', '没有这种内容块', 'not-an-option')
    }
  }
}

const fieldsOf: Readonly<Record<Block['is'], RegExp>> = {
  heading: /^(is|text)$/,
  text: /^(is|text)$/,
  figures: /^(is|indicators)$/,
  table: /^(is|indicator|along)$/,
  chart: /^(is|indicator|along)$/,
  ranking: /^(is|indicator|along|top)$/,
  list: /^(is|source|basis|columns|where|most)$/,
}

function frame(body: Record<string, unknown>, isCity: boolean): Problem[] {
  const problems: Problem[] = []
  const wrong = (at: string, text: string, code = 'not-an-option') => problems.push({ code, text, at: `/${at}` })
  if (!Object.hasOwn(cadences, String(body.cadence))) wrong('cadence', '请选择日报、周报、月报、季报还是年报')
  if (typeof body.auto !== 'boolean') wrong('auto', '请说明是否定期自动生成', 'wrong-type')
  if (typeof body.counties !== 'boolean') wrong('counties', '请说明是否为每个县区各出一份', 'wrong-type')
  else if (body.counties && !isCity) wrong('counties', '只有市级模板可以为各县区各出一份')
  if (body.note !== undefined && (typeof body.note !== 'string' || body.note.length > 300))
    wrong('note', '说明最多 300 个字', 'too-long')
  for (const name of Object.keys(body))
    if (!/^(cadence|auto|counties|note|blocks|named)$/.test(name))
      wrong(name, `没有名为“${name.slice(0, 60)}”的项`, 'unknown-field')
  if (!Array.isArray(body.blocks) || body.blocks.length < 1 || body.blocks.length > blocksMax)
    wrong('blocks', `请加入 1 到 ${blocksMax} 个内容块`, 'missing')
  return problems
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}

/** Reads a template's body; every problem names its block and its field. */
export function readTemplate(
  known: ReportSpeech,
  input: unknown,
): { template: ReadTemplate; problems?: undefined } | { problems: Problem[]; template?: undefined } {
  const body = objectOf(input)
  const reader = new TemplateReader(known, objectOf(body.named))
  const blocks = Array.isArray(body.blocks) ? body.blocks.slice(0, blocksMax).map(objectOf) : []
  for (const [at, block] of blocks.entries()) {
    reader.block(at, block)
    const own = fieldsOf[block.is as Block['is']]
    for (const name of own ? Object.keys(block) : [])
      if (!own.test(name)) reader.wrong(at, block, name, `没有名为“${name.slice(0, 40)}”的项`, 'unknown-field')
  }
  const problems = [...frame(body, known.isCity), ...reader.problems]
  if (problems.length > 0) return { problems: problems.slice(0, 50) }
  const uses = Object.fromEntries([...reader.used].map(([source, fields]) => [source, [...fields]]))
  const checked = { ...(body as unknown as ReportBody), named: reader.named }
  return { template: { body: checked, indicators: known.indicators, lists: reader.lists, uses } }
}

export function requireTemplate(known: ReportSpeech, input: unknown): ReadTemplate {
  const outcome = readTemplate(known, input)
  if (outcome.problems) throw invalid(outcome.problems)
  return outcome.template
}
