import { existsSync, renameSync, rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { ledgerKeyPath, openSigner, previousKeyPath } from '../../src/ledger/index.ts'
import { formatVerifierKey } from '../../src/standards/tlog/index.ts'

const usage =
  '用法：npm run ledger-key -- rotate（换新密钥）| retire（旧密钥停用）| revoke --key 公钥 --reason 原因（吊销）'
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { key: { type: 'string' }, reason: { type: 'string' } },
})
const dataDir = process.env.SHISU_DATA ?? '.data'
const current = ledgerKeyPath(process.env, dataDir)
const previous = previousKeyPath(process.env, dataDir)
const origin = process.env.SHISU_LEDGER_ORIGIN ?? 'shisu.local/ledger'
const sql = postgres(process.env.DATABASE_URL ?? '', { max: 1, onnotice: () => {} })
const keyIn = (path: string) => formatVerifierKey(openSigner(path, origin, 'ed25519'))

async function rotate(): Promise<void> {
  if (!existsSync(current)) throw new Error('还没有日志密钥：先启动一次平台')
  if (existsSync(previous)) throw new Error('上一把密钥还没有停用：先运行 retire')
  renameSync(current, previous)
  console.log(`旧密钥 ${await keyIn(previous)}\n新密钥 ${await keyIn(current)}`)
  console.log('重新启动平台后两把密钥同时签名，新密钥写进日志。把新公钥告诉见证方；都换好以后运行 retire。')
}

async function retire(): Promise<void> {
  if (!existsSync(previous)) throw new Error('没有等待停用的旧密钥')
  // Until the platform was started with the new key only the old one signs.
  const [known] = await sql`select 1 from ledger_key where verifier_key = ${await keyIn(current)}`
  if (!known) throw new Error('新密钥还没有写进日志：先重新启动平台，让两把密钥同时签名')
  const key = await keyIn(previous)
  await sql`update ledger_key set retired_at = now() where verifier_key = ${key}`
  rmSync(previous)
  console.log(`已停用 ${key}：它签过的仍然有效。请重新启动平台。`)
}

async function revoke(): Promise<void> {
  const { key, reason } = values
  if (!key || !reason) throw new Error(usage)
  if (existsSync(current) && (await keyIn(current)) === key) throw new Error('这把密钥正在使用：先运行 rotate，再吊销')
  const { count } = await sql`
    update ledger_key set revoked_at = now(), reason = ${reason} where verifier_key = ${key} and revoked_at is null`
  if (count === 0) throw new Error('没有这把密钥，或者它早已吊销')
  if (existsSync(previous) && (await keyIn(previous)) === key) rmSync(previous)
  console.log(`已吊销 ${key}：只有它签名的证明不再算数。请重新启动平台，并告诉见证方。`)
}

const acts: Readonly<Record<string, () => Promise<void>>> = { rotate, retire, revoke }
try {
  const act = acts[positionals[0] ?? '']
  if (!act) throw new Error(usage)
  await act()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await sql.end()
}
