// `npm run witness -- --name witness.example/w1 --log 'VERIFIER KEY OF THE LOG' [--port 8090] [--data FOLDER]`: a witness
// of its own, for whoever does not run the platform.
import { appendFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { formatVerifierKey, type NoteKey, parseVerifierKey } from '../../standards/tlog/index.ts'
import { openSigner } from '../signer.ts'
import { addCheckpoint } from './judge.ts'
import { fileMemory } from './memory.ts'

const bodyMax = 128 * 1024

export type Witness = { url: string; verifierKey: string; stop(): Promise<void> }

/** Serves C2SP tlog-witness `add-checkpoint` for the logs it is given. What speaks of a fork is kept in `rejected.log`. */
export async function serveWitness(options: {
  name: string
  logs: readonly NoteKey[]
  folder: string
  port: number
}): Promise<Witness> {
  const memory = fileMemory(options.folder)
  const signer = openSigner(join(options.folder, 'key.pem'), options.name, 'cosignature')
  const logs = Map.groupBy(options.logs, ({ name }) => name)
  const keepRejected = (reason: string, body: string) =>
    appendFileSync(join(options.folder, 'rejected.log'), `${JSON.stringify({ at: new Date(), reason, body })}\n`)
  const server = createServer(async (request, reply) => {
    if (request.method !== 'POST' || request.url !== '/add-checkpoint') return void reply.writeHead(404).end()
    const body = await readBody(request)
    if (body === undefined) return void reply.writeHead(413).end()
    const answer = await addCheckpoint(body, logs, memory, signer, new Date(), keepRejected)
    reply.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body)
  })
  await new Promise<void>((done) => server.listen(options.port, done))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : options.port
  return {
    url: `http://127.0.0.1:${port}`,
    verifierKey: await formatVerifierKey(signer),
    stop: () => closed(server),
  }
}

async function readBody(request: AsyncIterable<Buffer>): Promise<string | undefined> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request) {
    length += part.length
    if (length > bodyMax) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((done) => server.close(() => done()))
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      name: { type: 'string' },
      log: { type: 'string', multiple: true },
      port: { type: 'string', default: '8090' },
      data: { type: 'string', default: '.data/witness' },
    },
  })
  const logs = await Promise.all((values.log ?? []).map(parseVerifierKey))
  if (!values.name || logs.length === 0 || logs.some((log) => log === null))
    throw new Error("用法：npm run witness -- --name 见证方名称 --log '日志公钥' [--port 8090] [--data 文件夹]")
  const witness = await serveWitness({
    name: values.name,
    logs: logs as NoteKey[],
    folder: resolve(values.data),
    port: Number(values.port),
  })
  console.log(`见证方已启动  ${witness.url}\n公钥  ${witness.verifierKey}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  main().catch((error) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  })
