import { notFound } from '../../../failure.ts'
import type { Kind } from '../../../language/index.ts'
import { number, reference } from '../../../language/index.ts'
import type { Operation } from '../../../platform/operation.ts'
import { meanKineticTemperature } from '../../../standards/kinetic-temperature.ts'
import { things } from '../../../standards/things/index.ts'
import { commandsOf } from '../../../telemetry/command/index.ts'
import { latest, type Reading, readings } from '../../../telemetry/index.ts'
import { deviceAlarm } from '../records/device-alarm.ts'
import { fieldDevice } from '../records/field-device.ts'
import { unitTitleOf } from './alarm-words.ts'
import { type DeviceRow, openAlarmsOf, placesOf, shown, withOwners } from './device-shown.ts'
import type { BoardAnswer, DeviceAnswer } from './wire.ts'

/** Devices on one board; beyond it the lists show the rest. */
const boardMax = 200

/** 设备看板: devices with what they last said, and the alarms that stand, as far as the reader's reach goes. */
export const deviceBoard: Operation = {
  name: 'device-board',
  title: '设备看板',
  help: '冷库、车辆、厨房设备的现状和未处理的报警，按您的管辖范围。',
  fields: {},
  roles: ['city', 'county', 'enterprise'],
  async run(work): Promise<BoardAnswer> {
    const { store, now, sql } = work
    const page = await store.list(fieldDevice as unknown as Kind, { limit: boardMax, filters: { state: 'running' } })
    const devices = await withOwners(work, page.items as unknown as DeviceRow[])
    const last = await latest(
      sql,
      devices.map(({ id }) => id),
    )
    const sites = await placesOf(work, devices)
    const alarms = await openAlarmsOf(work)
    return {
      asOf: now.toISOString(),
      kinds: { device: fieldDevice.name, alarm: deviceAlarm.name },
      devices: devices.map((device) => shown(device, now, last.get(device.id) ?? {}, sites)),
      alarms,
      more: page.next !== null,
    }
  },
}

const trackMax = 400

/** Every nth of a track, first and last kept. */
function thinned<T>(all: readonly T[]): T[] {
  const step = Math.max(1, Math.ceil(all.length / trackMax))
  return all.filter((_, n) => n % step === 0 || n === all.length - 1)
}

const temperatureOf = ({ values }: Reading): number | undefined =>
  [values.temp1, values.temperature].find((each): each is number => typeof each === 'number')

/** 设备现状: one device with its way, its mean kinetic temperature, its commands and alarms. */
export const seeDevice: Operation = {
  name: 'see-device',
  title: '设备现状',
  help: '一台设备最近的读数、轨迹、平均动力学温度、指令和报警。',
  fields: {
    device: reference({ title: '设备', required: true, to: 'field-device' }),
    hours: number({ title: '最近几小时', min: 1, max: 168 }),
  },
  roles: ['city', 'county', 'enterprise'],
  ofPage: true,
  async run(work, input): Promise<DeviceAnswer<Date>> {
    const { device: id, hours = 24 } = input as { device: string; hours?: number }
    const { store, now, sql } = work
    const [device] = await withOwners(work, [
      (await store.read(fieldDevice as unknown as Kind, id)) as unknown as DeviceRow,
    ])
    if (!device) throw notFound('这台设备')
    const stored = await readings(sql, id, new Date(now.getTime() - hours * 3_600_000), new Date(now.getTime() + 1))
    const [energy] = await sql<{ value: string }[]>`
      select rule_value('kinetic-temperature.energy', (${now}::timestamptz at time zone 'Asia/Shanghai')::date) as value`
    const warmth = stored.flatMap((each) => temperatureOf(each) ?? [])
    const mkt = meanKineticTemperature(warmth, Number(energy?.value))
    const track = stored.flatMap((reading) => {
      const { lat, lon: lng, door1 } = reading.values
      if (typeof lat !== 'number' || typeof lng !== 'number') return []
      const door = typeof door1 === 'boolean' ? door1 : null
      return [{ at: reading.at.toISOString(), lng, lat, temperature: temperatureOf(reading) ?? null, door }]
    })
    const thing = things.get(device.model)
    const alarms = await store.list(deviceAlarm as unknown as Kind, { limit: 20, filters: { device: id } })
    const last = (await latest(sql, [id])).get(id) ?? {}
    return {
      device: {
        ...shown(device, now, last, await placesOf(work, [device])),
        intervalSecond: device.intervalSecond,
        calibrationDue: device.calibrationDue ?? null,
      },
      properties: (thing?.properties ?? [])
        .filter((each) => each.type === 'number' && last[each.code])
        .map((each) => ({ ...each, unitTitle: unitTitleOf(each) })),
      offered: thing?.commands ?? [],
      commands: await commandsOf(sql, id),
      meanKineticTemperature: mkt === undefined ? null : Math.round(mkt * 10) / 10,
      track: thinned(track),
      alarms: alarms.items,
    }
  },
}
