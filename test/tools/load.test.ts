import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import { after, test } from 'node:test'
import { load, percentile } from '../../bench/frame.ts'

const servers = new Set<ReturnType<typeof createServer>>()
after(() => {
  for (const server of servers) server.closeAllConnections()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.add(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done).unref())
  const address = server.address()
  assert.ok(typeof address === 'object' && address)
  return `http://127.0.0.1:${address.port}`
}

test('a percentile is a value that was measured', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index)
  assert.deepEqual(
    [0.5, 0.95, 1].map((share) => percentile(values, share)),
    [50, 95, 100],
  )
  assert.equal(percentile([7], 0.99), 7)
  assert.ok(Number.isNaN(percentile([], 0.5)))
})

test('a fixed rate is kept, bodies arrive, and every answer is counted by its status', async () => {
  const seen: string[] = []
  const url = await serve((request, response) => {
    request.setEncoding('utf8')
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      seen.push(`${request.url} ${body}`)
      // Chunked and sized answers in turn; one in ten is refused.
      if (seen.length % 10 === 0) response.statusCode = 503
      if (seen.length % 2) response.write('half ')
      response.end('done')
    })
  })
  const answered = await load({
    url,
    rate: 200,
    seconds: 0.5,
    connections: 4,
    request: (index) => ({ method: 'POST', path: `/${index}`, body: `食 ${index}` }),
  })
  assert.deepEqual(answered.statuses, { 200: 90, 503: 10 })
  assert.equal(answered.latenciesMs.length, 100)
  assert.equal(new Set(seen).size, 100)
  assert.ok(seen.includes('/42 食 42'))
})

test('a stall of the server shows in the latencies of all requests that were due meanwhile', async () => {
  let count = 0
  const url = await serve((_, response) => {
    count++
    setTimeout(() => response.end('x'), count >= 20 && count < 22 ? 300 : 0)
  })
  const { latenciesMs } = await load({ url, rate: 200, seconds: 0.5, connections: 2, request: () => ({ path: '/' }) })
  // Two connections are held for 300 ms; at 200 a second about 60 requests fall due in that time and wait.
  assert.ok(latenciesMs.filter((ms) => ms > 100).length > 20, `${latenciesMs.filter((ms) => ms > 100).length}`)
})

test('without a rate each connection sends as fast as it is answered', async () => {
  const url = await serve((_, response) => response.end('x'))
  const { statuses } = await load({ url, seconds: 0.3, connections: 4, request: () => ({ path: '/' }) })
  assert.deepEqual(Object.keys(statuses), ['200'])
  assert.ok((statuses[200] ?? 0) > 4, 'more than one request a connection')
})

test('an answer that breaks off is counted as broken, and the load goes on', async () => {
  let count = 0
  const url = await serve((request, response) => {
    count++
    if (count === 5) request.socket.destroy()
    else response.end('x')
  })
  const { statuses } = await load({ url, rate: 100, seconds: 0.3, connections: 2, request: () => ({ path: '/' }) })
  assert.deepEqual(statuses, { 0: 1, 200: 29 })
})
