import type { Kind } from '../../../language/index.ts'
import type { Operation } from '../../../platform/operation.ts'
import { deviceAlarm } from '../records/device-alarm.ts'
import { videoCamera } from '../records/video-camera.ts'
import { videoSnapshot } from '../records/video-snapshot.ts'
import type { Wall } from './wire.ts'

type Row = { id: string; ownerId: string; region: string; name: string; scene: string; room?: string; device?: string }

const camerasMax = 200
/** A stream that was not seen for so long is none, whatever its row says: the receiving process may have died. */
const staleMs = 20_000

/** 视频墙: every camera in use within the reader's reach, and whether it publishes now. */
export const cameraWall: Operation = {
  name: 'camera-wall',
  title: '视频监控',
  help: '按管辖范围看直播和录像，截图作证据。',
  fields: {},
  roles: ['city', 'county', 'enterprise'],
  async run({ sql, store, now }): Promise<Wall> {
    const page = await store.list(videoCamera as unknown as Kind, { limit: camerasMax, filters: { state: 'running' } })
    const cameras = page.items as unknown as Row[]
    const ids = cameras.map(({ id }) => id)
    const owners = await sql<{ id: string; title: string }[]>`
      select id, title from owner where id = any(${[...new Set(cameras.map(({ ownerId }) => ownerId))]}::uuid[])`
    const streams = await sql<
      { id: string; live: boolean; since: Date | null; codecs: string; problem: string | null }[]
    >`
      select camera_id as id, live_since is not null and seen_at > ${new Date(now.getTime() - staleMs)} as live,
        live_since as since, codecs, problem from video_stream where camera_id = any(${ids}::uuid[])`
    // Whoever looks at the cameras is told which device's alarm belongs to which.
    const alarms = await store.list(deviceAlarm as unknown as Kind, { limit: camerasMax, filters: { state: 'open' } })
    const waiting = alarms.items as unknown as { id: string; title: string; device: string; raisedAt: string }[]
    const titles = new Map(owners.map((owner) => [owner.id, owner.title]))
    const byId = new Map(streams.map((each) => [each.id, each]))
    return {
      asOf: now.toISOString(),
      kinds: { camera: videoCamera.name, snapshot: videoSnapshot.name, alarm: deviceAlarm.name },
      cameras: cameras.map(({ id, ownerId, region, name, scene, room, device }) => ({
        id,
        name,
        scene: videoCamera.fields.scene.options[scene as keyof typeof videoCamera.fields.scene.options] ?? scene,
        room: room ?? null,
        ownerTitle: titles.get(ownerId) ?? '',
        region,
        live: byId.get(id)?.live ?? false,
        since: byId.get(id)?.since?.toISOString() ?? null,
        problem: byId.get(id)?.problem ?? null,
        alarms: waiting
          .filter((alarm) => device !== undefined && alarm.device === device)
          .map((alarm) => ({ id: alarm.id, title: alarm.title, raisedAt: alarm.raisedAt })),
      })),
      more: page.next !== null,
    }
  },
}
