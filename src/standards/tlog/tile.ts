import { wholeNumber } from './bytes.ts'

/** Leaves of one tile: 2^8 hashes of 32 bytes. */
export const TILE_WIDTH = 256
export const HASH_BYTES = 32

/** A tile's place: its level, or `entries`, its number within the level, and its width where it is not yet full. */
export type TilePlace = { level: number | 'entries'; index: number; width: number }

/** `<L>/<N>[.p/<W>]` as C2SP tlog-tiles writes it: 1234067 is x001/x234/067. */
export function tilePath({ level, index, width }: TilePlace): string {
  const groups =
    String(index)
      .padStart(Math.ceil(String(index).length / 3) * 3, '0')
      .match(/.{3}/g) ?? []
  const number = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/')
  return `${level}/${number}${width < TILE_WIDTH ? `.p/${width}` : ''}`
}

/** Reads a tile's path; null where it is not the one way to write it. */
export function parseTilePath(path: string): TilePlace | null {
  const match = /^(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([0-9]{1,3}))?$/.exec(path)
  if (!match) return null
  const level = match[1] === 'entries' ? 'entries' : wholeNumber(match[1] as string)
  const width = match[3] === undefined ? TILE_WIDTH : wholeNumber(match[3])
  const index = Number((match[2] as string).replace(/[x/]/g, ''))
  if (level === null || (level !== 'entries' && level > 63) || !width || !Number.isSafeInteger(index)) return null
  const place: TilePlace = { level, index, width }
  return tilePath(place) === path ? place : null
}

/** How many hashes the tile holds in a tree of `size` leaves: 0 where there is none yet. */
export function tileWidth(level: number, index: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level)
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH))
}
