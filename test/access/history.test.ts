import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { kinds } from '../../src/catalogue.ts'
import type { Kind } from '../../src/language/index.ts'
import { seal, verifyLedger } from '../../src/ledger/index.ts'
import { ledgerSources } from '../../src/ledger-sources.ts'
import { checkRecords } from '../../src/platform/ledger/row-check.ts'
import type { Keyring } from '../../src/platform/protect/keyring.ts'
import { clearHistory, sealHistory } from '../../src/platform/protect/seal-history.ts'
import { sealRows } from '../../src/platform/protect/seal-rows.ts'
import { testKeyring } from '../keys.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'
import { type Administrators, administratorsOf } from './visitor.ts'

let laws: LawTown
let admins: Administrators
let keyring: Keyring
const byName = new Map(kinds.map((kind) => [kind.name, kind]))
const kindOf = (name: string) => byName.get(name) as Kind
const told: string[] = []
const run = { now: new Date(), progress: async (done: number, total?: number) => void told.push(`${done}/${total}`) }
const work = () => sealHistory({ sql: laws.town.server.sql, keyring, kinds: byName }, '450200', run)

let complaint: string
let receipt: string

/** Two records as the release before 0060 wrote them: everything in the clear, in row and history. */
before(async () => {
  laws = await openLawTown()
  admins = await administratorsOf(laws.town.server)
  const { sql, dataDir } = laws.town.server
  keyring = await testKeyring(dataDir)
  // The work is done by hand here, so that what was before and after it can be looked at.
  await sql`update job set paused_at = now() where name = 'seal-history'`
  complaint = (await laws.made(kindOf('complaint'))).id
  receipt = (await laws.made(kindOf('material-receipt'))).id
  await sql.begin(async (tx) => {
    await tx`select set_config('shisu.actor', '{"name":"旧版","ownerTitle":""}', true)`
    await tx`update complaint set sealed = null, person_id = null, blind = null, complainant = '示例旧人甲',
      phone = '0772-2861111', version = 2 where id = ${complaint}`
    await tx`update material_receipt set supplier_as_received = (supplier_as_received - 'person')
      || '{"contact": "示例旧人乙", "phone": "0772-2862222"}', version = 2 where id = ${receipt}`
  })
  await sealRows(sql, kinds, keyring, new Date())
  await seal(sql, ledgerSources(keyring))
})
after(() => laws.town.server.close())

const images = async () =>
  (await laws.town.server.sql`select image::text as text from change`).map(({ text }) => text).join('\n')
const clear = () => clearHistory(laws.town.server.sql, byName)
const findings = async (keys?: Keyring) => {
  const { sql } = laws.town.server
  return [...(await verifyLedger(sql, ledgerSources(keys))).findings, ...(await checkRecords(sql, kinds))]
}

test('[A8.6.3.a] history from before sealing is sealed only when two administrators allow it', async () => {
  assert.deepEqual(
    (await clear()).map(({ kind, versions }) => [kind, versions]),
    [
      ['material-receipt', 1],
      ['complaint', 1],
    ],
  )
  assert.equal(await work(), 0, 'nobody has allowed it')
  const path = '/api/v1/history-sealing'
  assert.equal((await laws.town.city.call('POST', path, { reason: '升级后收尾' })).status, 403)
  const asked = await admins.system.call<{ approval: string }>('POST', path, { reason: '升级后收尾' })
  assert.equal(asked.status, 202, JSON.stringify(asked.body))
  const decide = (by: keyof Administrators) =>
    admins[by].call('POST', `/api/v1/approvals/${asked.body.approval}/decision`, { allow: true })
  assert.equal((await decide('system')).status, 403)
  assert.equal(await work(), 0)
  assert.equal((await decide('security')).status, 200)
})

test('[A8.6.3.a] [B6.1] the job leaves nothing readable, tells its progress, and every leaf of the log still fits', async () => {
  const before = await images()
  assert.ok(before.includes('示例旧人甲') && before.includes('示例旧人乙'))
  assert.deepEqual(await findings(keyring), [])
  assert.ok((await work()) >= 2)
  assert.ok(told.length > 0)
  const afterwards = await images()
  for (const text of ['示例旧人甲', '示例旧人乙', '0772-2861111', '0772-2862222'])
    assert.ok(!afterwards.includes(text), text)
  assert.deepEqual(await clear(), [])
  await seal(laws.town.server.sql, ledgerSources(keyring))
  assert.deepEqual(await findings(keyring), [], 'opened, each is what its leaf commits to')
  assert.deepEqual(await findings(), [], 'without keys, the leaf of the sealing vouches')
  const kind = kindOf('complaint')
  const { body } = await laws
    .writer(kind)
    .call<{ items: { version: number; image: { complainant: string } }[] }>(
      'GET',
      `/api/v1/records/${kind.name}/${complaint}/history`,
    )
  assert.equal(
    body.items.find(({ version }) => version === 2)?.image.complainant,
    '示例旧人甲',
    'its keeper reads it on',
  )
  assert.equal(await work(), 0, 'once')
  await assert.rejects(async () => laws.town.server.sql`update change_sealed set proof = 0`)
})

test('[A8.6.3.a] [B6.1] an erasure reaches that history, and a version altered afterwards is still found', async () => {
  const { sql } = laws.town.server
  const [row] = await sql<{ person: string }[]>`select person_id as person from complaint where id = ${complaint}`
  await sql`select destroy_person_key(${row?.person as string}, '本人要求', now())`
  assert.deepEqual(await findings(keyring), [], 'the sealing vouches for what nobody can open')
  await sql`update change set image = image || '{"complainant": "示例别人"}' where id = ${complaint} and version = 2`
  const found = await findings(keyring)
  assert.equal(found.filter(({ what }) => what === 'altered').length, 1)
})
