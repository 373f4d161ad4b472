export type Part = { type: string; name?: string; bytes: Buffer }

const partsMax = 16

/** The parts of a multipart body (RFC 2046), as cameras and face gates push them; preamble and epilogue are left out. */
export function partsOf(body: Buffer, boundary: string): Part[] {
  const mark = Buffer.from(`--${boundary}`)
  const parts: Part[] = []
  let at = body.indexOf(mark)
  while (at >= 0 && parts.length < partsMax) {
    const start = at + mark.length
    if (body.toString('latin1', start, start + 2) === '--') break
    const next = body.indexOf(mark, start)
    const end = next < 0 ? body.length : next
    const part = partOf(body.subarray(start, end))
    if (part) parts.push(part)
    at = next
  }
  return parts
}

function partOf(bytes: Buffer): Part | undefined {
  // Some gates end their lines with LF alone.
  const isBare = bytes[0] === 10
  const blank = isBare ? '\n\n' : '\r\n\r\n'
  const headEnd = bytes.indexOf(blank)
  if (headEnd < 0) return undefined
  const head = bytes.toString('utf8', 0, headEnd)
  const type = /^content-type:\s*([^\r\n;]+)/im.exec(head)?.[1]?.trim() ?? ''
  const name = /^content-disposition:[^\r\n]*\bname="([^"]*)"/im.exec(head)?.[1]
  const content = bytes.subarray(headEnd + blank.length)
  const lineEnd = isBare ? '\n' : '\r\n'
  const isEnded = content.subarray(-lineEnd.length).toString('latin1') === lineEnd
  const end = content.length - (isEnded ? lineEnd.length : 0)
  return { type, ...(name !== undefined && { name }), bytes: content.subarray(0, end) }
}
