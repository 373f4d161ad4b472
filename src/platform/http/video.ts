import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure, notFound } from '../../failure.ts'
import { isId } from '../../language/index.ts'
import type { Station } from '../ingest/station.ts'
import type { Video } from '../video/index.ts'
import { livePlaylist, playbackPlaylist } from '../video/playlist.ts'
import { recordedFiles } from '../video/recordings.ts'
import { readTicket, type Ticket, videoKeyOf } from '../video/ticket.ts'
import type { House } from './house.ts'

const playlistType = 'application/vnd.apple.mpegurl'
const flvWaitingBytesMax = 8 * 1024 * 1024
const notLive = () => new Failure(404, 'not-live', '摄像机现在没有推流')

/**
 * Video, by signed addresses alone: `/video/CAMERA/live.m3u8` (HLS), `/video/CAMERA/live.flv` (HTTP-FLV),
 * `/video/CAMERA/playback.m3u8`, each with `?ticket=`. Where the operator runs a media server of another kind, the
 * addresses lead there, and it asks `/video/hooks/publish` and `/video/hooks/play` whether somebody may.
 */
export function videoRoutes(app: FastifyInstance, house: House, station?: Station, video?: Video): void {
  const admit = async (request: FastifyRequest): Promise<Ticket> => {
    const { camera } = request.params as { camera: string }
    const { ticket } = request.query as { ticket?: unknown }
    const known = readTicket(await videoKeyOf(house.sql), ticket, house.clock())
    if (!known || known.cameraId !== camera || !isId(camera))
      throw new Failure(403, 'bad-ticket', '观看地址无效或已过期，请回到视频页面重新打开')
    return known
  }
  const forLive = async (request: FastifyRequest) => {
    const ticket = await admit(request)
    if (!ticket.live) throw new Failure(403, 'bad-ticket', '这个地址只能看录像')
    return ticket
  }
  const liveOf = ({ cameraId }: Ticket) => {
    const stream = video?.live(cameraId)
    if (!stream) throw notLive()
    return stream
  }
  const elsewhere = async (
    template: string | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
    ticket: Ticket,
  ) => template && reply.redirect(await addressOf(house, template, request, ticket), 302)

  app.get('/video/:camera/live.m3u8', async (request, reply) => {
    const ticket = await forLive(request)
    if (await elsewhere(house.video?.hls, request, reply, ticket)) return reply
    const parts = liveOf(ticket).parts()
    if (parts.length === 0) throw notLive()
    return reply
      .type(playlistType)
      .header('cache-control', 'no-store')
      .send(livePlaylist(parts, textOf(request)))
  })

  app.get('/video/:camera/:name', async (request, reply) => {
    const ticket = await forLive(request)
    const { name } = request.params as { name: string }
    const [, kind, no] = /^(head|part)-(\d{1,10})\.(?:mp4|m4s)$/.exec(name) ?? []
    const stream = liveOf(ticket)
    const bytes =
      kind === 'head' ? stream.head(Number(no))?.init : stream.parts().find((each) => each.no === Number(no))?.part.data
    if (!bytes || !kind) throw notFound('这一段视频')
    return reply.type('video/mp4').header('cache-control', 'private, max-age=60').send(bytes)
  })

  const flowing = new Set<Readable>()
  app.addHook('preClose', async () => {
    for (const flow of flowing) flow.destroy()
  })
  app.get('/video/:camera/live.flv', async (request, reply) => {
    const ticket = await forLive(request)
    if (await elsewhere(house.video?.flv, request, reply, ticket)) return reply
    const live = liveOf(ticket)
    const flow = new Readable({ read() {} })
    const stop = live.watch(
      (bytes) => {
        // A viewer that is too slow is let go: the stream does not wait, and the memory is everybody's.
        if (flow.readableLength > flvWaitingBytesMax) flow.destroy()
        else flow.push(bytes)
      },
      () => flow.push(null),
    )
    const over = setTimeout(() => flow.push(null), ticket.until.getTime() - house.clock().getTime())
    flowing.add(flow)
    flow.once('close', () => {
      flowing.delete(flow)
      clearTimeout(over)
      stop()
    })
    return reply.type('video/x-flv').header('cache-control', 'no-store').send(flow)
  })

  app.get('/video/:camera/playback.m3u8', async (request, reply) => {
    const ticket = await admit(request)
    if (!ticket.from || !ticket.to) throw new Failure(403, 'bad-ticket', '这个地址只能看直播')
    if (await elsewhere(house.video?.playback, request, reply, ticket)) return reply
    const files = await recordedFiles(house.sql, ticket.cameraId, ticket.from, ticket.to)
    if (files.length === 0) throw notFound('这段时间的录像')
    return reply
      .type(playlistType)
      .header('cache-control', 'no-store')
      .send(playbackPlaylist(files, ticket.from, ticket.to, textOf(request)))
  })

  app.get('/video/:camera/files/:name', async (request, reply) => {
    const ticket = await admit(request)
    const at = Number(/^(\d{10,14})\.mp4$/.exec((request.params as { name: string }).name)?.[1])
    const [file] = Number.isSafeInteger(at)
      ? await house.sql<{ path: string; bytes: string }[]>`
          select path, bytes::text from video_file where camera_id = ${ticket.cameraId} and started_at = ${new Date(at)}
            and ended_at > ${ticket.from ?? new Date(0)} and started_at < ${ticket.to ?? new Date(0)}`
      : []
    if (!file || !video) throw notFound('这段录像')
    return sendRange(request, reply, join(video.folder, file.path), Number(file.bytes))
  })

  app.post('/video/hooks/publish', async (request) => {
    const { stream, params } = askedOf(request)
    const credential = await station?.gate.find(['rtmp'], stream)
    const ok = credential && (await station?.gate.admits(credential, params.get('key') ?? '', request.ip))
    if (!ok) station?.gate.blame(request.ip)
    return ok ? { code: 0, msg: 'success' } : { code: 403, msg: '推流名或推流密钥不对' }
  })

  app.post('/video/hooks/play', async (request) => {
    const { stream, params } = askedOf(request)
    const ticket = readTicket(await videoKeyOf(house.sql), params.get('ticket') ?? undefined, house.clock())
    const [own] = ticket
      ? await house.sql`
          select from device_credential where protocol = 'rtmp' and identity = ${stream}
            and device_id = ${ticket.cameraId} and disabled_at is null`
      : []
    return own ? { code: 0, msg: 'success' } : { code: 403, msg: '观看地址无效或已过期' }
  })
}

const textOf = (request: FastifyRequest) => encodeURIComponent(String((request.query as { ticket?: unknown }).ticket))

/** What ZLMediaKit (`params`) and SRS (`param`) ask: a stream's name and what stood behind its address. */
function askedOf(request: FastifyRequest): { stream: string; params: URLSearchParams } {
  const { stream, params, param } = (request.body ?? {}) as Record<string, unknown>
  const query = String(params ?? param ?? '').slice(0, 1000)
  return { stream: String(stream ?? '').slice(0, 200), params: new URLSearchParams(query.replace(/^\?/, '')) }
}

/** `{stream}`, `{ticket}`, `{from}` and `{to}` of a media server's address, filled in. */
async function addressOf(house: House, template: string, request: FastifyRequest, ticket: Ticket): Promise<string> {
  const [own] = await house.sql<{ identity: string }[]>`
    select identity from device_credential where protocol = 'rtmp' and device_id = ${ticket.cameraId} and disabled_at is null`
  if (!own) throw notLive()
  const values: Record<string, string> = {
    stream: encodeURIComponent(own.identity),
    ticket: textOf(request),
    camera: ticket.cameraId,
    from: ticket.from?.toISOString() ?? '',
    to: ticket.to?.toISOString() ?? '',
  }
  return template.replace(/\{(stream|ticket|camera|from|to)\}/g, (_, name: string) => values[name] ?? '')
}

/** A file or the one range of it that is asked for (RFC 9110, 14.2). */
function sendRange(request: FastifyRequest, reply: FastifyReply, path: string, size: number) {
  const [, first, last] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(request.headers.range ?? '') ?? []
  reply.type('video/mp4').headers({ 'accept-ranges': 'bytes', 'cache-control': 'private, max-age=600' })
  if (first === undefined) return reply.header('content-length', size).send(createReadStream(path, { end: size - 1 }))
  const from = Number(first)
  const to = Math.min(size - 1, last ? Number(last) : size - 1)
  if (from > to) return reply.status(416).header('content-range', `bytes */${size}`).send()
  return reply
    .status(206)
    .headers({ 'content-range': `bytes ${from}-${to}/${size}`, 'content-length': to - from + 1 })
    .send(createReadStream(path, { start: from, end: to }))
}
