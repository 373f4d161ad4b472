import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Sql } from 'postgres'
import { clearRecordings } from '../../src/platform/video/recordings.ts'
import { readTicket, signTicket, videoKey } from '../../src/platform/video/ticket.ts'
import { readMedia } from '../../src/standards/flv/index.ts'
import { eventually } from '../eventually.ts'
import { openTown, type Town } from '../people.ts'
import { type Filming, film, noFfmpeg, probe } from './ffmpeg.ts'

let town: Town
let cameraId: string
let key: string
let filming: Filming | undefined
const folder = mkdtempSync(join(tmpdir(), 'shisu-video-'))

before(async () => {
  town = await openTown({ video: { port: 0, bytesMax: 1024 ** 3 } })
  const made = await town.factory.call('POST', '/api/v1/records/video-camera', {
    name: '示例烹饪间',
    stream: 'example-kitchen-1',
    scene: 'kitchen',
    recording: 'yes',
  })
  assert.equal(made.status, 201)
  cameraId = String(made.body.id)
})
after(async () => {
  await filming?.stop()
  await town.server.close()
  rmSync(folder, { recursive: true, force: true })
})

type By = 'factory' | 'neighbour' | 'county' | 'otherCounty'
type Watching = { hls: string; flv: string; playback: string; spans: { from: string; to: string }[] }
const run = <Body>(by: By, name: string, body: unknown) =>
  town[by].call<Body>('POST', `/api/v1/operations/${name}`, body)
const rtmp = (stream: string, secret: string) =>
  `rtmp://127.0.0.1:${town.server.ports.rtmp}/live/${stream}?key=${secret}`
const get = (path: string, headers: Record<string, string> = {}) => fetch(new URL(path, town.server.url), { headers })
const refused = (code: string) =>
  eventually(async () => {
    const rows = await town.server.sql`select from frame_refused where protocol = 'rtmp' and code = ${code}`
    return rows.length > 0
  })

/** All of an HLS playlist as one file, as a player puts it together. */
async function download(address: string): Promise<{ text: string; path: string }> {
  const playlist = new URL(address, town.server.url)
  const text = await (await fetch(playlist)).text()
  const pieces: Buffer[] = []
  let range: string | undefined
  for (const line of text.split('\n')) {
    const [, map, mapBytes] = /^#EXT-X-MAP:URI="([^"]+)"(?:,BYTERANGE="(\d+)@0")?/.exec(line) ?? []
    if (map && pieces.length === 0) {
      const headers: Record<string, string> = mapBytes ? { range: `bytes=0-${Number(mapBytes) - 1}` } : {}
      pieces.push(Buffer.from(await (await fetch(new URL(map, playlist), { headers })).arrayBuffer()))
    }
    const [, length, offset] = /^#EXT-X-BYTERANGE:(\d+)@(\d+)/.exec(line) ?? []
    if (length) range = `bytes=${offset}-${Number(offset) + Number(length) - 1}`
    if (!line || line.startsWith('#')) continue
    const answer = await fetch(new URL(line, playlist), { headers: range ? { range } : {} })
    assert.equal(answer.status, range ? 206 : 200)
    pieces.push(Buffer.from(await answer.arrayBuffer()))
  }
  const path = join(folder, `${createHash('sha1').update(text).digest('hex')}.mp4`)
  writeFileSync(path, Buffer.concat(pieces))
  return { text, path }
}

test('[D4.3.3.b] a camera publishes under its own stream key alone, which only its owner takes', {
  skip: noFfmpeg,
}, async () => {
  assert.equal((await run('neighbour', 'issue-stream-key', { camera: cameraId })).status, 404)
  assert.equal((await run('county', 'issue-stream-key', { camera: cameraId })).status, 403)
  const issued = await run<{ key: string; path: string }>('factory', 'issue-stream-key', { camera: cameraId })
  assert.equal(issued.status, 200)
  key = issued.body.key
  assert.notEqual(await film(rtmp('example-kitchen-1', 'wrong-key'), { seconds: 20 }).over, 0)
  await refused('wrong-secret')
  assert.notEqual(await film(rtmp('example-nobody', key), { seconds: 20 }).over, 0)
  await refused('unknown-device')
})

test('[D4.3.3] [D4.3.3.b] live by HLS and HTTP-FLV: picture and sound as they came, within the reader’s jurisdiction, every view in the audit', {
  skip: noFfmpeg,
}, async () => {
  filming = film(rtmp('example-kitchen-1', key))
  type Wall = { cameras: { id: string; live: boolean }[] }
  await eventually(async () => (await run<Wall>('county', 'camera-wall', {})).body.cameras.some((each) => each.live))
  assert.deepEqual((await run<Wall>('otherCounty', 'camera-wall', {})).body.cameras, [])
  for (const by of ['neighbour', 'otherCounty'] as const)
    assert.equal((await run(by, 'watch-camera', { camera: cameraId })).status, 404)
  const seen = await run<Watching>('county', 'watch-camera', { camera: cameraId })
  assert.equal(seen.status, 200)
  await eventually(async () => (await get(seen.body.hls)).status === 200)
  const { text, path } = await download(seen.body.hls)
  assert.match(text, /#EXT-X-MAP/)
  assert.match(text, /#EXT-X-PROGRAM-DATE-TIME:20/)
  const { streams } = probe(path)
  assert.deepEqual(streams.map((each) => each.codec_name).sort(), ['aac', 'h264'])
  const picture = streams.find((each) => each.codec_name === 'h264')
  assert.equal(picture?.width, 320)
  assert.ok(Number(picture?.nb_read_frames) >= 15)

  const flv = await get(seen.body.flv)
  assert.equal(flv.headers.get('content-type'), 'video/x-flv')
  const chunks: Uint8Array[] = []
  for await (const chunk of flv.body ?? []) {
    chunks.push(chunk)
    if (chunks.reduce((sum, each) => sum + each.length, 0) > 60_000) break
  }
  writeFileSync(join(folder, 'live.flv'), Buffer.concat(chunks))
  assert.ok(probe(join(folder, 'live.flv')).streams.some((each) => each.codec_name === 'h264'))

  const audited = await town.server.sql`select from audit where act = 'watch-live' and object_id = ${cameraId}`
  assert.equal(audited.length, 1)
})

test('[D4.3.3.b] an address for video holds for one camera and ten minutes, and not when a sign of it is changed', {
  skip: noFfmpeg,
}, async () => {
  const { body } = await run<Watching>('county', 'watch-camera', { camera: cameraId })
  assert.equal((await get(body.hls.replace(/ticket=.*/, ''))).status, 403)
  assert.equal((await get(body.hls.slice(0, -2))).status, 403)
  assert.equal((await get(body.hls.replace(cameraId, cameraId.replace(/^./, 'f')))).status, 403)
  assert.equal((await get(body.hls.replace('live.m3u8', 'playback.m3u8'))).status, 403)
  const secret = await videoKey(town.server.sql)
  const now = new Date()
  const ticket = signTicket(secret, { cameraId, userId: 'x', until: new Date(now.getTime() + 1000), live: true })
  assert.equal(readTicket(secret, ticket, now)?.cameraId, cameraId)
  assert.equal(readTicket(secret, ticket, new Date(now.getTime() + 2000)), undefined)
})

test('[D4.3.3.b] what was recorded is listed by time and played back with the server’s time', {
  skip: noFfmpeg,
}, async () => {
  const [from, to] = [new Date(Date.now() - 3_600_000).toISOString(), new Date(Date.now() + 60_000).toISOString()]
  const wide = { camera: cameraId, from, to }
  const listed = await eventually(async () => {
    const { body } = await run<Watching>('county', 'watch-camera', wide)
    return body.spans.length > 0 && Date.parse(body.spans[0]?.to ?? '') - Date.parse(body.spans[0]?.from ?? '') > 8000
      ? body
      : undefined
  })
  const { text, path } = await download(listed.playback)
  assert.match(text, /#EXT-X-ENDLIST/)
  const lasts = [...text.matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, [, each]) => sum + Number(each), 0)
  assert.ok(lasts > 4, text)
  const picture = probe(path).streams.find((each) => each.codec_name === 'h264')
  assert.ok(Math.abs(Number(picture?.nb_read_frames) - lasts * 15) < 20, `${picture?.nb_read_frames} ${lasts}`)
  const [audited] = await town.server
    .sql`select detail from audit where act = 'watch-recording' and object_id = ${cameraId}`
  assert.equal(audited?.detail.from, from)
  assert.equal((await run('county', 'watch-camera', { camera: cameraId, from })).status, 422)
  assert.equal((await run('county', 'watch-camera', { camera: cameraId, from: to, to: from })).status, 422)
})

test('[D3.1] a snapshot keeps the recording around it as evidence, beyond its time', { skip: noFfmpeg }, async () => {
  const { sql } = town.server
  const bytes = readFileSync(new URL('../../src/web/public/icon-192.png', import.meta.url))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const stored = await fetch(new URL(`/api/v1/files/${sha256}`, town.server.url), {
    method: 'PUT',
    headers: { authorization: `Bearer ${town.county.token}`, 'content-type': 'image/png' },
    body: bytes,
  })
  assert.ok(stored.ok)
  const shot = (takenAt: Date) =>
    town.county.call<{ stored: string; id: string }>('POST', '/api/v1/records/video-snapshot', {
      camera: cameraId,
      takenAt: takenAt.toISOString(),
      picture: [sha256],
    })
  assert.equal((await shot(new Date(Date.now() - 86_400_000))).body.stored, 'no')
  const made = await shot(new Date(Date.now() - 2000))
  assert.deepEqual([made.status, made.body.stored], [201, 'yes'])
  const [kept] =
    await sql`select kept_for from video_file where camera_id = ${cameraId} order by started_at desc limit 1`
  assert.equal(kept?.kept_for, `视频截图 ${made.body.id}`)
  const outsider = await town.otherCounty.call('POST', '/api/v1/records/video-snapshot', {
    camera: cameraId,
    takenAt: new Date().toISOString(),
    picture: [sha256],
  })
  assert.equal(outsider.status, 422)
})

test('[D4.3.3.b] a stopped camera’s stream is cut off and its key lets nobody in', { skip: noFfmpeg }, async () => {
  const { body } = await town.factory.call<{ version: number }>('GET', `/api/v1/records/video-camera/${cameraId}`)
  const stopped = await town.factory.call('POST', `/api/v1/records/video-camera/${cameraId}/steps/stop`, {
    version: body.version,
  })
  assert.equal(stopped.status, 200, JSON.stringify(stopped.body))
  assert.notEqual(await filming?.over, 0)
  assert.notEqual(await film(rtmp('example-kitchen-1', key), { seconds: 20 }).over, 0)
  const [file] = await eventually(async () => {
    const rows = await town.server.sql<{ path: string; sha256: string | null }[]>`
      select path, sha256 from video_file where camera_id = ${cameraId} order by started_at desc limit 1`
    return rows[0]?.sha256 ? rows : undefined
  })
  const whole = readFileSync(join(town.server.dataDir, 'video', file?.path ?? ''))
  assert.equal(createHash('sha256').update(whole).digest('hex'), file?.sha256)
})

test('recordings whose days are over go, evidence later, and the oldest make room where the disk is full', {
  skip: noFfmpeg,
}, async () => {
  const sql = town.server.sql as Sql
  const videoFolder = join(town.server.dataDir, 'video')
  const count = async () => (await sql`select from video_file`).length
  const days = (n: number) => new Date(Date.now() + n * 86_400_000)
  await sql`update video_file set kept_for = null`
  assert.equal(await clearRecordings(sql, videoFolder, 1024 ** 3, days(29)), 0)
  const before = await count()
  assert.ok(before > 0)
  await sql`update video_file set kept_for = '示例'`
  assert.equal(await clearRecordings(sql, videoFolder, 1024 ** 3, days(31)), 0)
  assert.equal(await clearRecordings(sql, videoFolder, 1024 ** 3, days(731)), before)
  await sql`
    insert into video_file (camera_id, started_at, ended_at, owner_id, session, path, bytes, head_bytes, parts, codecs)
    select ${cameraId}, at, at + interval '1 minute', ${town.factory.ownerId}, gen_random_uuid(), 'none/' || n, 1000, 1, '[]', ''
    from generate_series(1, 10) n, lateral (select date_trunc('second', now()) - n * interval '1 hour' as at) t`
  assert.equal(await clearRecordings(sql, videoFolder, 7500, new Date()), 3)
  const [oldest] = await sql`select min(started_at) > now() - interval '7.5 hours' as ok from video_file`
  assert.equal(oldest?.ok, true)
})

test('[D4.3.3.b] a picture in H.265 is refused in words that say what to change, however it is marked', () => {
  for (const body of [Buffer.from('1c0100000000', 'hex'), Buffer.concat([Buffer.of(0x91), Buffer.from('hvc1\0')])]) {
    const read = readMedia('video', body)
    assert.ok('code' in read)
    assert.match(read.text, /H\.265.*改为 H\.264/)
  }
})

test('whatever a stranger sends to the RTMP port ends its line and nothing else', async () => {
  const port = town.server.ports.rtmp as number
  const sent = (bytes: Buffer) =>
    new Promise<void>((done) => {
      const socket = connect(port, '127.0.0.1', () => socket.end(bytes))
      socket.on('error', () => {})
      socket.on('close', () => done())
      socket.resume()
    })
  let seed = 7
  const random = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed / 2147483648
  }
  const handshake = Buffer.alloc(1 + 1536 + 1536, 3)
  for (let n = 0; n < 60; n++) {
    const noise = Buffer.from(Array.from({ length: Math.floor(random() * 600) }, () => Math.floor(random() * 256)))
    await sent(n % 2 ? Buffer.concat([handshake, noise]) : noise)
  }
  // A message that announces sixteen megabytes on each of many channels.
  const greedy = Array.from({ length: 40 }, (_, n) => Buffer.of(3 + n, 0, 0, 0, 0xff, 0xff, 0xff, 9, 1, 0, 0, 0, 0))
  await sent(Buffer.concat([handshake, ...greedy]))
  assert.equal((await get('/healthz')).status, 200)
})
