import { invalid } from '../../../failure.ts'
import type { Kind } from '../../../language/index.ts'
import { instant, reference } from '../../../language/index.ts'
import { note } from '../../../platform/audit/note.ts'
import type { Operation } from '../../../platform/operation.ts'
import { recordedSpans } from '../../../platform/video/recordings.ts'
import { signTicket, ticketMs, videoKeyOf } from '../../../platform/video/ticket.ts'
import { videoCamera } from '../records/video-camera.ts'
import type { Watching } from './wire.ts'

const hoursMax = 26

/**
 * 看视频: addresses that hold for ten minutes and for this one person. Without times it is the live picture; with them
 * what was recorded between them. Each address that is given out stands in the audit.
 */
export const watchCamera: Operation = {
  name: 'watch-camera',
  title: '看视频',
  help: '取一路视频的观看地址，十分钟内有效；看直播不填时间，看录像填起止时间。每次观看都有记录。',
  fields: {
    camera: reference({ title: '摄像机', required: true, to: 'video-camera' }),
    from: instant({ title: '录像从' }),
    to: instant({ title: '录像到' }),
  },
  roles: ['city', 'county', 'enterprise'],
  ofPage: true,
  async run({ sql, store, actor, now }, input): Promise<Watching<Date>> {
    const { camera: id, from, to } = input as { camera: string; from?: string; to?: string }
    const found = (await store.read(videoCamera as unknown as Kind, id)) as unknown as { id: string; name: string }
    const range = rangeOf(from, to)
    const until = new Date(now.getTime() + ticketMs)
    const key = await videoKeyOf(sql)
    const ticket = signTicket(key, { cameraId: found.id, userId: actor.userId, until, live: !range, ...range })
    const spans = range ? await recordedSpans(sql, found.id, range.from, range.to) : []
    await note(
      sql,
      {
        actor,
        act: range ? 'watch-recording' : 'watch-live',
        kind: videoCamera.name,
        id: found.id,
        title: found.name,
        address: actor.address ?? '',
        ...(range && { detail: { from, to } }),
      },
      now,
    )
    const at = (name: string) => `/video/${found.id}/${name}?ticket=${encodeURIComponent(ticket)}`
    return range
      ? { playback: at('playback.m3u8'), spans, until: until.toISOString() }
      : { hls: at('live.m3u8'), flv: at('live.flv'), until: until.toISOString() }
  },
}

function rangeOf(from: string | undefined, to: string | undefined): { from: Date; to: Date } | undefined {
  if (!from && !to) return undefined
  const wrong = (at: string, text: string) => invalid([{ code: 'out-of-range', text, at }])
  if (!from) throw wrong('/from', '请填写录像从什么时候起')
  if (!to) throw wrong('/to', '请填写录像到什么时候')
  const range = { from: new Date(from), to: new Date(to) }
  const lasts = range.to.getTime() - range.from.getTime()
  if (lasts <= 0) throw wrong('/to', '结束应晚于开始')
  if (lasts > hoursMax * 3_600_000) throw wrong('/to', `一次最多看 ${hoursMax} 小时`)
  return range
}
