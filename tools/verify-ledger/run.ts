import { existsSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { kinds } from '../../src/catalogue.ts'
import { verifyLedger } from '../../src/ledger/index.ts'
import { ledgerSources } from '../../src/ledger-sources.ts'
import { checkRecords } from '../../src/platform/ledger/row-check.ts'
import { keyServiceFrom } from '../../src/platform/protect/key-service.ts'
import { openKeyring } from '../../src/platform/protect/keyring.ts'

const words = { altered: '被改', missing: '缺失', added: '多出', leaf: '存证被改', checkpoint: '树根不符' } as const

const url = process.env.DATABASE_URL
if (!url) throw new Error('没有 DATABASE_URL')
const sql = postgres(url, { max: 2, onnotice: () => {}, connection: { TimeZone: 'UTC' } })
// The keys open what history sealed later (0121): without them such a version is held against its vouching leaf only.
const keyFile = process.env.SHISU_KEYS ?? join(process.env.SHISU_DATA ?? '.data', 'keys/keys.json')
const keyring = existsSync(keyFile) ? await openKeyring(keyFile, new Date(), keyServiceFrom(process.env)) : undefined
const started = Date.now()
const { leaves, findings } = await verifyLedger(sql, ledgerSources(keyring))
findings.push(...(await checkRecords(sql, kinds)))
await sql.end()
for (const { what, source, ref, text } of findings) console.log(`${words[what]}  ${source} ${ref}  ${text}`)
const seconds = ((Date.now() - started) / 1000).toFixed(1)
console.log(
  findings.length === 0
    ? `核对完毕：${leaves} 个存证与数据库全部相符，用时 ${seconds} 秒`
    : `核对完毕：${leaves} 个存证，发现 ${findings.length} 处不符，用时 ${seconds} 秒`,
)
process.exit(findings.length === 0 ? 0 : 1)
