import { createHash, randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Part, partsOf } from '../platform/ingest/multipart.ts'
import { ALPHABET, tidySerial } from '../trace/codes/index.ts'
import {
  answeredPage,
  complainPage,
  photosMax,
  receivedPage,
  replyPage,
  type Typed,
  textMax,
  type Wrong,
} from './complain-page.ts'
import type { Mode } from './page.ts'
import type { ResolverHouse } from './resolver.ts'

const photoBytesMax = 5 * 1024 * 1024
const bodyBytesMax = photosMax * photoBytesMax + 64 * 1024
/** From one address within an hour; a household has fewer, a script has more. */
const perHourMax = 10
const hourMs = 3_600_000

/** What a picture's bytes say it is, whatever its name claims. */
function typeOf(bytes: Buffer): string | undefined {
  const text = bytes.toString('latin1', 0, 12)
  if (text.startsWith('\u00ff\u00d8\u00ff')) return 'image/jpeg'
  if (text.startsWith('\u0089PNG\r\n')) return 'image/png'
  return text.startsWith('RIFF') && text.endsWith('WEBP') ? 'image/webp' : undefined
}

/** Ten characters without look-alikes: 50 bits, which nobody guesses. */
const newNumber = () => Array.from(randomBytes(10), (byte) => ALPHABET[byte & 31]).join('')

const digestOf = (number: string, phone: string) =>
  createHash('sha256')
    .update(`${number} ${phone.replace(/\D/g, '')}`)
    .digest()

type Headers = (reply: FastifyReply) => void

/**
 * A complaint in three steps from the scanned bag, without an account and without script: its link, this form with
 * pictures, and a number; with the number and the phone the reply is read. What is told waits in a table to which the
 * public entrance may only add; the desk's side takes it from there.
 */
export function complainRoutes(scope: FastifyInstance, house: ResolverHouse, headers: Headers): void {
  const told = new Map<string, { count: number; until: number }>()
  const mayTell = (address: string, now: number) => {
    if (told.size > 10_000) told.clear()
    const known = told.get(address)
    if (!known || known.until < now) told.set(address, { count: 1, until: now + hourMs })
    else if (known.count >= perHourMax) return false
    else known.count++
    return true
  }
  const send = (reply: FastifyReply, text: string, status = 200) => {
    headers(reply)
    return reply.code(status).type('text/html; charset=utf-8').send(text)
  }
  scope.addContentTypeParser(/^multipart\/form-data/, { parseAs: 'buffer', bodyLimit: bodyBytesMax }, (_, body, done) =>
    done(null, body),
  )
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 4096 },
    (_, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  )
  scope.get('/complain', (request, reply) => {
    const { code = '', food = '' } = request.query as Record<string, unknown>
    return send(
      reply,
      complainPage(modeOf(request), { code: clip(code, 200), food: clip(food, 80), text: '', phone: '', name: '' }),
    )
  })
  scope.post('/complain', async (request, reply) => {
    const { fields, photos } = readForm(request)
    const typed: Typed = {
      code: clip(fields.get('code'), 200),
      food: clip(fields.get('food'), 80),
      text: clip(fields.get('text'), textMax),
      phone: clip(fields.get('phone'), 20).trim(),
      name: clip(fields.get('name'), 40).trim(),
    }
    const mode: Mode = { big: fields.get('big') === '1', other: '/complain' }
    const wrong = problemsOf(typed, photos)
    if (Object.keys(wrong).length > 0) return send(reply, complainPage(mode, typed, wrong), 422)
    const now = house.clock()
    if (!mayTell(request.ip, now.getTime()))
      return send(reply, complainPage(mode, typed, { text: '您提交得太频繁了，请一小时后再试，或拨打 12315' }), 429)
    const number = newNumber()
    const [, gtin] = /\/01\/(\d{14})(?:\/|$)/.exec(typed.code) ?? []
    await house.sql`
      insert into shopper_complaint (number, phone_digest, received_at, told, photos, photo_types)
      values (${number}, ${digestOf(number, typed.phone)}, ${now},
        ${house.sql.json({ ...typed, ...(gtin && { gtin }) })},
        ${photos.length > 0 ? photos.map((bytes) => `\\x${bytes.toString('hex')}`) : null}::text[]::bytea[],
        ${photos.length > 0 ? photos.map((bytes) => typeOf(bytes) ?? '') : null}::text[])`
    return send(reply, receivedPage(mode, number, now), 201)
  })
  scope.get('/complain/reply', (request, reply) => send(reply, replyPage(modeOf(request))))
  scope.post('/complain/reply', async (request, reply) => {
    const body = (request.body ?? {}) as Record<string, unknown>
    const number = tidySerial(clip(body.number, 20).replace(/[\s-]/g, ''))
    const [row] = await house.sql<
      { answer: { receivedAt: string; state: string; number?: string; reply?: string } | null }[]
    >`
      select complaint_answer(${number}, ${digestOf(number, clip(body.phone, 20))}) as answer`
    const mode: Mode = { big: false, other: '/complain/reply?big=1' }
    if (!row?.answer) return send(reply, replyPage(mode, number, { number: '没有找到，请核对查询号和手机号' }), 404)
    const { answer } = row
    return send(
      reply,
      answeredPage(mode, {
        number: answer.number ?? number,
        receivedAt: new Date(answer.receivedAt),
        state: answer.state,
        ...(answer.reply && { reply: answer.reply }),
      }),
    )
  })
}

function readForm(request: FastifyRequest): { fields: Map<string, string>; photos: Buffer[] } {
  const [, quoted, plain] = /boundary=(?:"([^"]+)"|([^;\s]+))/.exec(request.headers['content-type'] ?? '') ?? []
  const boundary = quoted ?? plain
  const parts: Part[] = Buffer.isBuffer(request.body) && boundary ? partsOf(request.body, boundary) : []
  const fields = new Map(
    parts.flatMap(({ name, bytes }) => (name && name !== 'photos' ? [[name, bytes.toString('utf8')]] : [])),
  )
  // A file input that was left empty sends an empty part.
  const photos = parts.flatMap(({ name, bytes }) => (name === 'photos' && bytes.length > 0 ? [bytes] : []))
  return { fields, photos }
}

function problemsOf({ text, phone }: Typed, photos: readonly Buffer[]): Wrong {
  const wrong: Wrong = {}
  if (text.trim().length < 5) wrong.text = '请写明哪里有问题，至少 5 个字'
  if (!/^[0-9+][0-9 -]{6,19}$/.test(phone)) wrong.phone = '应为电话号码，如 13900000000'
  else if (isMobileMistyped(phone)) wrong.phone = '手机号应为 11 位，请核对'
  if (photos.length > photosMax) wrong.photos = `照片最多 ${photosMax} 张`
  else if (photos.some((bytes) => bytes.length > photoBytesMax)) wrong.photos = '每张照片不能超过 5 MB'
  else if (photos.some((bytes) => typeOf(bytes) === undefined)) wrong.photos = '照片只能是 JPEG、PNG 或 WebP'
  return wrong
}

/** No other number begins with 1: a digit too few or too many, and nobody can be answered. */
function isMobileMistyped(phone: string): boolean {
  const digits = phone.replace(/\D/g, '').replace(/^(00)?86(?=1)/, '')
  return digits.startsWith('1') && digits.length !== 11
}

const clip = (value: unknown, max: number) =>
  typeof value === 'string' ? value.replace(/(?![\t\r\n])\p{Cc}/gu, '').slice(0, max) : ''

function modeOf(request: FastifyRequest): Mode {
  const big = (request.query as Record<string, unknown>).big === '1'
  return { big, other: big ? '/complain' : '/complain?big=1' }
}
