// Reader by reader: the package's index brings every format and cannot be shaken.
import BinaryBitmap from '@zxing/library/esm/core/BinaryBitmap'
import HybridBinarizer from '@zxing/library/esm/core/common/HybridBinarizer'
import DecodeHintType from '@zxing/library/esm/core/DecodeHintType'
import DataMatrixReader from '@zxing/library/esm/core/datamatrix/DataMatrixReader'
import Code128Reader from '@zxing/library/esm/core/oned/Code128Reader'
import EAN8Reader from '@zxing/library/esm/core/oned/EAN8Reader'
import EAN13Reader from '@zxing/library/esm/core/oned/EAN13Reader'
import ITFReader from '@zxing/library/esm/core/oned/ITFReader'
import QRCodeReader from '@zxing/library/esm/core/qrcode/QRCodeReader'
import RGBLuminanceSource from '@zxing/library/esm/core/RGBLuminanceSource'
import type { Decode } from './decode.ts'

/** Pictures are read at this width: enough for a code that fills a third of it. */
const widthMax = 960

/** A reader of QR, DataMatrix, GS1-128, EAN and ITF codes in JavaScript: our pages allow no WebAssembly. */
export function openZxing(): Decode {
  const readers = [
    new QRCodeReader(),
    new EAN13Reader(),
    new Code128Reader(),
    new DataMatrixReader(),
    new EAN8Reader(),
    new ITFReader(),
  ]
  const hints = new Map<DecodeHintType, unknown>([
    [DecodeHintType.ASSUME_GS1, true],
    [DecodeHintType.TRY_HARDER, true],
  ])
  const canvas = document.createElement('canvas')
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  return async (video) => {
    const scale = Math.min(1, widthMax / video.videoWidth)
    canvas.width = Math.round(video.videoWidth * scale)
    canvas.height = Math.round(video.videoHeight * scale)
    if (!pen || canvas.width === 0) return undefined
    pen.drawImage(video, 0, 0, canvas.width, canvas.height)
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height)
    const grey = new Uint8ClampedArray(canvas.width * canvas.height)
    for (let i = 0; i < grey.length; i++)
      grey[i] = ((data[i * 4] as number) * 2 + (data[i * 4 + 1] as number) * 5 + (data[i * 4 + 2] as number)) >> 3
    const picture = new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(grey, canvas.width, canvas.height)))
    for (const reader of readers) {
      try {
        return reader.decode(picture, hints).getText()
      } catch {
        reader.reset()
      }
    }
    return undefined
  }
}
