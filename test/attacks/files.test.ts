import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { checkOutsideUrl, isInside } from '../../src/platform/protect/outside-url.ts'
import { openTown, type Town } from '../people.ts'

let town: Town
let clamd: Server
let mood: 'well' | 'silent' = 'well'

/** Speaks clamd's INSTREAM: chunks with their length, an empty one at the end; EICAR is found. */
function fakeClamd(): Server {
  return createServer((socket) => {
    let received = Buffer.alloc(0)
    socket.on('data', (data) => {
      received = Buffer.concat([received, data])
      const head = Buffer.from('zINSTREAM\0')
      if (!received.subarray(0, head.length).equals(head)) return
      let at = head.length
      const body: Buffer[] = []
      while (at + 4 <= received.length) {
        const size = received.readUInt32BE(at)
        if (size === 0) {
          if (mood === 'silent') return socket.destroy()
          const whole = Buffer.concat(body).toString('latin1')
          return socket.end(whole.includes('EICAR-STANDARD') ? 'stream: Eicar-Test-Signature FOUND\0' : 'stream: OK\0')
        }
        if (at + 4 + size > received.length) return
        body.push(received.subarray(at + 4, at + 4 + size))
        at += 4 + size
      }
    })
    socket.on('error', () => {})
  })
}

before(async () => {
  clamd = fakeClamd()
  await new Promise<void>((done) => clamd.listen(0, '127.0.0.1', done))
  process.env.SHISU_CLAMD = `127.0.0.1:${(clamd.address() as AddressInfo).port}`
  town = await openTown()
})
after(async () => {
  await town.server.close()
  clamd.close()
})

const put = (bytes: Buffer) =>
  fetch(`${town.server.url}/api/v1/files/${createHash('sha256').update(bytes).digest('hex')}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${town.factory.token}`, 'content-type': 'application/pdf' },
    body: new Uint8Array(bytes),
  })

test('[A8.6.2.b] an upload with a virus is refused, lies in quarantine, is recorded, and cannot be read', async () => {
  const clean = Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(200_000, 65)])
  assert.equal((await put(clean)).status, 201)
  const bad = Buffer.from('%PDF-1.4\nX5O!P%@AP[4-EICAR-STANDARD-ANTIVIRUS-TEST-FILE')
  const refused = await put(bad)
  assert.equal(refused.status, 422)
  assert.equal(((await refused.json()) as { code: string }).code, 'infected')
  const hash = createHash('sha256').update(bad).digest('hex')
  assert.deepEqual(readdirSync(join(town.server.dataDir, 'quarantine')), [hash])
  assert.equal((await town.factory.call('GET', `/api/v1/files/${hash}`)).status, 404)
  const noted = await town.server
    .sql`select 1 from audit where act = 'upload' and result = 'refused' and object_id = ${hash}`
  assert.equal(noted.length, 1)
})

test('a scanner that does not answer lets nothing in', async () => {
  mood = 'silent'
  const bytes = Buffer.from('%PDF-1.4\nunscanned')
  assert.equal((await put(bytes)).status, 503)
  assert.equal(
    (await town.factory.call('GET', `/api/v1/files/${createHash('sha256').update(bytes).digest('hex')}`)).status,
    404,
  )
  mood = 'well'
})

test('a URL that somebody typed never makes the server call inside', async () => {
  for (const bad of [
    'http://127.0.0.1/x',
    'http://localhost/x',
    'http://[::1]/x',
    'http://[::ffff:127.0.0.1]/x',
    'http://169.254.169.254/latest/meta-data',
    'http://10.1.2.3/x',
    'http://192.168.1.1/x',
    'http://172.20.0.1/x',
    'http://100.64.0.1/x',
    'http://0.0.0.0/x',
    'http://2130706433/x',
    'http://0x7f.1/x',
    'http://017700000001/x',
    'file:///etc/passwd',
    'gopher://x.example/',
    'https://user:secret@x.example/',
    'https://93.184.216.34:22/',
    'not a url',
  ])
    await assert.rejects(checkOutsideUrl(bad), /forbidden-url/, bad)
  assert.deepEqual(await checkOutsideUrl('https://93.184.216.34/x'), ['93.184.216.34'])
  assert.deepEqual(await checkOutsideUrl('http://10.1.2.3/x', new Set(['10.1.2.3'])), ['10.1.2.3'])
  assert.ok(isInside('fd00::1') && isInside('fe80::1') && !isInside('2606:2800:220:1::1'))
})

/** A body of so many megabytes, made as it is sent. */
function* megabytes(count: number): Generator<Buffer> {
  const one = Buffer.alloc(1024 * 1024, 65)
  for (let n = 0; n < count; n++) yield one
}

/** Sends a body that nobody should take to its end; what is answered, and how many megabytes went out before. */
async function force(count: number, headers: Record<string, string>) {
  const { hostname, port } = new URL(town.server.url)
  return new Promise<{ status: number; text: string; sent: number }>((done, failed) => {
    const path = `/api/v1/files/${'a'.repeat(64)}`
    const authorization = `Bearer ${town.factory.token}`
    const sending = request({ hostname, port, path, method: 'PUT', headers: { authorization, ...headers } })
    let sent = 0
    sending.on('response', async (answer) => {
      let text = ''
      for await (const piece of answer) text += piece
      done({ status: answer.statusCode ?? 0, text, sent })
      sending.destroy()
    })
    sending.on('error', failed)
    const pieces = megabytes(count)
    const push = () => {
      for (let next = pieces.next(); !next.done; next = pieces.next()) {
        sent++
        if (!sending.write(next.value)) return void sending.once('drain', push)
      }
      sending.end()
    }
    push()
  })
}

test('an upload of 200 MB is refused in plain Chinese before it is taken in, with its length or without, and memory does not grow', async () => {
  const before = process.memoryUsage().rss
  const announced = { 'content-type': 'application/pdf', 'content-length': String(200 * 1024 ** 2) }
  for (const headers of [announced, { 'content-type': 'application/pdf', 'transfer-encoding': 'chunked' }]) {
    const { status, text, sent } = await force(200, headers)
    assert.equal(status, 413)
    assert.match(text, /内容太大，最多 12 MB/)
    assert.doesNotMatch(text, /Request body|too large/i)
    assert.ok(sent < 100, `${sent} MB went out`)
  }
  const grown = (process.memoryUsage().rss - before) / 1024 ** 2
  assert.ok(grown < 100, `${Math.round(grown)} MB more`)
})

/** The beginning of a picture that says it has so many points, in each way that pictures say it. */
const pictures = (width: number, height: number): [string, Buffer][] => {
  const png = Buffer.alloc(33)
  png.write('89504e470d0a1a0a0000000d49484452', 'hex')
  png.writeUInt32BE(width, 16)
  png.writeUInt32BE(height, 20)
  const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000ffc20011080000000003011100021100031100', 'hex')
  jpeg.writeUInt16BE(height, 25)
  jpeg.writeUInt16BE(width, 27)
  const webp = Buffer.alloc(40)
  webp.write('RIFF....WEBPVP8X', 'latin1')
  webp.writeUIntLE(width - 1, 24, 3)
  webp.writeUIntLE(height - 1, 27, 3)
  return [
    ['image/png', png],
    ['image/jpeg', jpeg],
    ['image/webp', webp],
  ]
}

test('a picture of few bytes that would unfold to gigabytes is refused with its size, a large phone’s is kept', async () => {
  const put = async (type: string, bytes: Buffer) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const answer = await fetch(`${town.server.url}/api/v1/files/${sha256}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${town.factory.token}`, 'content-type': type },
      body: new Uint8Array(bytes),
    })
    return { status: answer.status, detail: ((await answer.json()) as { detail?: string }).detail ?? '' }
  }
  for (const [type, bytes] of pictures(60_000, 60_000)) {
    const { status, detail } = await put(type, bytes)
    assert.equal(status, 422, type)
    assert.match(detail, /60000×60000 点/, type)
  }
  for (const [type, bytes] of pictures(12_000, 9000)) assert.equal((await put(type, bytes)).status, 201, type)
})
