import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { kinds } from '../../src/catalogue.ts'
import type { Kind } from '../../src/language/index.ts'
import type { Column } from '../../src/language/sheet.ts'
import { readBookMark } from '../../src/platform/sheets/book-mark.ts'
import { csvRows } from '../../src/platform/sheets/csv-read.ts'
import { csvCell } from '../../src/platform/sheets/csv-write.ts'
import { markedLine, readMark } from '../../src/platform/sheets/hidden-mark.ts'
import { openWorkbook } from '../../src/platform/sheets/workbook.ts'
import { readXlsx } from '../../src/platform/sheets/xlsx-read.ts'
import { type Provenance, xlsx } from '../../src/platform/sheets/xlsx-write.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'
import { type Administrators, administratorsOf } from './visitor.ts'

let laws: LawTown
let admins: Administrators

before(async () => {
  laws = await openLawTown()
  admins = await administratorsOf(laws.town.server)
})
after(() => laws.town.server.close())

const some = (n: number) => [`示例人${n}`, `1380000${1000 + n}`, n % 3 ? '' : '备注，带逗号', `=${n}`, '在岗', `${n}`]

test('[A8.6.3.b] a marked file reads as the same cells, and any part of it in any order tells its number', () => {
  const rows = Array.from({ length: 400 }, (_, n) => some(n))
  const lines = rows.map(markedLine('0badf00d'))
  const cells = (text: string) => [...csvRows(text)].map((row) => row.cells)
  assert.deepEqual(cells(lines.join('')), cells(rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('')))
  assert.equal(readMark(lines.join('')), '0badf00d')
  assert.equal(readMark(lines.slice(120, 240).reverse().join('')), '0badf00d')
  assert.equal(
    readMark(rows.map((row) => `${row.join(',')}\r\n`).join('')),
    undefined,
    'an unmarked file tells nothing',
  )
  assert.equal(readMark('随便什么"'), undefined)
})

test('[A8.6.3.b] a leaked export leads the audit administrator to who took it out, and nobody else may ask', async () => {
  const kind = kinds.find((each) => each.name === 'practitioner') as Kind
  const path = `/api/v1/records/${kind.name}`
  for (let n = 0; n < 40; n++)
    await laws
      .writer(kind)
      .call('POST', path, { ...laws.valid(kind), name: `示例员工${n}`, certificateNumber: `健${n}` })
  const { body } = await laws.writer(kind).call<{ text: string }>('GET', `${path}/export`)
  const leaked = body.text.split('\r\n').slice(5).join('\r\n')
  const found = await admins.audit.call<{ items: { actorName: string; kind: string }[] }>(
    'POST',
    '/api/v1/audit/leaks',
    {
      text: leaked,
    },
  )
  assert.equal(found.status, 200, JSON.stringify(found.body))
  const [row] = found.body.items
  assert.match(row?.actorName ?? '', /^test/)
  assert.equal(row?.kind, kind.name)
  assert.equal((await admins.security.call('POST', '/api/v1/audit/leaks', { text: leaked })).status, 403)
})

test('[A8.6.3.b] a workbook carries its number unseen in cells and seen in print, reads as the same cells, and tells it when cut or re-saved', async () => {
  const kind = kinds.find((each) => each.name === 'practitioner') as Kind
  const path = `/api/v1/records/${kind.name}/export?format=xlsx`
  const answer = await fetch(laws.town.server.url + path, {
    headers: { authorization: `Bearer ${laws.town.factory.token}` },
  })
  const book = Buffer.from(await answer.arrayBuffer())
  const number = /-([0-9a-f]{8})-/.exec(answer.headers.get('content-disposition') ?? '')?.[1]
  assert.ok(number)
  assert.equal(await readBookMark(book), number)
  const opened = await openWorkbook(book, '')
  const sheet = (await opened.archive.read('xl/worksheets/sheet1.xml', 1e7)).toString()
  assert.match(sheet, new RegExp(`<oddFooter>&amp;L[^<]*${number}`), 'the printed page says whose it is')
  const cells = async (file: Buffer) => {
    const all: string[][] = []
    for await (const rows of (await readXlsx(file, '')).rows) all.push(...rows.map((row) => row.cells))
    return all
  }
  assert.ok((await cells(book)).length > 40)
  const columns = ['甲', '乙', '丙'].map((title) => ({ title, format: 'text' }) as Column)
  const rows = Array.from({ length: 300 }, (_, n) => [`示例${n}`, `139${n}`, n % 2 ? '在岗' : ''])
  async function* batches() {
    yield rows
  }
  const made = async (whose?: Provenance) => {
    const parts: Buffer[] = []
    for await (const part of xlsx('示例', columns, batches(), whose)) parts.push(part)
    return Buffer.concat(parts)
  }
  const marked = await made({ number: '0badf00d', foot: '示例 & 人' })
  assert.deepEqual(await cells(marked), await cells(await made()))
  assert.equal(await readBookMark(marked), '0badf00d')
  assert.equal(await readBookMark(await made()), undefined)
  const found = await admins.audit.call<{ number: string; items: { kind: string }[] }>('POST', '/api/v1/audit/leaks', {
    book: book.toString('base64'),
  })
  assert.deepEqual([found.body.number, found.body.items[0]?.kind], [number, kind.name])
  const typed = await admins.audit.call<{ items: object[] }>('POST', '/api/v1/audit/leaks', { number })
  assert.equal(typed.body.items.length, 1, 'the number on a printed page is enough')
  assert.equal((await admins.audit.call('POST', '/api/v1/audit/leaks', {})).status, 422)
})
