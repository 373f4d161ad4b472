/** CometBFT's socket framing: an unsigned varint of the length, then a protobuf message. */
export function frame(message: Uint8Array): Buffer {
  const length: number[] = []
  let rest = message.length
  for (; rest > 127; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128)
  length.push(rest)
  return Buffer.concat([Buffer.from(length), message])
}

const messageMax = 128 * 1024 * 1024

/** Cuts a stream into messages; keeps what is not yet whole. */
export function framer(): (chunk: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const messages: Buffer[] = []
    let at = 0
    for (;;) {
      const head = readLength(bytes, at)
      if (!head || head.next + head.length > bytes.length) break
      messages.push(bytes.subarray(head.next, head.next + head.length))
      at = head.next + head.length
    }
    rest = at === 0 ? bytes : Buffer.from(bytes.subarray(at))
    return messages
  }
}

function readLength(bytes: Buffer, from: number): { length: number; next: number } | undefined {
  let length = 0
  for (let at = from, factor = 1; at < bytes.length; at++, factor *= 128) {
    const byte = bytes[at] as number
    length += (byte & 127) * factor
    if (length > messageMax) throw new Error('message too long')
    if (byte < 128) return { length, next: at + 1 }
  }
  return undefined
}
