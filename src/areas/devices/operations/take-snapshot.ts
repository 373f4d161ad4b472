import { invalid } from '../../../failure.ts'
import { isId, isMoment, type Kind } from '../../../language/index.ts'
import type { CreateOperation } from '../../../platform/operation.ts'
import { keepRecording, wasSeen } from '../../../platform/video/recordings.ts'
import { videoCamera } from '../records/video-camera.ts'
import { videoSnapshot } from '../records/video-snapshot.ts'

/** A picture as evidence: whether the platform had video of that moment is found out here, and that video is kept with it. */
export const takeSnapshot: CreateOperation = {
  kind: videoSnapshot.name,
  async create({ store, sql }, input) {
    const { camera: id, takenAt } = (input ?? {}) as { camera?: unknown; takenAt?: unknown }
    const at = new Date(typeof takenAt === 'string' ? takenAt : Number.NaN)
    const isAsked = isId(id) && isMoment(at)
    // Evidence keeps recordings: only whoever may see the camera takes it.
    if (isAsked) await store.read(videoCamera as unknown as Kind, id).catch(throwHidden)
    const seen = isAsked && (await wasSeen(sql, id, at))
    const made = await store.create(videoSnapshot as unknown as Kind, input, () => ({ stored: seen ? 'yes' : 'no' }))
    if (isAsked && !made.known) await keepRecording(sql, id, at, `视频截图 ${made.row.id}`)
    return made
  },
}

function throwHidden(): never {
  throw invalid([{ code: 'no-such-record', text: '没有这台摄像机', at: '/camera' }])
}
