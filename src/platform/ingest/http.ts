import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, invalid } from '../../failure.ts'
import { type Actor, publicActor } from '../access/actor.ts'
import { keepFile } from '../files/files.ts'
import type { House } from '../http/house.ts'
import { takeFrame } from './declared.ts'
import { type Credential, holdsCertificate } from './gate.ts'
import { isEvent, noEvent, readMessage } from './message.ts'
import { partsOf } from './multipart.ts'
import type { Station } from './station.ts'
import { readTime } from './values.ts'

const jsonBytesMax = 2 * 1024 * 1024
const pushBytesMax = 8 * 1024 * 1024

/**
 * What devices push over HTTP, each under its own identity and secret (`Authorization: Basic`, or `Bearer identity:secret`):
 * `POST /api/v1/ingest/telemetry` answers after commit; `/events` takes JSON or a camera's multipart with pictures;
 * `/frame` a private frame as bytes.
 */
export function ingestRoutes(app: FastifyInstance, house: House, station: Station): void {
  app.register(async (scope) => {
    // Bytes as they came: what cannot be read is kept whole, with the reason.
    scope.removeContentTypeParser(['application/json', 'text/plain'])
    for (const type of [/^multipart\//, 'application/octet-stream', /^(application|text)\/(xml|json)/])
      scope.addContentTypeParser(type, { parseAs: 'buffer', bodyLimit: pushBytesMax }, (_request, body, done) =>
        done(null, body),
      )
    scope.addHook('onRequest', async (request) => {
      request.device = await signIn(station, request)
    })

    scope.post('/api/v1/ingest/telemetry', { bodyLimit: jsonBytesMax }, async (request) => {
      const credential = request.device as Credential
      const bytes = bytesOf(request)
      const receivedAt = station.clock()
      station.frame(credential, bytes, receivedAt)
      const message = jsonOf(bytes)
      const readings = message === undefined ? '内容不是 JSON' : readMessage(message, credential, receivedAt)
      if (typeof readings === 'string') throw refuse(station, request, bytes, 'bad-values', readings)
      await station.batcher.add(readings)
      return { stored: readings.length }
    })

    scope.post('/api/v1/ingest/frame', { bodyLimit: 64 * 1024 }, async (request) => {
      const bytes = bytesOf(request)
      let trouble: Failure | undefined
      await takeFrame(station, request.device as Credential, bytes, (code, text) => {
        trouble = refuse(station, request, bytes, code, text)
      })
      if (trouble) throw trouble
      return { stored: 1 }
    })

    scope.post('/api/v1/ingest/events', { bodyLimit: pushBytesMax }, async (request) => {
      const credential = request.device as Credential
      const bytes = bytesOf(request)
      const { body, pictures } = readPush(request, bytes)
      if (body === undefined) throw refuse(station, request, bytes, 'bad-event', '没有看到事件内容（JSON 或 XML）')
      const kept = []
      for (const picture of pictures) kept.push(await keepPicture(house, credential, picture, station.clock()))
      const own = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : { content: body }
      const event = { ...own, ...(kept[0] && { picture: kept[0] }), ...(kept.length > 1 && { pictures: kept }) }
      const { at, time, dateTime } = event as Record<string, unknown>
      if (!isEvent(event)) throw refuse(station, request, bytes, 'bad-event', noEvent)
      await station.tell(credential, 'event', event, readTime(at ?? time ?? dateTime))
      return { pictures: kept }
    })
  })
}

declare module 'fastify' {
  interface FastifyRequest {
    device?: Credential
  }
}

async function signIn(station: Station, request: FastifyRequest): Promise<Credential> {
  const { authorization = '' } = request.headers
  const [, scheme, given = ''] = /^(basic|bearer) +(.{3,400})$/i.exec(authorization) ?? []
  const pair = scheme?.toLowerCase() === 'basic' ? Buffer.from(given, 'base64').toString() : given
  const cut = pair.indexOf(':')
  const credential = cut > 0 ? await station.gate.find(['http', 'mqtt', 'frame'], pair.slice(0, cut)) : undefined
  if (!credential) station.gate.blame(request.ip)
  const isHeld = credential !== undefined && holdsCertificate(credential, request.raw.socket)
  if (!credential || !isHeld || !(await station.gate.admits(credential, pair.slice(cut + 1), request.ip)))
    throw new Failure(401, 'bad-device', '设备标识或密码不对')
  return credential
}

function refuse(station: Station, request: FastifyRequest, bytes: Buffer, code: string, text: string): Failure {
  const { device: credential, ip: address } = request
  station.refusals.add({
    protocol: 'http',
    bytes,
    code,
    text,
    ...(credential && { credential }),
    address,
    at: station.clock(),
  })
  return invalid([{ code, text, at: '' }])
}

const bytesOf = ({ body }: FastifyRequest) => (Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body ?? null)))

function jsonOf(bytes: Buffer): unknown {
  // In another encoding its words would be lost unseen: it is kept whole as refused instead.
  if (!isUtf8(bytes)) return undefined
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

type Push = { body: unknown; pictures: Buffer[] }

/** An event with its pictures: JSON alone, or the parts of a camera's push (ISAPI: XML or JSON, then JPEG). */
function readPush(request: FastifyRequest, bytes: Buffer): Push {
  const type = request.headers['content-type'] ?? ''
  const boundary = /boundary="?([^";]{1,70})"?/i.exec(type)?.[1]
  const parts = type.startsWith('multipart/') && boundary ? partsOf(bytes, boundary) : [{ type, bytes }]
  const push: Push = { body: undefined, pictures: [] }
  for (const part of parts) {
    if (part.bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) push.pictures.push(part.bytes)
    else push.body ??= jsonOf(part.bytes) ?? flatXml(part.bytes.toString())
  }
  return push
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

/** The leaves of a camera's small XML event, by their names. */
function flatXml(text: string): Record<string, string> | undefined {
  if (!/^\s*</.test(text) || text.length > 200_000) return undefined
  const leaves: Record<string, string> = Object.create(null)
  for (const [, name = '', value = ''] of text.matchAll(/<([A-Za-z][\w]{0,63})(?:\s[^<>]*)?>([^<>]*)<\/\1>/g))
    leaves[name] = value.trim().replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => entities[entity] ?? '')
  return Object.keys(leaves).length > 0 ? { ...leaves } : undefined
}

async function keepPicture(house: House, { ownerId, identity }: Credential, bytes: Buffer, now: Date): Promise<string> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const actor: Actor = { ...publicActor, userId: `device:${identity}`, ownerId, name: identity }
  await keepFile(house.sql, house.dataDir, actor, { sha256, mediaType: 'image/jpeg', bytes }, now)
  return sha256
}
