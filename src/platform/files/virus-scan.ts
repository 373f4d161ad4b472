import { connect } from 'node:net'
import { Failure } from '../../failure.ts'

/** Where clamd listens: host and port. */
export type VirusScanner = { host: string; port: number }

const chunkBytes = 64 * 1024
const patienceMs = 30_000

/** The scanner that the operator names as HOST:PORT, if any. */
export function scannerFrom(text: string | undefined): VirusScanner | undefined {
  const [, host, port] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(text ?? '') ?? []
  return host && port ? { host, port: Number(port) } : undefined
}

/** Asks clamd about some bytes (its INSTREAM command). Returns the virus's name, or undefined for a clean file. */
export function scan(scanner: VirusScanner, bytes: Buffer): Promise<string | undefined> {
  return new Promise((done, failed) => {
    const socket = connect(scanner)
    let answer = ''
    const unavailable = () =>
      failed(new Failure(503, 'scanner-unavailable', '病毒扫描暂时不可用，文件没有保存，请稍后再传'))
    socket.setTimeout(patienceMs, () => socket.destroy(new Error('clamd did not answer')))
    socket.once('error', unavailable)
    socket.once('connect', () => {
      socket.write('zINSTREAM\0')
      for (let at = 0; at < bytes.length; at += chunkBytes) {
        const part = bytes.subarray(at, at + chunkBytes)
        const size = Buffer.alloc(4)
        size.writeUInt32BE(part.length)
        socket.write(size)
        socket.write(part)
      }
      socket.write(Buffer.alloc(4))
    })
    socket.on('data', (data) => {
      answer += data.toString('latin1')
    })
    socket.once('close', () => {
      const found = /^stream: (.+) FOUND/.exec(answer)?.[1]
      if (found) done(found)
      // Anything but a plain OK means that the file was not scanned.
      else if (/^stream: OK/.test(answer)) done(undefined)
      else unavailable()
    })
  })
}
