/** The sound of an AAC stream as its AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1) tells it. */
export type Sound = { codec: string; rate: number; channels: number; config: Buffer }

const rates = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350]

/** Reads the configuration; undefined where it is none that a browser plays. */
export function soundOf(config: Buffer): Sound | undefined {
  if (config.length < 2) return undefined
  const head = config.readUInt16BE(0)
  const object = head >> 11
  const rate = rates[(head >> 7) & 15]
  const channels = (head >> 3) & 15
  if (object < 1 || object > 5 || rate === undefined || channels < 1 || channels > 2) return undefined
  return { codec: `mp4a.40.${object}`, rate, channels, config: Buffer.from(config) }
}
