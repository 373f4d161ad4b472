import type { Sql } from 'postgres'
import { Failure, forbidden } from '../../failure.ts'
import type { Actor } from '../access/actor.ts'
import { reachOf } from '../access/reach.ts'
import type { Definition } from '../define/definitions.ts'
import { asOf } from '../indicators/answer.ts'
import type { Period } from '../indicators/wire.ts'
import { minuteOf } from '../indicators/words.ts'
import type { Keyring } from '../protect/keyring.ts'
import { type Asking, chartPiece, figureNow, figuresAlong, figuresPiece, spokenNow, tablePiece } from './figures.ts'
import { listPiece } from './list.ts'
import { periodWords } from './period.ts'
import type { OnIndicator, ReadTemplate } from './template.ts'
import type { Block, Piece, Placeholder, ReportContent } from './wire.ts'

/** What a report is made with. */
export type Press = {
  sql: Sql
  words: Asking['words'] & { regions: readonly { code: string; title: string }[] }
  keyring: Keyring
  clock: () => Date
}

export type Made = ReportContent & { title: string; asOf: Date; uses: Record<string, string[]> }

/** An actor's scope narrowed to one county: a report of a county is made as that county sees. */
export function scopedTo(actor: Actor, region: string | undefined): Actor {
  if (!region || region === actor.region) return actor
  if (actor.role !== 'city' || region.slice(0, 4) !== actor.region.slice(0, 4))
    throw forbidden('只能为自己管辖的县区出报告')
  return { ...actor, role: 'county', region }
}

type Frame = Asking & {
  press: Press
  template: ReadTemplate
  said: Readonly<Record<Placeholder, string>>
  asOf: Date
}

const indicatorOf = ({ template }: Frame, id: string): OnIndicator => {
  const found = template.indicators.get(id)
  if (!found) throw new Failure(422, 'unknown-indicator', '模板里的指标已停用，请先修改模板')
  return found
}

/** A text with its names filled in. */
async function filled(frame: Frame, text: string): Promise<string> {
  const names = [...new Set([...text.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name.trim()))]
  const values = new Map<string, string>()
  for (const name of names) {
    const id = frame.template.body.named[name]
    values.set(name, id ? await spokenNow(frame, indicatorOf(frame, id)) : frame.said[name as Placeholder])
  }
  return text.replace(/\{([^{}]*)\}/g, (_, name: string) => values.get(name.trim()) ?? '')
}

async function piecesOf(frame: Frame, block: Block, at: number): Promise<Piece[]> {
  switch (block.is) {
    case 'heading':
      return [{ is: 'heading', text: await filled(frame, block.text) }]
    case 'text':
      return (await filled(frame, block.text))
        .split('\n')
        .filter(Boolean)
        .map((text) => ({ is: 'text', text }))
    case 'figures':
      return [
        await figuresPiece(
          frame,
          block.indicators.map((id) => indicatorOf(frame, id)),
        ),
      ]
    case 'table':
    case 'chart':
    case 'ranking': {
      const of = indicatorOf(frame, block.indicator)
      const named = await figuresAlong(frame, of, block.along)
      const all = await figureNow(frame, of)
      if (block.is === 'chart') return [chartPiece(of, block.along, named, all)]
      return [tablePiece(of, block.along, named, all, block.is === 'ranking' ? block.top : undefined)]
    }
    case 'list': {
      const list = frame.template.lists.get(at)
      const { keyring, clock, words } = frame.press
      const door = {
        ...frame,
        keyring,
        now: clock(),
        regions: new Map(words.regions.map(({ code, title }) => [code, title])),
      }
      return list ? [await listPiece(door, block, list)] : []
    }
  }
}

/** Makes a report's content for one actor's scope and one period; writes nothing. Throws where the scope lacks a right. */
export async function makeReport(
  press: Press,
  actor: Actor,
  definition: Pick<Definition, 'title' | 'ownerTitle'>,
  template: ReadTemplate,
  period: Period,
): Promise<Made> {
  const { sql, words, clock } = press
  reachOf(actor)
  const { cadence } = template.body
  if (Date.parse(period.to) - Date.parse(period.from) > 366 * 5 * 86_400_000)
    throw new Failure(422, 'too-long', '报告的期间最多 5 年')
  const today = minuteOf(clock().toISOString()).slice(0, 10)
  const time = await asOf(sql)
  const region =
    actor.role === 'enterprise' ? actor.ownerTitle : words.regions.find(({ code }) => code === actor.region)?.title
  const spokenPeriod = periodWords(cadence, period)
  const said: Frame['said'] = {
    期间: spokenPeriod,
    开始: period.from,
    结束: period.to,
    区域: region ?? actor.region,
    编制单位: definition.ownerTitle,
    编制人: actor.name,
    编制日期: today,
    数据时间: minuteOf(time.toISOString()),
  }
  const frame: Frame = { sql, words, actor, period, cadence, press, template, said, asOf: time }
  const pieces: Piece[] = []
  for (const [at, block] of template.body.blocks.entries()) pieces.push(...(await piecesOf(frame, block, at)))
  if (period.to >= today) pieces.push({ is: 'text', text: `期间到 ${period.to} 才结束，以上是编制时的数。` })
  return { title: `${definition.title}（${spokenPeriod}，${said.区域}）`, pieces, asOf: time, uses: template.uses }
}
