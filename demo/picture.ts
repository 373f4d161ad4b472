import { crc32, deflateSync } from 'node:zlib'

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const size = Buffer.alloc(4)
  size.writeUInt32BE(data.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([size, body, check])
}

/** Grey levels by row as PNG. */
function png(width: number, height: number, rows: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 0, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** White rows, each with PNG's filter byte before it. */
function paper(width: number, height: number): Buffer {
  const rows = Buffer.alloc(height * (width + 1), 255)
  for (let y = 0; y < height; y++) rows[y * (width + 1)] = 0
  return rows
}

/** A small picture that looks like a delivery note from afar: lines of grey on white, different for each number. */
export function pngOf(number: number): Buffer {
  const width = 240
  const height = 320
  const rows = paper(width, height)
  for (let y = 0; y < height; y++) {
    const line = Math.floor(y / 16)
    const inLine = y % 16 > 6 && y % 16 < 10 && line > 1 && line < 17
    const end = 30 + ((line * 53 + number * 31) % 180)
    if (inLine) rows.fill(150, y * (width + 1) + 25, y * (width + 1) + end)
  }
  return png(width, height, rows)
}

/** A name written by hand, as nobody could read it: one stroke, different for each number. */
export function strokeOf(number: number): Buffer {
  const width = 320
  const height = 120
  const rows = paper(width, height)
  for (let at = 0; at < 1; at += 0.0005) {
    const x = Math.round(30 + 250 * at + 14 * Math.sin(40 * at + number))
    const y = Math.round(60 - 30 * Math.sin(25 * at + number) * Math.cos(7 * at + number / 2))
    for (let thick = 0; thick < 3; thick++)
      rows.fill(40, (y + thick) * (width + 1) + x, (y + thick) * (width + 1) + x + 3)
  }
  return png(width, height, rows)
}
