import type { Camera, Wall } from '../../areas/devices/operations/wire.ts'
import { sha256 } from '../input/sha256.ts'
import { uuidv7 } from '../record/id.ts'
import { call, putFile } from '../shell/api.ts'
import { path } from '../shell/path.ts'
import { secondOf } from '../shell/time.ts'

/** The picture that is shown, with camera, owner and the server's time written onto it. */
async function frameOf(video: HTMLVideoElement, camera: Camera, at: Date): Promise<Blob> {
  const canvas = document.createElement('canvas')
  canvas.width = video.videoWidth
  canvas.height = video.videoHeight
  const context = canvas.getContext('2d')
  if (!context || canvas.width === 0) throw new Error('no picture')
  context.drawImage(video, 0, 0)
  const size = Math.max(12, Math.round(canvas.height / 28))
  const line = `${camera.ownerTitle} ${camera.name}　${secondOf(at.toISOString())}`
  context.fillStyle = 'rgba(0, 0, 0, 0.55)'
  context.fillRect(0, canvas.height - size * 2, canvas.width, size * 2)
  context.fillStyle = '#fff'
  context.font = `${size}px sans-serif`
  context.textBaseline = 'middle'
  context.fillText(line, size / 2, canvas.height - size, canvas.width - size)
  return new Promise((done, failed) =>
    canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error('not encoded'))), 'image/jpeg', 0.9),
  )
}

/** Keeps the picture that is shown as evidence: its address among the records. */
export async function takeSnapshot(
  video: HTMLVideoElement,
  camera: Camera,
  at: Date,
  kinds: Wall['kinds'],
  alarm?: string,
): Promise<string> {
  const blob = await frameOf(video, camera, at)
  const bytes = new Uint8Array(await blob.arrayBuffer())
  const hash = sha256(bytes)
  await putFile(hash, blob)
  const id = uuidv7()
  await call('POST', `/api/v1/records/${kinds.snapshot}`, {
    id,
    camera: camera.id,
    takenAt: at.toISOString(),
    picture: [hash],
    ...(alarm && { alarm }),
  })
  return path.record(kinds.snapshot, id)
}
