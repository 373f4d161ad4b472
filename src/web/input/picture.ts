import { putFile } from '../shell/api.ts'
import { sha256 } from './sha256.ts'

const sideMax = 1600

/** The picture as JPEG with no side above 1600 pixels, upright; what a camera adds (place, device) is left out. */
async function smaller(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' })
  const scale = Math.min(1, sideMax / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(picture.width * scale)
  canvas.height = Math.round(picture.height * scale)
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
  picture.close()
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('not encoded'))), 'image/jpeg', 0.82),
  )
}

/** Makes a picture small, stores it, and answers its sha256. */
export async function storePicture(file: Blob): Promise<string> {
  const blob = await smaller(file)
  const hash = sha256(new Uint8Array(await blob.arrayBuffer()))
  await putFile(hash, blob)
  return hash
}
