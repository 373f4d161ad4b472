/** When, where and by whom a picture was taken. */
export type Shot = {
  /** UTC, to the second. */
  at: string
  place?: { lng: number; lat: number; accuracyM?: number }
  by?: string
}

type Entry = { tag: number; type: 2 | 4 | 5; count: number; bytes: Uint8Array }

const ascii = (tag: number, text: string): Entry => {
  const bytes = new TextEncoder().encode(`${text}\0`)
  return { tag, type: 2, count: bytes.length, bytes }
}

function numbers(tag: number, type: 4 | 5, values: readonly number[]): Entry {
  const bytes = new Uint8Array(values.length * 4)
  const view = new DataView(bytes.buffer)
  for (const [index, value] of values.entries()) view.setUint32(index * 4, value, true)
  return { tag, type, count: type === 5 ? values.length / 2 : values.length, bytes }
}

/** Degrees, minutes and ten-thousandths of a second as rationals. */
function degrees(value: number): number[] {
  const units = Math.round(Math.abs(value) * 36_000_000)
  return [Math.floor(units / 36_000_000), 1, Math.floor(units / 600_000) % 60, 1, units % 600_000, 10_000]
}

/** Bytes of an IFD that starts at `offset` of the TIFF block, values behind its entries. */
function directory(entries: readonly Entry[], offset: number): Uint8Array {
  const sorted = [...entries].sort((a, b) => a.tag - b.tag)
  const head = 2 + sorted.length * 12 + 4
  const far = sorted.map(({ bytes }) => (bytes.length > 4 ? bytes.length + (bytes.length % 2) : 0))
  const out = new Uint8Array(head + far.reduce((sum, length) => sum + length, 0))
  const view = new DataView(out.buffer)
  view.setUint16(0, sorted.length, true)
  let behind = head
  for (const [index, { tag, type, count, bytes }] of sorted.entries()) {
    const at = 2 + index * 12
    view.setUint16(at, tag, true)
    view.setUint16(at + 2, type, true)
    view.setUint32(at + 4, count, true)
    if (bytes.length > 4) {
      view.setUint32(at + 8, offset + behind, true)
      out.set(bytes, behind)
      behind += far[index] ?? 0
    } else out.set(bytes, at + 8)
  }
  return out
}

/** `2026:11:20 09:30:00` of a UTC instant in Asia/Shanghai, as Exif writes it. */
function localTime(at: string): string {
  const local = new Date(new Date(at).getTime() + 8 * 3_600_000).toISOString()
  return `${local.slice(0, 10).replaceAll('-', ':')} ${local.slice(11, 19)}`
}

/** The Exif block (JEITA CP-3451) that tells of a shot. */
function exifOf({ at, place, by }: Shot): Uint8Array {
  const gps = place && [
    ascii(1, place.lat < 0 ? 'S' : 'N'),
    numbers(2, 5, degrees(place.lat)),
    ascii(3, place.lng < 0 ? 'W' : 'E'),
    numbers(4, 5, degrees(place.lng)),
    ...(place.accuracyM === undefined ? [] : [numbers(31, 5, [Math.round(place.accuracyM), 1])]),
  ]
  const exif = [ascii(0x9003, localTime(at)), ascii(0x9011, '+08:00')]
  const main = (exifAt: number, gpsAt: number) => [
    ...(by ? [ascii(0x013b, by)] : []),
    numbers(0x8769, 4, [exifAt]),
    ...(gps ? [numbers(0x8825, 4, [gpsAt])] : []),
  ]
  const exifAt = 8 + directory(main(0, 0), 8).length
  const gpsAt = exifAt + directory(exif, exifAt).length
  const parts = [
    new Uint8Array([0x49, 0x49, 42, 0, 8, 0, 0, 0]),
    directory(main(exifAt, gpsAt), 8),
    directory(exif, exifAt),
    ...(gps ? [directory(gps, gpsAt)] : []),
  ]
  return new Uint8Array(parts.flatMap((part) => [...part]))
}

/** The JPEG with the shot written into it, where every picture program finds it; its sha256 covers both. */
export function withShot(jpeg: Uint8Array<ArrayBuffer>, shot: Shot): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array([...new TextEncoder().encode('Exif\0\0'), ...exifOf(shot)])
  const length = block.length + 2
  const out = new Uint8Array(jpeg.length + block.length + 4)
  out.set(jpeg.subarray(0, 2))
  out.set([0xff, 0xe1, length >> 8, length & 255], 2)
  out.set(block, 6)
  out.set(jpeg.subarray(2), 6 + block.length)
  return out
}

type Values = Map<number, { text: string; numbers: number[] }>

function readDirectory(view: DataView, at: number): Values {
  const values: Values = new Map()
  const count = view.getUint16(at, true)
  for (let index = 0; index < count && index < 64; index++) {
    const entry = at + 2 + index * 12
    const [tag, type] = [view.getUint16(entry, true), view.getUint16(entry + 2, true)]
    const size = view.getUint32(entry + 4, true) * (type === 5 ? 8 : type === 4 ? 4 : 1)
    const from = size > 4 ? view.getUint32(entry + 8, true) : entry + 8
    const bytes = new Uint8Array(view.buffer, view.byteOffset + from, size)
    const text = type === 2 ? new TextDecoder().decode(bytes).replace(/\0.*$/s, '') : ''
    const whole = Array.from({ length: Math.floor(size / 4) }, (_, each) => view.getUint32(from + each * 4, true))
    values.set(tag, { text, numbers: type === 2 ? [] : whole })
  }
  return values
}

function angle(parts: readonly number[] | undefined, ref: string | undefined): number | undefined {
  if (!parts || parts.length < 6) return undefined
  const [d = 0, dBy = 1, m = 0, mBy = 1, s = 0, sBy = 1] = parts
  const value = d / dBy + m / mBy / 60 + s / sBy / 3600
  return Number((ref === 'S' || ref === 'W' ? -value : value).toFixed(6))
}

/** What a JPEG written by `withShot` tells of its shot; undefined where it tells nothing, or is another program's. */
export function shotOf(jpeg: Uint8Array): Shot | undefined {
  const marks = [0xff, 0xd8, 0xff, 0xe1]
  if (marks.some((mark, at) => jpeg[at] !== mark) || new TextDecoder().decode(jpeg.subarray(6, 10)) !== 'Exif')
    return undefined
  try {
    const view = new DataView(jpeg.buffer, jpeg.byteOffset + 12, jpeg.byteLength - 12)
    const main = readDirectory(view, view.getUint32(4, true))
    const exif = readDirectory(view, main.get(0x8769)?.numbers[0] ?? 0)
    const time = exif.get(0x9003)?.text.match(/^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)$/)
    if (!time || exif.get(0x9011)?.text !== '+08:00') return undefined
    const gpsAt = main.get(0x8825)?.numbers[0]
    const gps = gpsAt ? readDirectory(view, gpsAt) : undefined
    const [lat, lng] = [angle(gps?.get(2)?.numbers, gps?.get(1)?.text), angle(gps?.get(4)?.numbers, gps?.get(3)?.text)]
    const accuracyM = gps?.get(31)?.numbers[0]
    return {
      at: new Date(`${time[1]}-${time[2]}-${time[3]}T${time[4]}+08:00`).toISOString(),
      ...(lat !== undefined && lng !== undefined
        ? { place: { lng, lat, ...(accuracyM === undefined ? {} : { accuracyM }) } }
        : {}),
      ...(main.get(0x013b) ? { by: main.get(0x013b)?.text } : {}),
    }
  } catch {
    // Cut off or not ours: the picture is shown without.
    return undefined
  }
}
