import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAlarms } from '../src/areas/devices/operations/alarm-engine.ts'
import { kinds } from '../src/catalogue.ts'
import { openKeyring } from '../src/platform/protect/keyring.ts'
import { openStore } from '../src/platform/store/store.ts'
import { append } from '../src/telemetry/index.ts'
import { benchDevices } from './devices.ts'
import { benchDatabase, figure, machine } from './frame.ts'
import { switchOnRules } from './rules.ts'

/** How long the alarm engine takes until it judges ten thousand devices: the first time, and after a restart with nothing missed. */
const count = Number(process.env.SHISU_BENCH_DEVICES ?? 10_000)

const { sql, close } = await benchDatabase()
await machine(sql)
const devices = await benchDevices(sql, count)
await switchOnRules(sql, devices)
const [owner] = await sql<{ id: string }[]>`select id from owner where region = '450203' limit 1`
const at = new Date(Date.now() - 60_000)
for (let from = 0; from < count; from += 1000)
  await append(
    sql,
    devices.slice(from, from + 1000).map(({ deviceId }) => ({
      deviceId,
      ownerId: owner?.id ?? '',
      at,
      receivedAt: at,
      values: { temperature: 4, door: false, power: true },
    })),
  )
const keyring = await openKeyring(join(mkdtempSync(join(tmpdir(), 'shisu-bench-keys-')), 'keys.json'), new Date())
const byName = new Map(kinds.map((kind) => [kind.name, kind]))

async function enter(): Promise<number> {
  const started = performance.now()
  const engine = openAlarms({
    sql,
    open: (tx, actor, now) => openStore(tx, byName, actor, now, keyring),
    clock: () => new Date(),
    onError: (error) => {
      throw error
    },
  })
  await engine.tick()
  const seconds = (performance.now() - started) / 1000
  await engine.stop()
  return seconds
}

figure('alarm.entryS', await enter(), 's')
figure('alarm.restartS', await enter(), 's')
await close()
