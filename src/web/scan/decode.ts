/** Reads the codes in one picture. */
export type Decode = (video: HTMLVideoElement) => Promise<string | undefined>

type Detector = { detect(source: CanvasImageSource): Promise<{ rawValue: string }[]> }
type DetectorType = { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> }

const wanted = ['qr_code', 'data_matrix', 'code_128', 'ean_13', 'ean_8', 'upc_a', 'itf']

async function ownDetector(): Promise<Decode | undefined> {
  const Type = (globalThis as { BarcodeDetector?: DetectorType }).BarcodeDetector
  const formats = (await Type?.getSupportedFormats().catch(() => []))?.filter((format) => wanted.includes(format)) ?? []
  if (!Type || formats.length === 0) return undefined
  const detector = new Type({ formats })
  return async (video) => (await detector.detect(video))[0]?.rawValue
}

/** The browser's own reader where it has one, else ours, which is loaded then. */
export async function openDecoder(): Promise<Decode> {
  return (await ownDetector()) ?? (await import('./zxing.ts')).openZxing()
}
