import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sql } from 'postgres'
import { adoptStandardRules } from '../src/areas/devices/operations/adopt-standard-rules.ts'
import { kinds } from '../src/catalogue.ts'
import type { Actor } from '../src/platform/access/actor.ts'
import { openKeyring } from '../src/platform/protect/keyring.ts'
import { openStore } from '../src/platform/store/store.ts'
import type { BenchDevice } from './devices.ts'

/** Files the devices as refrigerators and switches on every standard rule: each reading is judged by those that concern it. */
export async function switchOnRules(sql: Sql, devices: readonly BenchDevice[]): Promise<number> {
  const [owner] = await sql<{ id: string }[]>`select id from owner where region = '450203' limit 1`
  const ownerId = owner?.id ?? ''
  const keyring = await openKeyring(join(mkdtempSync(join(tmpdir(), 'shisu-bench-keys-')), 'keys.json'), new Date())
  const byName = new Map(kinds.map((kind) => [kind.name, kind]))
  const actor: Actor = {
    userId: '',
    name: '压测',
    role: 'enterprise',
    ownerId,
    ownerTitle: '示例',
    region: '450203',
    scopes: [],
  }
  const city: Actor = { ...actor, role: 'city', region: '450200' }
  const now = new Date(Date.now() - 3 * 3_600_000)
  const device = byName.get('field-device')
  if (!device) throw new Error('no such kind')
  await sql.begin(async (tx) => {
    await tx`set local role shisu_web`
    await tx`set local timezone to 'UTC'`
    const store = openStore(tx, byName, actor, now, keyring)
    for (const { deviceId, identity } of devices)
      await store.create(device, {
        id: deviceId,
        code: identity,
        name: identity,
        model: 'FREEZER',
        protocol: 'mqtt',
        identity,
        intervalSecond: 60,
      })
    const work = {
      sql: tx,
      actor: city,
      store: openStore(tx, byName, city, now, keyring),
      now,
      codes: undefined as never,
    }
    await adoptStandardRules.run(work, {})
  })
  const [row] = await sql<
    { n: number }[]
  >`select count(*)::int as n from alarm_rule where state = 'on' and model = 'FREEZER'`
  return row?.n ?? 0
}
