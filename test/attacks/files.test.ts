import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
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
