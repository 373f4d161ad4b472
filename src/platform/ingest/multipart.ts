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
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const head = bytes.toString('utf8', 0, headEnd)
  const type = /^content-type:\s*([^\r\n;]+)/im.exec(head)?.[1]?.trim() ?? ''
  const name = /^content-disposition:[^\r\n]*\bname="([^"]*)"/im.exec(head)?.[1]
  const content = bytes.subarray(headEnd + 4)
  const end = content.subarray(-2).toString('latin1') === '\r\n' ? content.length - 2 : content.length
  return { type, ...(name !== undefined && { name }), bytes: content.subarray(0, end) }
}
