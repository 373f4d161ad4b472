import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * A port for a program that must be told one beforehand. It lies below those that Linux gives to connections and to whoever
 * asks for any (32768 to 60999): of those, one may be gone again by the time the program listens.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen(port, () => server.close(() => done(true)))
  })
}
