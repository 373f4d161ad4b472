import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { bodyOf, Refusal } from '../../src/web/shell/answer.ts'

/** Says that it answers with 200, and breaks off in the middle of its words. */
const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write('{"problems": [')
  if (request.url === '/broken') setTimeout(() => request.socket.destroy(), 20)
})
let url = ''

before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

after(() => {
  server.closeAllConnections()
  server.close()
})

test('an answer that the network cuts off is no answer: nothing of it is taken for true', async () => {
  const response = await fetch(`${url}/broken`)
  await assert.rejects(bodyOf(response), (error) => error instanceof Refusal && error.status === 0)
})

test('a question that its page takes back in the middle of the answer stays unanswered', async () => {
  const stop = new AbortController()
  const response = await fetch(`${url}/slow`, { signal: stop.signal })
  const asked = bodyOf(response)
  setTimeout(() => stop.abort(), 100)
  await assert.rejects(asked, { name: 'AbortError' })
})
