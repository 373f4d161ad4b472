import type { FastifyReply, FastifyRequest } from 'fastify'

const bytesMax = 256 * 1024 * 1024
const msMax = 10_000

/**
 * Takes the rest of a body that is refused already, unread and within limits: a connection closed on somebody who is
 * still sending takes the refusal with it (RFC 9112, 9.6).
 */
export function hearOut({ raw }: FastifyRequest, reply: FastifyReply): void {
  if (raw.complete) return
  reply.removeHeader('connection')
  // Also where the sender wants the connection closed afterwards (Python's urllib always does): it closes it itself.
  reply.raw.shouldKeepAlive = true
  const end = setTimeout(() => raw.destroy(), msMax).unref()
  let bytes = 0
  raw.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > bytesMax) raw.destroy()
  })
  raw.once('close', () => clearTimeout(end))
}
