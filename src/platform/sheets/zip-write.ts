import { crc32, createDeflateRaw } from 'node:zlib'

type Written = { name: Buffer; crc: number; packed: number; size: number; offset: number }

// 1 January 2026: an archive of the same rows is the same bytes.
const dosDate = ((2026 - 1980) << 9) | (1 << 5) | 1

function localHead(name: Buffer): Buffer {
  const head = Buffer.alloc(30)
  head.writeUInt32LE(0x04034b50, 0)
  head.writeUInt16LE(20, 4)
  // Sizes and checksum follow the data, names are UTF-8.
  head.writeUInt16LE(0x0808, 6)
  head.writeUInt16LE(8, 8)
  head.writeUInt16LE(dosDate, 12)
  head.writeUInt16LE(name.length, 26)
  return Buffer.concat([head, name])
}

function dataDescriptor({ crc, packed, size }: Written): Buffer {
  const tail = Buffer.alloc(16)
  tail.writeUInt32LE(0x08074b50, 0)
  tail.writeUInt32LE(crc, 4)
  tail.writeUInt32LE(packed, 8)
  tail.writeUInt32LE(size, 12)
  return tail
}

function directory(entries: readonly Written[], offset: number): Buffer {
  const heads = entries.map(({ name, crc, packed, size, offset: at }) => {
    const head = Buffer.alloc(46)
    head.writeUInt32LE(0x02014b50, 0)
    head.writeUInt16LE(20, 4)
    head.writeUInt16LE(20, 6)
    head.writeUInt16LE(0x0808, 8)
    head.writeUInt16LE(8, 10)
    head.writeUInt16LE(dosDate, 14)
    head.writeUInt32LE(crc, 16)
    head.writeUInt32LE(packed, 20)
    head.writeUInt32LE(size, 24)
    head.writeUInt16LE(name.length, 28)
    head.writeUInt32LE(at, 42)
    return Buffer.concat([head, name])
  })
  const body = Buffer.concat(heads)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(body.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([body, end])
}

/** One file of an archive: its text comes piece by piece. */
export type ZipEntry = { name: string; pieces: AsyncIterable<string> | Iterable<string> }

/** A ZIP archive as a stream of bytes in constant memory; entries and archive stay below 4 GB. */
export async function* zip(entries: AsyncIterable<ZipEntry> | Iterable<ZipEntry>): AsyncGenerator<Buffer> {
  const written: Written[] = []
  let offset = 0
  for await (const { name, pieces } of entries) {
    const entry: Written = { name: Buffer.from(name), crc: 0, packed: 0, size: 0, offset }
    const head = localHead(entry.name)
    offset += head.length
    yield head
    for await (const packed of deflate(pieces, entry)) {
      entry.packed += packed.length
      offset += packed.length
      yield packed
    }
    const tail = dataDescriptor(entry)
    offset += tail.length
    yield tail
    written.push(entry)
  }
  yield directory(written, offset)
}

async function* deflate(pieces: ZipEntry['pieces'], entry: Written): AsyncGenerator<Buffer> {
  // The quickest level: a sheet's XML shrinks to a tenth with it all the same.
  const packer = createDeflateRaw({ level: 1, chunkSize: 64 * 1024 })
  const feed = async () => {
    for await (const piece of pieces) {
      const bytes = Buffer.from(piece)
      entry.crc = crc32(bytes, entry.crc)
      entry.size += bytes.length
      if (!packer.write(bytes)) await new Promise((drained) => packer.once('drain', drained))
      if (packer.destroyed) return
    }
    packer.end()
  }
  const feeding = feed().catch((error) => packer.destroy(error))
  for await (const packed of packer) yield packed as Buffer
  await feeding
}
