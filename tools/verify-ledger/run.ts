import { existsSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { kinds } from '../../src/catalogue.ts'
import { verifyLedger } from '../../src/ledger/index.ts'
import { ledgerSources } from '../../src/ledger-sources.ts'
import { logKeys } from '../../src/platform/ledger/ledger.ts'
import { checkRecords } from '../../src/platform/ledger/row-check.ts'
import { keyServiceFrom } from '../../src/platform/protect/key-service.ts'
import { openKeyring } from '../../src/platform/protect/keyring.ts'
import { parseVerifierKey } from '../../src/standards/tlog/index.ts'

const words = { altered: '被改', missing: '缺失', added: '多出', leaf: '存证被改', checkpoint: '树根不符' } as const

const url = process.env.DATABASE_URL
if (!url) throw new Error('没有 DATABASE_URL')
const sql = postgres(url, { max: 2, onnotice: () => {}, connection: { TimeZone: 'UTC' } })
// The keys open what history sealed later (0121): without them such a version is held against its vouching leaf only.
const keyFile = process.env.SHISU_KEYS ?? join(process.env.SHISU_DATA ?? '.data', 'keys/keys.json')
const keyring = existsSync(keyFile) ? await openKeyring(keyFile, new Date(), keyServiceFrom(process.env)) : undefined
const started = Date.now()
// Heads must be signed by a key of the log; which it had is in the log itself.
const known = await Promise.all((await logKeys(sql)).map(({ verifierKey }) => parseVerifierKey(verifierKey)))
const logs = known.filter((key) => key !== null)
let said = started
const { leaves, findings } = await verifyLedger(sql, ledgerSources(keyring), {
  ...(logs.length > 0 ? { logs } : {}),
  progress(done, total) {
    if (Date.now() - said < 5000) return
    said = Date.now()
    console.log(`已核对 ${done} / ${total} 个存证，每秒 ${Math.round((done / (said - started)) * 1000)} 个`)
  },
})
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
