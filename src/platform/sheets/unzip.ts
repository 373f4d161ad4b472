import { crc32, inflateRaw } from 'node:zlib'
import { unreadable } from './refusal.ts'

type Entry = { method: number; crc: number; packed: number; size: number; offset: number; encrypted: boolean }

export type Archive = {
  has(name: string): boolean
  names(): string[]
  /** The bytes of an entry, never more than `bytesMax`; refused where they do not fit their checksum. */
  read(name: string, bytesMax: number): Promise<Buffer>
}

const damaged = () => unreadable('damaged-file', '文件已损坏或没有传完整，请重新保存后再上传')

function directoryOf(file: Buffer): Map<string, Entry> {
  const end = file.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  if (end < 0 || end + 22 > file.length) throw damaged()
  const entries = new Map<string, Entry>()
  const count = file.readUInt16LE(end + 10)
  let at = file.readUInt32LE(end + 16)
  // Zip64 is for files of more than 4 GB.
  if (count === 0xffff || count > 10_000) throw damaged()
  for (let n = 0; n < count; n++) {
    if (at + 46 > file.length || file.readUInt32LE(at) !== 0x02014b50) throw damaged()
    const nameLength = file.readUInt16LE(at + 28)
    const name = file
      .toString('utf8', at + 46, at + 46 + nameLength)
      .replaceAll('\\', '/')
      .replace(/^\//, '')
    entries.set(name, {
      encrypted: (file.readUInt16LE(at + 8) & 1) === 1,
      method: file.readUInt16LE(at + 10),
      crc: file.readUInt32LE(at + 16),
      packed: file.readUInt32LE(at + 20),
      size: file.readUInt32LE(at + 24),
      offset: file.readUInt32LE(at + 42),
    })
    at += 46 + nameLength + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32)
  }
  return entries
}

/** Inflates off the main thread and stops at the limit, whatever size the entry claims. */
function inflate(packed: Buffer, bytesMax: number): Promise<Buffer> {
  return new Promise((done, failed) =>
    inflateRaw(packed, { maxOutputLength: bytesMax }, (error, bytes) => {
      if (!error) done(bytes)
      else failed((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? bomb() : damaged())
    }),
  )
}

const bomb = () => unreadable('too-large-inside', '文件解压后太大，疑似压缩炸弹，已拒绝；数据确实很多时请分成几个文件')

/** Opens a ZIP file in memory by its central directory. */
export function openArchive(file: Buffer): Archive {
  const entries = directoryOf(file)
  return {
    has: (name) => entries.has(name),
    names: () => [...entries.keys()],
    async read(name, bytesMax) {
      const entry = entries.get(name)
      if (!entry || entry.offset + 30 > file.length) throw damaged()
      if (entry.encrypted) throw unreadable('encrypted', '文件有密码，请去掉密码后再上传')
      if (entry.size > bytesMax) throw bomb()
      const start = entry.offset + 30 + file.readUInt16LE(entry.offset + 26) + file.readUInt16LE(entry.offset + 28)
      const packed = file.subarray(start, start + entry.packed)
      if (packed.length !== entry.packed || (entry.method !== 0 && entry.method !== 8)) throw damaged()
      const bytes = entry.method === 0 ? packed : await inflate(packed, bytesMax)
      if (bytes.length !== entry.size || crc32(bytes) !== entry.crc) throw damaged()
      return bytes
    },
  }
}
