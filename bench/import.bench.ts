import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type Sql } from 'postgres'
import { materialReceipt } from '../src/areas/packaged-food/records/material-receipt.ts'
import { type Column, sheetOf } from '../src/language/sheet.ts'
import { createAccount, createAuthority, createToken } from '../src/platform/access/accounts.ts'
import { xlsx } from '../src/platform/sheets/xlsx-write.ts'
import { checkDigit } from '../src/standards/gs1/index.ts'
import { gln, uscc } from '../test/people.ts'
import { benchDatabase, figure, machine, startApplication } from './frame.ts'
import { processorOf, processorOfServer } from './processor.ts'

const RECEIPTS = Number(process.argv[2] ?? 10_000)
const LOTS = 2
const SUPPLIERS = 40

type Answer = { id: string; state: string; failure: string | null; counts: Record<string, number>; rows: number }

async function person(sql: Sql, ownerId: string, role: 'city' | 'enterprise'): Promise<string> {
  const now = new Date()
  const account = { ownerId, login: `bench-${role}`, name: '示例', role, password: 'Bench-1234' } as const
  const id = await createAccount(sql, account, now)
  return createToken(sql, id, { name: 'bench', scopes: [], expiresAt: new Date(now.getTime() + 3600_000) }, now)
}

/** A factory and its suppliers, filed by the city through its door. */
async function town(sql: Sql, url: string): Promise<string> {
  const city = await person(sql, await createAuthority(sql, '示例市局', '450200'), 'city')
  let factory = ''
  for (let n = 0; n <= SUPPLIERS; n++) {
    const response = await fetch(`${url}/api/v1/records/subject`, {
      method: 'POST',
      headers: { authorization: `Bearer ${city}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        name: n === 0 ? '示例螺蛳粉厂' : `示例供应商 ${n}`,
        uscc: uscc(9000 + n),
        activity: 'production',
        region: '450204',
        address: '示例路 1 号',
        gln: gln(9000 + n),
        contact: '示例人',
        phone: '0772-2860000',
      }),
    })
    const body = (await response.json()) as { id: string }
    if (response.status !== 201) throw new Error(JSON.stringify(body))
    if (n === 0) factory = body.id
  }
  return person(sql, factory, 'enterprise')
}

const gtin = (n: number) => {
  const digits = `0690${String(n % 30).padStart(9, '0')}`
  return digits + checkDigit(digits)
}

/** What a factory's clerk sends: each receipt with its lots on rows of their own. */
function rowOf(file: string, receipt: number, line: number): Record<string, string> {
  const minute = receipt % 600
  return {
    单号: `${file}-${receipt}`,
    到货时间: `2026-11-${String(1 + (receipt % 20)).padStart(2, '0')} ${String(8 + Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`,
    供应商: `示例供应商 ${1 + (receipt % SUPPLIERS)}`,
    送货单号: `${file}${receipt}`,
    名称: ['干米粉', '螺蛳', '酸笋', '花生'][line % 4] ?? '',
    商品条码: gtin(receipt + line),
    批号: `${file}${receipt}-${line}`,
    规格: '25 kg/袋',
    数量: String(100 + (receipt % 900)),
    数量单位: '千克',
    生产日期: '2026-11-01',
    '保质期（天）': '180',
    原产地: '广西柳州',
    合格证明: '有，合格',
    验收人: `示例验收员 ${receipt % 9}`,
    备注: receipt % 5 === 0 ? '外包装完好，已查验随货单据' : '',
  }
}

async function workbook(columns: readonly Column[], file: string, receipts: number): Promise<Buffer> {
  async function* batches(): AsyncGenerator<string[][]> {
    for (let from = 0; from < receipts; from += 100)
      yield Array.from({ length: 100 * LOTS }, (_, at) => {
        const row = rowOf(file, from + Math.floor(at / LOTS), at % LOTS)
        return columns.map(({ title }) => row[title] ?? '')
      })
  }
  const pieces: Buffer[] = []
  for await (const piece of xlsx(materialReceipt.title, columns, batches())) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** Uploads, waits until every cell is judged, commits, waits until all is written: what the clerk waits for. */
async function take(
  url: string,
  token: string,
  file: Buffer,
  receipts: number,
): Promise<{ staged: number; all: number }> {
  const headers = { authorization: `Bearer ${token}` }
  const began = performance.now()
  const sent = await fetch(`${url}/api/v1/records/${materialReceipt.name}/imports?name=bench.xlsx`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/octet-stream' },
    body: new Uint8Array(file),
  })
  const { id } = (await sent.json()) as Answer
  if (sent.status !== 202) throw new Error(`${sent.status}`)
  const until = async (wanted: string): Promise<Answer> => {
    for (;;) {
      const answer = (await (await fetch(`${url}/api/v1/imports/${id}?limit=1`, { headers })).json()) as Answer
      if (answer.state === wanted) return answer
      if (answer.state === 'failed' || answer.failure) throw new Error(answer.failure ?? '')
      await sleep(100)
    }
  }
  const ready = await until('ready')
  if (ready.counts.good !== receipts) throw new Error(`staged ${JSON.stringify(ready.counts)}`)
  const staged = performance.now() - began
  await fetch(`${url}/api/v1/imports/${id}/commit`, { method: 'POST', headers })
  const done = await until('done')
  if (done.counts.written !== receipts) throw new Error(`written ${JSON.stringify(done.counts)}`)
  return { staged, all: performance.now() - began }
}

/** Seconds for the same rows into a table of the same columns and indexes, 500 a statement, without anything else. */
async function bareInsert(url: string): Promise<number> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const columns = await sql<{ name: string }[]>`
    select column_name as name from information_schema.columns
    where table_name = 'material_receipt' and is_generated = 'NEVER' order by ordinal_position`
  const names = columns.map(({ name }) => name).join(', ')
  await sql`create table bare (like material_receipt including all)`
  const rows = await sql.unsafe<{ row: object }[]>(
    `select to_jsonb(t) as row from material_receipt t where delivery_note like 'B%' order by id`,
  )
  if (rows.length !== RECEIPTS) throw new Error(`${rows.length} rows`)
  const began = performance.now()
  for (let from = 0; from < rows.length; from += 500) {
    const chunk = JSON.stringify(rows.slice(from, from + 500).map(({ row }) => row))
    await sql.unsafe(
      `insert into bare (${names}) select ${names} from jsonb_populate_recordset(null::bare, $1::text::jsonb)`,
      [chunk],
    )
  }
  const seconds = (performance.now() - began) / 1000
  await sql.end()
  return seconds
}

const database = await benchDatabase()
await machine(database.sql)
const application = await startApplication({ databaseUrl: database.url })
try {
  const token = await town(database.sql, application.url)
  const regions = new Map<string, string>()
  const columns = sheetOf(materialReceipt, { regions }).columns.filter(({ readable }) => readable)
  await take(application.url, token, await workbook(columns, 'A', 1000), 1000)
  const file = await workbook(columns, 'B', RECEIPTS)
  const processor = async () => ({ web: processorOf(application.pid), server: await processorOfServer(database.sql) })
  const before = await processor()
  const { staged, all } = await take(application.url, token, file, RECEIPTS)
  const after = await processor()
  const bare = await bareInsert(database.url)
  const [made] = await database.sql<{ events: number }[]>`select count(*)::int as events from event`
  console.log(
    `${RECEIPTS} receipts of ${LOTS} lots, file of ${Math.round(file.length / 1024)} KB, ${made?.events} events in all`,
  )
  figure('import.s', all / 1000, 's')
  figure('import.staged', staged / 1000, 's')
  // What holds beside other work; followers of the feed have their part in the server's.
  figure('import.cpuS.web', after.web - before.web, 's')
  figure('import.cpuS.server', after.server - before.server, 's')
  figure('import.rate', RECEIPTS / (all / 1000), 'receipts/s')
  figure('import.bare', bare, 's')
  figure('import.ratio', bare / (all / 1000), 'of a bare insert of the records')
} finally {
  await application.close()
  await database.close()
}
