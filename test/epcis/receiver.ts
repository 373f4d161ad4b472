import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Delivered = { headers: IncomingHttpHeaders; text: string }

export type Receiver = {
  url: string
  received: Delivered[]
  /** What is answered from now on. */
  status: number
  close(): Promise<void>
}

/** Somebody on this machine who is told of events. */
export async function openReceiver(): Promise<Receiver> {
  const receiver: Receiver = { url: '', received: [], status: 200, close: async () => {} }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      if (receiver.status === 200) {
        receiver.received.push({ headers: request.headers, text: Buffer.concat(parts).toString() })
      }
      response.writeHead(receiver.status, receiver.status === 302 ? { location: '/elsewhere' } : {}).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  receiver.close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return receiver
}
