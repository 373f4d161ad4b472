import { closeOthers, disableDevice, enableDevice, setVariant } from '../../../platform/ingest/credentials.ts'
import type { Reaction } from '../../../platform/operation.ts'
import { fieldDevice } from '../records/field-device.ts'
import { videoCamera } from '../records/video-camera.ts'

/** What is stopped or void may not come in any more: its credentials close, and with them its open connections. */
export const followDeviceState: Reaction = {
  name: 'follow-device-state',
  kinds: [fieldDevice.name, videoCamera.name],
  async react(sql, { id, kind, image, at, ownerId }) {
    if (image.state === 'running') await enableDevice(sql, id, ownerId)
    else await disableDevice(sql, id, at, ownerId)
    if (kind !== videoCamera.name) return
    await setVariant(sql, id, 'rtmp', { record: image.recording === 'yes' })
    await closeOthers(sql, id, 'rtmp', String(image.stream))
  },
}
