import { Failure } from '../../../failure.ts'
import type { Kind } from '../../../language/index.ts'
import { reference } from '../../../language/index.ts'
import { note } from '../../../platform/audit/note.ts'
import { issueCredential } from '../../../platform/ingest/credentials.ts'
import type { Operation } from '../../../platform/operation.ts'
import { videoCamera } from '../records/video-camera.ts'

/** 取推流密钥: a new key for a camera, shown once; the one before is over, and its stream is cut off. */
export const issueStreamKey: Operation = {
  name: 'issue-stream-key',
  title: '取推流密钥',
  help: '给摄像机一把新的推流密钥，只显示这一次；原来的密钥随即失效。',
  fields: { camera: reference({ title: '摄像机', required: true, to: 'video-camera' }) },
  roles: ['enterprise'],
  async run({ sql, store, actor, now }, input) {
    const { camera: id } = input as { camera: string }
    const found = (await store.read(videoCamera as unknown as Kind, id)) as unknown as {
      ownerId: string
      state: string
      name: string
      stream: string
      recording: string
    }
    if (found.ownerId !== actor.ownerId || actor.viewedBy)
      throw new Failure(403, 'forbidden', '推流密钥由摄像机的所有者领取')
    if (found.state !== 'running') throw new Failure(409, 'wrong-state', '摄像机已停用，请先启用')
    const { secret } = await issueCredential(sql, {
      deviceId: id,
      ownerId: found.ownerId,
      protocol: 'rtmp',
      identity: found.stream,
      variant: { record: found.recording === 'yes' },
      now,
    })
    await note(sql, {
      actor,
      act: 'issue-key',
      kind: videoCamera.name,
      id,
      title: found.name,
      address: actor.address ?? '',
    })
    return { stream: found.stream, key: secret, path: `/live/${found.stream}?key=${secret}` }
  },
}
