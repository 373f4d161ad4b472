import type { Condition } from '../../language/expression/index.ts'
import type { Defined } from '../../platform/define/wire.ts'
import type { Block, Cadence, Piece as Kept, ReportBody, ReportHead, Spread } from '../../platform/reports/wire.ts'

export { blockTitles, cadences, spreads } from '../../platform/reports/wire.ts'
export type { Block, Cadence, Spread }
export type BlockType = Block['is']
export type ListBlock = Extract<Block, { is: 'list' }> & { where?: Condition }
export type Body = ReportBody

export type Template = Defined<Body> & { problem: string | null }

/** A piece of a finished report as it is shown: charts are drawn by the server, for screen and paper alike. */
export type Piece = Exclude<Kept, { is: 'chart' }> | (Extract<Kept, { is: 'chart' }> & { svg: string })

export type Report = ReportHead
export type Finished = Report & { content: { pieces: Piece[] } }
