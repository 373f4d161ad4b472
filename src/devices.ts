import { join } from 'node:path'
import { runDevices } from './areas/devices/operations/run-devices.ts'
import { fillFromDevices } from './areas/kitchen/operations/fill-from-devices.ts'
import { doorOf } from './background.ts'
import type { House } from './platform/http/house.ts'
import { type IngestOptions, type Listeners, openStation, type Station, startIngest } from './platform/ingest/index.ts'
import { desk, openPool } from './platform/store/pools.ts'
import { tryVideo, type Video, type VideoOptions } from './platform/video/index.ts'

export type DeviceOptions = {
  databaseUrl: string
  /** Where devices are listened to; without it they push over HTTP alone. */
  ingest?: IngestOptions
  /** Where cameras publish. */
  video?: Omit<VideoOptions, 'folder'> & { folder?: string }
  quiet?: boolean
}

export type Devices = {
  station: Station
  video?: Video
  ports: Record<string, number>
  tlsPorts: Record<string, number>
  stop(): Promise<void>
}

/** What devices speak to, over connections of its own: a storm of devices leaves the desks theirs. */
export async function startDevices(
  house: House,
  { databaseUrl, ingest: options, video: filming, quiet = false }: DeviceOptions,
): Promise<Devices> {
  const sql = openPool(databaseUrl, { role: 'shisu_web', max: 6, patience: desk })
  const onError = (error: unknown) => {
    if (!quiet) console.error('设备接入出错：', error)
  }
  const listeners: Listeners = { onReadings: [], onDevice: [] }
  const station = openStation(sql, { listeners, clock: house.clock, onError })
  const following = runDevices({
    sql,
    open: doorOf(house),
    clock: house.clock,
    onError,
    fillers: [fillFromDevices],
    send: station.send,
  })
  listeners.onReadings.push(following.onReadings)
  listeners.onDevice.push(following.onDevice)
  const say = (text: string) => void (quiet || console.log(text))
  const ingest = options && (await startIngest(sql, station, options, say))
  const video =
    filming &&
    (await tryVideo(sql, station, { ...filming, folder: filming.folder ?? join(house.dataDir, 'video') }, say))
  return {
    station,
    video,
    ports: { ...ingest?.ports, ...(video && { rtmp: video.port }) },
    tlsPorts: ingest?.tlsPorts ?? {},
    stop: async () => {
      await ingest?.stop()
      await video?.stop()
      await station.stop()
      await following.stop()
      await sql.end({ timeout: 5 })
    },
  }
}
