import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { clearOld } from '../../src/platform/sheets/imports.ts'
import { eventually } from '../eventually.ts'
import { openTown, type Town } from '../people.ts'
import { archive, row, workbook } from './books.ts'
import { bytesOf, imported, settled, staged, upload } from './files.ts'

let town: Town

before(async () => {
  town = await openTown()
})
after(() => town.server.close())

const kind = 'morning-check'
const heads = ['日期', '姓名', '晨检时间', '体温（℃）', '症状', '手部卫生', '结论', '处置', '检查人']
const good = (name: string) => [
  '2026-11-20',
  name,
  '2026-11-20 07:20',
  '36.5',
  '无',
  '合格',
  '可以上岗',
  '',
  '示例检查人',
]

const count = async () => (await town.server.sql<{ n: number }[]>`select count(*)::int as n from morning_check`)[0]?.n
const people = async () =>
  (await town.factory.call<{ items: Record<string, unknown>[] }>('GET', `/api/v1/records/${kind}?limit=200`)).body.items

const csv = (rows: readonly (readonly string[])[]) =>
  Buffer.from(rows.map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\r\n'))

/** GBK bytes of the few characters that a test needs; Node reads GBK but does not write it. */
function gbk(text: string): Buffer {
  const decoder = new TextDecoder('gbk')
  const table = new Map<string, number[]>()
  for (let high = 0x81; high <= 0xfe; high++)
    for (let low = 0x40; low <= 0xfe; low++) {
      const letter = decoder.decode(new Uint8Array([high, low]))
      if (letter.length === 1 && !table.has(letter)) table.set(letter, [high, low])
    }
  return Buffer.from(
    [...text].flatMap((letter) => (letter.charCodeAt(0) < 128 ? [letter.charCodeAt(0)] : (table.get(letter) ?? [63]))),
  )
}

test('a CSV file is read in UTF-8, with its mark, in UTF-16 and in GBK, with commas, tabs or semicolons', async () => {
  const text = (name: string, sign = ',') => [heads, good(name)].map((cells) => cells.join(sign)).join('\n')
  const files: [string, Buffer][] = [
    ['甲', Buffer.from(text('甲'))],
    ['乙', Buffer.from(`\ufeff${text('乙', ';')}`)],
    ['丙', Buffer.from(`\ufeff${text('丙', '\t')}`, 'utf16le')],
    ['丁', gbk(text('丁'))],
  ]
  for (const [name, file] of files) {
    const taken = await imported(town, town.factory, kind, file)
    assert.equal(taken.counts.written, 1, name)
    assert.ok(
      (await people()).some((row) => row.person === name),
      name,
    )
  }
})

test('rare characters, emoji, quotes, line breaks and a formula’s beginning come through as they are, both ways', async () => {
  const rare = ['𠮷野〇', '👩‍🍳厨师', '=SUM(A1)', '+86 12', '-三', '@用户', "'引号", '说"好"', '_x0041_']
  const notes = '第一行\n第二行，"引"\t完'
  const rows = rare.map((name) => [...good(name).slice(0, 6), '暂停上岗', notes, '示例检查人'])
  // As a program would write them: nothing in a CSV file guards a formula but an apostrophe.
  const guarded = rows.map((cells) => cells.map((cell) => (/^[=+\-@']/.test(cell) ? `'${cell}` : cell)))
  const first = await imported(town, town.factory, kind, csv([heads, ...guarded]))
  assert.equal(first.counts.written, rare.length, JSON.stringify(first.items))
  assert.equal(
    (await imported(town, town.factory, kind, await workbook([heads, ...rows]))).counts.known,
    rare.length - 1,
  )
  const stored = await people()
  for (const name of rare)
    assert.ok(
      stored.some((each) => each.person === name && each.measure === notes),
      name,
    )
  const exported = (await bytesOf(town, town.factory, `/api/v1/records/${kind}/export?format=csv`)).toString()
  // The export's unseen number stands in which cells are quoted.
  assert.match(exported, /(^|,)"?'=SUM/m)
  assert.doesNotMatch(exported, /(^|,)"?[=@]/m)
})

test('what stands above the heads, columns in another order, full-width digits and dates of every shape are understood', async () => {
  const file = await workbook([
    ['十一月晨检登记表'],
    [...heads].reverse(),
    ...[
      ['2026/11/20', '2026年11月20日 7:20', '３６.５'],
      ['2026年11月20日', '2026/11/20 07:20:00', '36.5℃'],
      ['20261120', '2026-11-20T07:20:00+08:00', ' 36.50 '],
      ['<c s="1"><v>46346</v></c>', '<c s="3"><v>46346.305555555555</v></c>', '<c><v>36.500000000000007</v></c>'],
      ['<c s="2"><v>46346</v></c>', '2026-11-20 07:20', '<c s="4"><v>36.5</v></c>'],
    ].map(([day = '', at = '', temperature = ''], n) => [
      '示例检查人',
      '',
      'fit',
      'clean',
      '无',
      temperature,
      at,
      `形式${n}`,
      day,
    ]),
  ])
  const taken = await imported(town, town.factory, kind, file)
  assert.equal(taken.counts.written, 5, JSON.stringify(taken.items))
  for (const each of (await people()).filter(({ person }) => String(person).startsWith('形式'))) {
    assert.equal(each.day, '2026-11-20')
    assert.equal(each.checkedAt, '2026-11-19T23:20:00.000Z')
    assert.deepEqual(each.temperature, { value: '36.5', unit: 'CEL' })
  }
})

test('each wrong cell is named by its address with the sentence that mends it, and nothing of its row is written', async () => {
  const before = await count()
  const wrong: [number, string, RegExp][] = [
    [0, '2026-02-30', /日期应为真实的日期/],
    [0, '20261-01-01', /日期应为真实的日期/],
    [0, '<c><v>46346</v></c>', /日期应为真实的日期/],
    [1, '', /请填写姓名/],
    [2, '2026-11-20', /晨检时间应为日期和时间/],
    [2, '2026-11-20 25:00', /晨检时间应为日期和时间/],
    [3, '三十六', /体温应为数字/],
    [3, '52', /体温应在 34 到 43/],
    [3, '36.5千克', /体温的单位应为℃/],
    [3, '<c t="e"><v>#N/A</v></c>', /错误值 #N\/A/],
    [3, '<c><f>B3+1</f><v>36.5</v></c>', /是公式/],
    [4, '头痛', /症状应为：无、发热/],
    [6, '暂停上岗', /处置/],
    [8, '长'.repeat(41), /最多 40 个字/],
    [1, '<c><v>4.5020219900101123E17</v></c>', /超过 15 位/],
    [1, '<c t="s"><v>99</v></c>', /文字在文件里找不到/],
    [1, `<c t="str"><v>${'长'.repeat(33_000)}</v></c>`, /33000 个字，一格最多 32767 个/],
    [1, `<c t="inlineStr"><is><t>${'长'.repeat(33_000)}</t></is></c>`, /33000 个字，一格最多 32767 个/],
  ]
  const rows = wrong.map(([at, value], n) => good(`错${n}`).map((cell, column) => (column === at ? value : cell)))
  const taken = await staged(town, town.factory, kind, await workbook([heads, ...rows, good('对')]), '?limit=200')
  assert.deepEqual([taken.counts.bad, taken.counts.good], [wrong.length, 1])
  for (const [n, [at, , sentence]] of wrong.entries()) {
    const item = taken.items[n]
    const cell = at === 6 ? 'H' : String.fromCharCode(65 + at)
    assert.equal(item?.problems[0]?.cell, `${cell}${n + 2}`, JSON.stringify(item))
    assert.match(item?.problems[0]?.text ?? '', sentence)
    assert.equal(item?.problems.length, 1, JSON.stringify(item?.problems))
  }
  assert.equal(await count(), before)
})

test('the error file holds only what was not taken, with its reason; corrected and sent again, each record is written once', async () => {
  const before = (await count()) ?? 0
  const rows = ['改一', '改二', '改三'].map((name, n) =>
    good(name).map((cell, at) => (n > 0 && at === 3 ? '高' : cell)),
  )
  const first = await imported(town, town.factory, kind, await workbook([heads, ...rows]))
  assert.deepEqual([first.counts.written, first.counts.bad], [1, 2])
  const file = await bytesOf(town, town.factory, `/api/v1/imports/${first.id}/errors.xlsx`)
  const again = await staged(town, town.factory, kind, file)
  assert.deepEqual([again.counts.bad, again.counts.good], [2, 0])
  const reason = again.heads.indexOf('错误原因')
  // The address is the cell of the error file, where the column may stand elsewhere than in the file that was sent.
  const heat = again.heads.findIndex((head) => head.startsWith('体温'))
  assert.ok((again.items[0]?.rows[0]?.cells[reason] ?? '').startsWith(`${'ABCDEFGH'[heat]}2：体温应为数字`))
  assert.deepEqual(again.notes, [])
  const mended = again.items.map(({ rows: [own] }) =>
    (own?.cells ?? []).map((cell, at) => (again.heads[at]?.startsWith('体温') ? '36.6' : cell)),
  )
  const second = await imported(town, town.factory, kind, csv([again.heads, ...mended]))
  assert.equal(second.counts.written, 2)
  // Whoever mends the whole file instead of the error file writes nothing twice either.
  const whole = rows.map((cells, n) => (n > 0 ? cells.map((cell, at) => (at === 3 ? '36.6' : cell)) : cells))
  const third = await imported(town, town.factory, kind, csv([heads, ...whole]))
  assert.deepEqual([third.counts.known, third.counts.written], [3, 0])
  assert.equal(await count(), before + 3)
})

test('a file that is no table, is locked, damaged, carries macros or is written by another program is refused with a sentence', async () => {
  const book = await workbook([heads, good('甲')])
  const cases: [string, Buffer, RegExp][] = [
    ['a picture', Buffer.from('89504e470d0a1a0a0000', 'hex'), /不是表格/],
    ['a PDF', Buffer.from('%PDF-1.7\n'), /不是表格/],
    ['an old or locked workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /旧版 \.xls|密码/],
    ['half a workbook', book.subarray(0, book.length / 2), /已损坏|没有传完整/],
    ['a flipped byte', Buffer.from(book.map((byte, at) => (at === 200 ? byte ^ 0xff : byte))), /已损坏|没有传完整/],
    ['macros', await workbook([heads], { files: { 'xl/vbaProject.bin': 'x' } }), /带有宏/],
    ['a document', await archive({ 'word/document.xml': '<a/>' }), /不是 Excel 工作簿/],
    [
      'no sheets to see',
      await workbook([heads], { sheets: '<sheet name="a" sheetId="1" state="hidden" r:id="rId1"/>' }),
      /没有可见的工作表/,
    ],
    ['a DTD', await workbook([heads], { data: '<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>' }), /XML 已损坏/],
    [
      'an entity',
      await workbook([], {
        data: '<worksheet><sheetData><row><c t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>',
      }),
      /XML 已损坏/,
    ],
    ['bytes', Buffer.from([0x80, 0xff, 0xfe, 0x81, 0x00, 0xff]), /编码|不是文字/],
    ['zeroes', Buffer.from('日期,姓名\0\n'), /不是文字文件/],
    ['an open quote', Buffer.from(`${heads.join(',')}\n"2026`), /引号没有成对/],
    [
      'other heads',
      csv([
        ['品名', '价格'],
        ['a', '1'],
      ]),
      /没有认出任何一列/,
    ],
    ['a missing column', csv([heads.filter((head) => head !== '姓名'), good('甲')]), /缺少必填的列：“姓名”/],
    [
      'a column twice',
      csv([
        [...heads, '姓名'],
        [...good('甲'), '乙'],
      ]),
      /不止一次：“姓名”/,
    ],
    ['heads alone', csv([heads]), /没有可读的行/],
    [
      'rows in disorder',
      await workbook([], {
        data: `<worksheet><sheetData>${row(1, heads)}${row(5, good('五'))}${row(2, good('二'))}</sheetData></worksheet>`,
      }),
      /行号颠倒或重复/,
    ],
    [
      'a row twice',
      await workbook([], {
        data: `<worksheet><sheetData>${row(1, heads)}${row(1, good('一'))}</sheetData></worksheet>`,
      }),
      /行号颠倒或重复/,
    ],
    [
      'a row that no sheet has',
      await workbook([], {
        data: `<worksheet><sheetData>${row(1, heads)}${row(99_999_999_999, good('一'))}</sheetData></worksheet>`,
      }),
      /行号颠倒或重复/,
    ],
    ['a cell of three million letters', await workbook([heads, ['x'.repeat(3_000_000)]]), /超过 2 MB/],
  ]
  const before = await count()
  for (const [name, file, sentence] of cases) {
    const taken = await staged(town, town.factory, kind, file)
    assert.equal(taken.state, 'failed', name)
    assert.match(taken.failure ?? '', sentence, name)
    assert.equal((await town.factory.call('POST', `/api/v1/imports/${taken.id}/commit`)).status, 409, name)
  }
  assert.equal((await upload(town, town.factory, kind, Buffer.alloc(0))).status, 400)
  assert.equal(await count(), before)
})

test('a bomb is refused by its inside, a file of 21 MB or 200 MB by its size, and one of too many rows by their count', async () => {
  const blank = ' '.repeat(1024 * 1024)
  function* bomb(): Generator<string> {
    yield '<worksheet><sheetData>'
    for (let n = 0; n < 210; n++) yield blank
    yield '</sheetData></worksheet>'
  }
  const packed = await workbook([], { data: bomb() })
  assert.ok(packed.length < 2 * 1024 * 1024)
  assert.match((await staged(town, town.factory, kind, packed)).failure ?? '', /压缩炸弹/)
  const lying = Buffer.from(packed)
  // The size that the directory claims is no promise.
  for (let at = lying.indexOf('PK\x01\x02'); at >= 0; at = lying.indexOf('PK\x01\x02', at + 4))
    lying.writeUInt32LE(10, at + 24)
  assert.match((await staged(town, town.factory, kind, lying)).failure ?? '', /压缩炸弹|已损坏/)
  for (const size of [21, 200]) {
    const answer = await upload(town, town.factory, kind, Buffer.alloc(size * 1024 * 1024, 65)).catch((error) =>
      String(error.cause ?? error),
    )
    // Node may close the connection while the client is still sending: either way nothing is taken.
    if (typeof answer === 'string') assert.match(answer, /EPIPE|ECONNRESET|closed/)
    else assert.equal(answer.status, 413)
  }
  const many = Buffer.from(`${heads.join(',')}\n${`${good('多').join(',')}\n`.repeat(100_100)}`)
  assert.match((await staged(town, town.factory, kind, many)).failure ?? '', /最多 100000 行/)
})

test('merged cells: a tall one means the same in each of its rows, a wide one is refused at its cell', async () => {
  const tall = [good('合一'), good('合二').map((cell, at) => (at === 0 ? '' : cell))]
  const after = '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
  assert.equal(
    (await imported(town, town.factory, kind, await workbook([heads, ...tall], { after }))).counts.written,
    2,
  )
  const wide = '<mergeCells count="1"><mergeCell ref="E2:F2"/></mergeCells>'
  const taken = await staged(town, town.factory, kind, await workbook([heads, good('合三')], { after: wide }))
  assert.equal(taken.items[0]?.problems[0]?.cell, 'E2')
  assert.match(taken.items[0]?.problems[0]?.text ?? '', /合并的单元格 E2:F2/)
})

test('hidden sheets are not read, hidden rows are and it is said, and so are other sheets and unknown columns', async () => {
  const data = `<worksheet><sheetData>${row(1, [...heads, '备注二'])}${row(2, [...good('藏'), 'x']).replace('<row ', '<row hidden="1" ')}</sheetData></worksheet>`
  const sheets =
    '<sheet name="旧" sheetId="2" state="veryHidden" r:id="rId2"/><sheet name="晨检" sheetId="1" r:id="rId1"/><sheet name="说明" sheetId="3" r:id="rId2"/>'
  const files = { 'xl/worksheets/sheet2.xml': '<worksheet><sheetData/></worksheet>' }
  const taken = await staged(town, town.factory, kind, await workbook([], { data, sheets, files }))
  assert.equal(taken.counts.good, 1)
  const said = taken.notes.join('\n')
  for (const part of [/只读取了工作表“晨检”/, /“说明”/, /1 行是隐藏的/, /没有读取不认识的列：“备注二”/])
    assert.match(said, part)
  assert.doesNotMatch(said, /“旧”/)
})

test('[A4.6] an import is seen by whoever brought it and by nobody else', async () => {
  const taken = await staged(town, town.factory, kind, csv([heads, good('私')]))
  const paths = [`/api/v1/imports/${taken.id}`, `/api/v1/imports/${taken.id}/errors.xlsx`]
  for (const person of [town.neighbour, town.county, town.city]) {
    for (const path of paths) assert.equal((await person.call('GET', path)).status, 404)
    assert.equal((await person.call('POST', `/api/v1/imports/${taken.id}/commit`)).status, 404)
    const list = await person.call<{ items: { id: string }[] }>('GET', '/api/v1/imports')
    assert.ok(!list.body.items.some(({ id }) => id === taken.id))
  }
  const own = await town.factory.call<{ items: { id: string }[] }>('GET', '/api/v1/imports')
  assert.equal(own.body.items[0]?.id, taken.id)
  // Who may not create may not import, nor fetch the template.
  assert.equal((await upload(town, town.county, kind, csv([heads, good('私')]))).status, 403)
  assert.equal((await town.county.call('GET', `/api/v1/records/${kind}/template.xlsx`)).status, 403)
})

test('asked twice to commit, an import is committed once', async () => {
  const before = (await count()) ?? 0
  const taken = await staged(town, town.factory, kind, csv([heads, good('双一'), good('双二')]))
  const answers = await Promise.all(
    [1, 2, 3].map(() => town.factory.call('POST', `/api/v1/imports/${taken.id}/commit`)),
  )
  assert.deepEqual(
    answers.map(({ status }) => status),
    [202, 202, 202],
  )
  assert.equal((await settled(town.factory, taken.id)).counts.written, 2)
  assert.equal(await count(), before + 2)
})

test('work that was left by a process that died is taken up again and writes nothing twice', async () => {
  const { sql } = town.server
  const before = (await count()) ?? 0
  const names = Array.from({ length: 700 }, (_, n) => `续${n}`)
  const file = csv([heads, ...names.map(good)])
  const taken = await staged(town, town.factory, kind, file)
  await sql`create table staged_rows as select * from import_row where import_id = ${taken.id}`
  await town.factory.call('POST', `/api/v1/imports/${taken.id}/commit`)
  assert.equal((await settled(town.factory, taken.id)).counts.written, 700)
  // As if it had died after writing the records and before saying so. Another file has the runner look at once.
  await sql`delete from import_row where import_id = ${taken.id}`
  await sql`insert into import_row select * from staged_rows`
  await sql`drop table staged_rows`
  await sql`update import set state = 'committing', written = '{}', worker = gen_random_uuid(), leased_until = now() - interval '1 second' where id = ${taken.id}`
  await upload(town, town.factory, kind, csv([heads]))
  const again = await settled(town.factory, taken.id)
  assert.deepEqual([again.state, again.counts.known, again.counts.written], ['done', 700, 0])
  assert.equal(await count(), before + 700)
  // As if it had died in the middle of reading.
  const [account] = await sql<{ id: string }[]>`select account_id as id from import where id = ${taken.id}`
  assert.ok(account)
  await sql`insert into import_file (owner_id, import_id, body) values (${town.factory.ownerId}, ${taken.id}, ${file})`
  await sql`update import set state = 'reading', worker = gen_random_uuid(), leased_until = now() - interval '1 second' where id = ${taken.id}`
  await upload(town, town.factory, kind, csv([heads]))
  const read = await settled(town.factory, taken.id)
  assert.deepEqual([read.state, read.counts.known], ['ready', 700])
})

test('what was staged is cleared a month after it was last worked on; the import itself and its counts stay', async () => {
  const { sql } = town.server
  const taken = await staged(town, town.factory, kind, csv([heads, good('旧')]))
  const rows = () => sql`select from import_row where import_id = ${taken.id}`
  await clearOld(sql, [], new Date(Date.now() + 29 * 86_400_000))
  assert.equal((await rows()).length, 1)
  await clearOld(sql, [], new Date(Date.now() + 31 * 86_400_000))
  assert.equal((await rows()).length, 0)
  const { body } = await town.factory.call<{ counts: { good: number } }>('GET', `/api/v1/imports/${taken.id}`)
  assert.equal(body.counts.good, 1)
})

test('[D6.4.6.c] what a file said of persons is cleared as soon as it is written, the rest a day later; each record names who brought it', async () => {
  const { sql } = town.server
  const taken = await staged(
    town,
    town.factory,
    kind,
    csv([heads, good('清'), ['2026-11-20', '错', ...good('').slice(2, 3), '一百度', ...good('').slice(4)]]),
  )
  const rows = () => sql<{ state: string }[]>`select state from import_row where import_id = ${taken.id}`
  const files = await sql`select from import_file where import_id = ${taken.id}`
  assert.equal(files.length, 0, 'the file itself goes when it was read')
  await town.factory.call('POST', `/api/v1/imports/${taken.id}/commit`)
  const done = await settled(town.factory, taken.id)
  assert.deepEqual([done.state, done.counts.written], ['done', 1], JSON.stringify(done))
  await eventually(async () => (await rows()).every(({ state }) => state === 'bad'), 'what is written is cleared')
  await clearOld(sql, [kind], new Date(Date.now() + 25 * 3_600_000))
  assert.equal((await rows()).length, 0)
  const [account] = await sql<{ id: string }[]>`select account_id as id from import where id = ${taken.id}`
  const [change] = await sql<{ actor: string }[]>`
    select actor::text from change where kind = ${kind} and owner_id = ${town.factory.ownerId} order by seq desc limit 1`
  assert.match(change?.actor ?? '', new RegExp(account?.id ?? 'nobody'))
})

test('an export that is broken off gives its connection back', async () => {
  for (let n = 0; n < 24; n++) {
    const stop = new AbortController()
    const response = await fetch(`${town.server.url}/api/v1/records/${kind}/export?format=csv`, {
      headers: { authorization: `Bearer ${town.factory.token}` },
      signal: stop.signal,
    })
    assert.equal(response.status, 200)
    stop.abort()
    await response.body?.cancel().catch(() => {})
  }
  for (const until = Date.now() + 60_000; Date.now() < until; ) {
    const { status } = await town.factory.call('GET', `/api/v1/records/${kind}/export?format=csv`)
    if (status === 200) break
  }
  assert.equal((await town.factory.call('GET', `/api/v1/records/${kind}/export?format=csv`)).status, 200)
  assert.equal((await town.factory.call('GET', `/api/v1/records/${kind}`)).status, 200)
})

test('an export refuses what a list refuses, pages and unknown formats, before it begins', async () => {
  for (const query of [
    'format=pdf',
    'limit=5',
    'after=x',
    'nonsense=1',
    'sort=nonsense',
    'columns=nonsense',
    'day.from=20261-01-01',
  ])
    assert.equal((await town.factory.call('GET', `/api/v1/records/${kind}/export?${query}`)).status, 422, query)
  const response = await bytesOf(town, town.factory, `/api/v1/records/${kind}/export?columns=person,day,state&sort=day`)
  assert.match(response.toString(), /^\ufeff姓名,日期,记录状态\r?\n/)
})
