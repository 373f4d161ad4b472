import type { Kind } from '../../../language/index.ts'
import { reference } from '../../../language/index.ts'
import type { Operation, Work } from '../../../platform/operation.ts'
import { latest } from '../../../telemetry/index.ts'
import { deviceAlarm } from '../records/device-alarm.ts'
import { fieldDevice } from '../records/field-device.ts'
import { sitePlan } from '../records/site-plan.ts'
import { type DeviceRow, openAlarmsOf, placesOf, shown, withOwners } from './device-shown.ts'
import type { PlanAnswer } from './wire.ts'

type PlanRow = { id: string; ownerId: string; name: string; picture: string[] }
type Placed = DeviceRow & { version: number; plan?: string | null; planX?: number | null; planY?: number | null }

const plansMax = 200
const devicesMax = 200

async function devicesOf(work: Work, filters: Record<string, string>): Promise<Placed[]> {
  const running = { state: 'running', ...filters }
  const page = await work.store.list(fieldDevice as unknown as Kind, { limit: devicesMax, filters: running })
  return page.items as unknown as Placed[]
}

/** 平面图现状: the plans of the reader's reach, and on one of them every device where it stands, with its live state. */
export const seeSitePlan: Operation = {
  name: 'see-site-plan',
  title: '平面图现状',
  help: '设备在场所平面图上的位置和现状，报警处一眼看到。',
  fields: { plan: reference({ title: '平面图', to: 'site-plan' }) },
  roles: ['city', 'county', 'enterprise'],
  async run(work, input): Promise<PlanAnswer> {
    const { plan: asked } = input as { plan?: string }
    const page = await work.store.list(sitePlan as unknown as Kind, { limit: plansMax, filters: { state: 'active' } })
    const plans = await withOwners(work, page.items as unknown as PlanRow[])
    const chosen = plans.find(({ id }) => id === asked) ?? plans[0]
    const alarms = await openAlarmsOf(work)
    const placed = chosen ? await withOwners(work, await devicesOf(work, { plan: chosen.id })) : []
    // Only its owner places devices: nobody else is shown what waits for a place.
    const own = work.actor.ownerId === chosen?.ownerId ? await devicesOf(work, {}) : []
    const last = await latest(
      work.sql,
      placed.map(({ id }) => id),
    )
    const sites = await placesOf(work, placed)
    return {
      asOf: work.now.toISOString(),
      kinds: { device: fieldDevice.name, alarm: deviceAlarm.name, plan: sitePlan.name },
      plans: plans.map(({ id, name, picture, ownerTitle }) => ({ id, name, picture: picture[0] ?? '', ownerTitle })),
      chosen: chosen?.id ?? null,
      devices: placed.map((device) => ({
        ...shown(device, work.now, last.get(device.id) ?? {}, sites),
        version: device.version,
        x: device.planX ?? 0,
        y: device.planY ?? 0,
      })),
      waiting: own
        .filter(({ plan }) => !plan)
        .map(({ id, name, room, version }) => ({ id, name, room: room ?? null, version })),
      alarms: alarms.filter(({ device }) => placed.some(({ id }) => id === device)),
    }
  },
}
