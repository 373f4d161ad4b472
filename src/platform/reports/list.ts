import { momentsOf } from '../../language/expression/index.ts'
import { rowsOf, sheetOf } from '../../language/sheet.ts'
import type { Actor } from '../access/actor.ts'
import { narrowingOf } from '../access/roles.ts'
import { daySql } from '../indicators/indicator.ts'
import type { Keyring } from '../protect/keyring.ts'
import { binding } from '../review/judge.ts'
import { titleBook } from '../sheets/references.ts'
import { openStore } from '../store/store.ts'
import type { Asking } from './figures.ts'
import type { ReadList } from './template.ts'
import type { Block, Piece } from './wire.ts'

type Door = Asking & { actor: Actor; keyring: Keyring; now: Date; regions: Parameters<typeof sheetOf>[1]['regions'] }

/** Records of the period in some columns, through the door that lists them. */
export async function listPiece(door: Door, block: Extract<Block, { is: 'list' }>, list: ReadList): Promise<Piece> {
  const { sql, words, actor, period, keyring, now, regions } = door
  const { ground, where } = list
  const { kind } = ground
  const store = openStore(sql, words.kinds, actor, now, keyring)
  const page = await store.list(kind, {
    filters: {},
    limit: block.most,
    narrow: (bind) => {
      const to = { ...binding(now, 'all').to, bind }
      const within = `${daySql({ ground, body: block })} between ${bind(period.from)}::date and ${bind(period.to)}::date`
      return [ground.alive, within, ...(where ? [where.sql(to)] : [])].join(' and ')
    },
  })
  const { hide = [] } = narrowingOf(actor.narrowing, kind.name)
  const sheet = sheetOf(kind, { regions }, hide, block.columns)
  const book = titleBook(sql, words.kinds, actor, keyring)
  await book.learn(kind, page.items)
  const cells = { regions, title: book.title, resolve: () => ({ wrong: '' }) }
  const total = page.totalCapped ? `超过 ${page.total}` : String(page.total)
  const basis = momentsOf(ground.source).includes(block.basis) ? ground.source.fields[block.basis]?.title : ''
  return {
    is: 'table',
    title: kind.title,
    heads: sheet.columns.map((column) => column.title),
    numeric: sheet.columns.map((column) => column.format === 'number'),
    rows: page.items.flatMap((row) => rowsOf(sheet, row, cells)),
    foot: [
      `${basis}在 ${period.from} 至 ${period.to}${where ? `，${where.words}` : ''}：共 ${total} 条${page.items.length < page.total ? `，列出 ${page.items.length} 条` : ''}`,
    ],
  }
}
