import { putFile } from '../shell/api.ts'
import { secondOf } from '../shell/time.ts'
import { type Shot, withShot } from './exif.ts'
import { sha256 } from './sha256.ts'

const sideMax = 1600

/** What stands on the picture itself: when, where, who. */
function stampLines({ at, place, by }: Shot): string[] {
  const where = place
    ? `东经 ${place.lng}° 北纬 ${place.lat}°${place.accuracyM === undefined ? '' : `（±${Math.round(place.accuracyM)} 米）`}`
    : '没有取得位置'
  return [secondOf(at), where, ...(by ? [by] : [])]
}

/** Draws the stamp onto the foot of the picture, readable on light and dark. */
function stamp(context: CanvasRenderingContext2D, shot: Shot): void {
  const { width, height } = context.canvas
  const size = Math.max(14, Math.round(Math.min(width, height) / 32))
  const lines = stampLines(shot)
  const tall = Math.round(size * 1.4)
  const band = tall * lines.length + size
  context.fillStyle = 'rgba(0, 0, 0, 0.5)'
  context.fillRect(0, height - band, width, band)
  context.font = `${size}px sans-serif`
  context.textBaseline = 'top'
  context.fillStyle = '#fff'
  for (const [index, line] of lines.entries())
    context.fillText(line, size, height - band + size / 2 + index * tall, width - 2 * size)
}

/** The picture as JPEG with no side above 1600 pixels, upright; what a camera adds (place, device) is left out. */
async function smaller(file: Blob, shot: Shot | undefined): Promise<Blob> {
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' })
  const scale = Math.min(1, sideMax / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(picture.width * scale)
  canvas.height = Math.round(picture.height * scale)
  const context = canvas.getContext('2d')
  context?.drawImage(picture, 0, 0, canvas.width, canvas.height)
  picture.close()
  if (context && shot) stamp(context, shot)
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('not encoded'))), 'image/jpeg', 0.82),
  )
}

/**
 * Makes a picture small, stores it, and answers its sha256. A shot taken on the spot is drawn onto it and written into
 * it, so that the hash that the record keeps covers when, where and by whom.
 */
export async function storePicture(file: Blob, shot?: Shot): Promise<string> {
  const small = await smaller(file, shot)
  const plain = new Uint8Array(await small.arrayBuffer())
  const bytes = shot ? withShot(plain, shot) : plain
  const hash = sha256(bytes)
  await putFile(hash, new Blob([bytes], { type: 'image/jpeg' }))
  return hash
}
