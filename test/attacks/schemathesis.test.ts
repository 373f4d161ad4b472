import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { call, openTown, type Town } from '../people.ts'
import { startServer, type TestServer } from '../server.ts'

// The project's own fuzzer (fuzz.test.ts) runs everywhere. This one is a stranger's, and needs Python: `pip install
// schemathesis`, on the path or named by SHISU_SCHEMATHESIS.
const program = process.env.SHISU_SCHEMATHESIS ?? 'schemathesis'
const version = () => execFileSync(program, ['--version'], { encoding: 'utf8', timeout: 30_000, stdio: 'pipe' }).trim()
const there = (() => {
  try {
    return version()
  } catch {
    return undefined
  }
})()

let town: Town
let outside: TestServer
let folder = ''
let document: { paths: Record<string, Record<string, unknown>> }

before(async () => {
  town = await openTown()
  folder = mkdtempSync(join(tmpdir(), 'shisu-schemathesis-'))
  document = (await call<typeof document>(town.server.url, undefined, 'GET', '/api/v1/openapi.json')).body
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(document))
  if (there) outside = await startServer({ role: 'public' })
})
after(async () => {
  await outside?.close()
  await town.server.close()
  rmSync(folder, { recursive: true, force: true })
})

const operations = () => Object.values(document.paths).flatMap((methods) => Object.keys(methods)).length

/** What no answer may say, whatever was asked. */
const leaks = /PostgresError|node_modules|\bat Object\.|syntax error at|relation "|violates|password_hash|argon2id/i

async function fuzz(
  url: string,
  name: string,
  token?: string,
): Promise<{ code: unknown; said: string; exchanged: string }> {
  const report = join(folder, `${name}.yaml`)
  const { code, said } = await new Promise<{ code: unknown; said: string }>((done) =>
    execFile(
      program,
      [
        ...['run', join(folder, 'openapi.json'), '--url', url, '--phases', 'fuzzing', '--max-examples', '1'],
        ...['--checks', 'not_a_server_error', '--generation-deterministic', '--no-color', '--continue-on-failure'],
        ...['--suppress-health-check', 'all', '--report-vcr-path', report],
        ...(token ? ['--header', `Authorization: Bearer ${token}`] : []),
      ],
      { timeout: 240_000, maxBuffer: 64 * 1024 * 1024, cwd: folder },
      (error, stdout, stderr) => done({ code: error?.code ?? 0, said: stdout + stderr }),
    ),
  )
  return { code, said, exchanged: readFileSync(report, 'utf8') }
}

test('[D6.4.4] schemathesis over every operation of the OpenAPI finds no defect and no leak, at the desk and at the public entrance', async (t) => {
  if (!there) return t.skip(`没有 schemathesis（需要 Python），${operations()} 项操作没有用它测`)
  for (const [name, url, token] of [
    ['desk', town.server.url, town.city.token],
    ['public', outside.url, undefined],
  ] as const) {
    const { code, said, exchanged } = await fuzz(url, name, token)
    assert.match(said, new RegExp(`Tested: +${operations()}\\b`), `${name}: ${said.slice(-3000)}`)
    assert.equal(code, 0, `${name}: ${said.slice(-6000)}`)
    assert.doesNotMatch(exchanged, leaks, name)
    t.diagnostic(`${there}: ${operations()} operations at the ${name} entrance, ${said.match(/\d+ generated/)?.[0]}`)
  }
})
