import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, invalid, notFound } from '../../failure.ts'
import { isId, type Kind, sealedFields } from '../../language/index.ts'
import type { Json } from '../../standards/jcs/index.ts'
import { reasonOf } from '../access/approvals.ts'
import { registerKey, revokeKey, signingKeysOf } from '../access/signing-keys.ts'
import { note } from '../audit/note.ts'
import { uuidv7 } from '../id.ts'
import type { PolicyValue } from '../policy/declared.ts'
import { personOf } from '../protect/record-persons.ts'
import { contentDigest, holds, type SigningSuite, signedText } from '../protect/signing.ts'
import { openAny, sealWith, suiteOfKey } from '../protect/suite.ts'
import { doorOf, requirePerson, requireSignIn } from './authenticate.ts'
import type { House } from './house.ts'
import { workOf } from './records.ts'

/** A signature that came with a request and held. */
type Brought = { key: string; act: string; salt: string; digest: string; signature: Buffer; content: Json }

declare module 'fastify' {
  interface FastifyRequest {
    brought?: Brought
  }
}

const header = 'x-shisu-signature'
const signable = /^\/api\/v1\/(records\/:kind(\/:id(\/(void|merge|steps\/:step))?)?|operations\/:name)$/
const many = /^\/api\/v1\/(records\/:kind\/(batch|imports)|imports\/:id\/commit)$/

/** The act as it is signed: the method and the path that was asked, without a query. */
const actOf = (request: FastifyRequest): string => `${request.method} ${request.url.split('?')[0]}`

const unsigned = '这类记录须由本人签名后提交，请先在“我的登录安全”里生成签名密钥'
const unsignedToken = '这类记录须签名后提交，请先在“接口与令牌”里为接入方登记签名密钥，再随请求附上签名'

const refused = (text: string) => new Failure(403, 'wrong-signature', text)

/** Where content holds half a character: such a text has no canonical form, so nobody can have signed it. */
function illFormedAt(content: Json, at = ''): string | undefined {
  if (typeof content === 'string') return content.isWellFormed() ? undefined : at
  if (typeof content !== 'object' || content === null) return undefined
  for (const [name, each] of Object.entries(content)) {
    const found = illFormedAt(name, at) ?? illFormedAt(each as Json, `${at}/${name}`)
    if (found !== undefined) return found
  }
  return undefined
}

async function bring(request: FastifyRequest, house: House, given: string): Promise<Brought> {
  const actor = requireSignIn(request)
  const [, key = '', salt = '', text = ''] =
    /^v1 key=([0-9a-f-]{36}),salt=([\w-]{16,64}),sig=([\w-]{86})$/.exec(given) ?? []
  if (!isId(key)) throw refused('签名的格式不对')
  const [row] = await house.sql<{ suite: SigningSuite; publicKey: Buffer }[]>`
    select suite, public_key as "publicKey" from signing_key
    where id = ${key} and revoked_at is null and account_id in (${actor.userId}::uuid,
      -- A system tries its key in the sandbox first.
      (select account_id from api_client where sandbox_account_id = ${actor.userId}))`
  if (!row) throw refused('签名密钥不是您的，或已吊销')
  const content = (request.body ?? {}) as Json
  const broken = illFormedAt(content)
  if (broken !== undefined)
    throw invalid([{ code: 'wrong-character', text: '含有不完整的字符，不能签名', at: broken.toWellFormed() }])
  const act = actOf(request)
  const digest = contentDigest({ salt, content })
  const signature = Buffer.from(text, 'base64url')
  if (!holds(row.suite, row.publicKey, signedText(act, digest), signature)) throw refused('签名与内容不符，没有保存')
  return { key, act, salt, digest, signature, content }
}

const listed = (names: string | null): string[] => (names ?? '').split(/[\s,，、]+/).filter(Boolean)

type Row = { id: string; ownerId: string; version: number }
const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && 'id' in value && 'ownerId' in value && 'version' in value

/** What an operation did is no record: its signature is kept under what it made, or under an id of its own. */
function asAct(request: FastifyRequest, house: House, payload: unknown): Row {
  const made = (payload as { id?: unknown } | null)?.id
  const id = isId(made) ? made : uuidv7(house.clock().getTime())
  return { id, ownerId: request.actor.ownerId, version: 1 }
}

/** Content that speaks of a person is sealed under that person's key, and goes with it. */
async function keptContent(house: House, kind: Kind | undefined, row: Row, { salt, content }: Brought) {
  const text = JSON.stringify({ salt, content })
  if (!kind || sealedFields(kind).length === 0) return { content: text, sealed: null }
  const [image] = await house.sql.unsafe<{ personId: string; personKey: string | null }[]>(
    `select person_id as "personId", person_key(person_id) as "personKey" from ${kind.name.replaceAll('-', '_')} where id = $1`,
    [row.id],
  )
  const person = image && personOf(house.keyring, image)
  if (!person) throw new Failure(409, 'erased', '个人信息已擦除，不能再签名')
  const about = Buffer.from(`signature ${kind.name} ${row.id}`)
  return {
    content: null,
    sealed: sealWith(suiteOfKey(person.key), person.key, Buffer.from(text), about).toString('base64'),
  }
}

async function keep(request: FastifyRequest, house: House, brought: Brought, row: Row): Promise<void> {
  const { kind = '', name = '' } = request.params as { kind?: string; name?: string }
  const { content, sealed } = await keptContent(house, house.catalogue.kinds.get(kind), row, brought)
  const now = house.clock()
  await house.sql`
    insert into record_signature (id, owner_id, kind, record_id, version, key_id, signer, act, digest, content, sealed, signature, at)
    values (${uuidv7(now.getTime())}, ${row.ownerId}, ${kind || name}, ${row.id}, ${row.version}, ${brought.key},
      ${request.actor.name}, ${brought.act}, ${brought.digest}, ${content}, ${sealed}, ${brought.signature}, ${now})
    on conflict do nothing`
}

/**
 * Signatures on what is submitted: checked before the act, kept before the answer. Acts that the policy names are refused
 * without one.
 */
export function signatureHooks(app: FastifyInstance, house: House): void {
  app.decorateRequest('brought', undefined)
  app.addHook('preHandler', (request, _reply, done) => {
    const url = request.routeOptions.url ?? ''
    if (request.method === 'GET' || !(signable.test(url) || many.test(url))) return done()
    const policy = house.policies.fresh('signature')
    if (!policy || request.headers[header] !== undefined) return check(request, url)
    requireSignature(request, policy)
    done()
  })
  const check = async (request: FastifyRequest, url: string): Promise<void> => {
    const given = request.headers[header]
    if (typeof given === 'string' && signable.test(url)) request.brought = await bring(request, house, given)
    if (!request.brought) requireSignature(request, await house.policies.get('signature'))
  }
  const requireSignature = (request: FastifyRequest, { orders, required }: PolicyValue<'signature'>): void => {
    if (orders !== 'signed' && !required) return
    const { kind, name } = request.params as { kind?: string; name?: string }
    const wanted = [...listed(required), ...(orders === 'signed' ? house.catalogue.orders : [])]
    if (wanted.includes(kind ?? name ?? ''))
      throw new Failure(403, 'signature-required', request.actor.tokenKey ? unsignedToken : unsigned)
  }
  app.addHook('preSerialization', (request, reply, payload, done) => {
    const { brought } = request
    if (!brought || reply.statusCode >= 300) done(null, payload)
    else
      return keep(request, house, brought, isRow(payload) ? payload : asAct(request, house, payload)).then(
        () => payload,
      )
  })
}

type Kept = {
  keyId: string
  signer: string
  act: string
  version: number
  digest: string
  content: string | null
  sealed: string | null
  signature: Buffer
  at: Date
  suite: SigningSuite
  publicKey: Buffer
  keyTitle: string
  revokedAt: Date | null
  personKey: string | null
  personId: string | null
}

/** What a signature shows today: that it holds, that the content is there and is what was signed. */
function verdictOf(house: House, kind: string, id: string, kept: Kept) {
  const holdsNow = holds(kept.suite, kept.publicKey, signedText(kept.act, kept.digest), kept.signature)
  const person = personOf(house.keyring, { personId: kept.personId ?? undefined, personKey: kept.personKey })
  const text = kept.sealed
    ? person &&
      openAny(person.key, Buffer.from(kept.sealed, 'base64'), Buffer.from(`signature ${kind} ${id}`)).toString('utf8')
    : kept.content
  const opened = text ? (JSON.parse(text) as { salt: string; content: Json }) : undefined
  const same = opened && contentDigest(opened) === kept.digest
  return { holds: holdsNow, content: !opened ? 'erased' : same ? 'same' : 'differs' }
}

/** One's own keys; and what of a record was signed, checked anew at each look. */
export function signatureRoutes(app: FastifyInstance, house: House): void {
  const { sql } = house

  app.get('/api/v1/me/signing-keys', async (request) => {
    const actor = requirePerson(request)
    return { userId: actor.userId, items: await signingKeysOf(sql, actor.userId) }
  })

  app.post('/api/v1/me/signing-keys', async (request, reply) => {
    const actor = requirePerson(request)
    const id = await registerKey(sql, actor, (request.body ?? {}) as object, house.clock())
    await note(sql, { actor, act: 'grant', kind: 'signing-key', id, address: doorOf(request, house).address })
    return reply.code(201).send({ id })
  })

  app.post('/api/v1/me/signing-keys/:id/revoke', async (request, reply) => {
    const actor = requirePerson(request)
    const { id } = request.params as { id: string }
    const reason = reasonOf((request.body as { reason?: unknown } | null)?.reason)
    await revokeKey(sql, actor, id, reason, house.clock())
    await note(sql, {
      actor,
      act: 'void',
      kind: 'signing-key',
      id,
      address: doorOf(request, house).address,
      detail: { reason },
    })
    return reply.code(204).send()
  })

  app.get('/api/v1/records/:kind/:id/signatures', async (request) => {
    const { kind: named, id } = request.params as { kind: string; id: string }
    const kind = house.catalogue.kinds.get(named)
    if (!kind) throw notFound('这类记录')
    const row = await workOf(request, house).store.read(kind, id)
    const person = sealedFields(kind).length > 0 ? 't.person_id' : 'null::uuid'
    const rows = await sql.unsafe<Kept[]>(
      `select s.key_id as "keyId", s.signer, s.act, s.version, s.digest, s.content, s.sealed, s.signature, s.at,
         k.suite, k.public_key as "publicKey", k.title as "keyTitle", k.revoked_at as "revokedAt",
         ${person} as "personId", person_key(${person}) as "personKey"
       from record_signature s join signing_key k on k.id = s.key_id
         join ${named.replaceAll('-', '_')} t on t.id = s.record_id and t.owner_id = s.owner_id
       where s.owner_id = $1 and s.kind = any($2) and s.record_id = $3 order by s.version desc, s.at desc limit 100`,
      // What an operation made was signed under the operation's name.
      [row.ownerId, [named, ...house.catalogue.operations.keys()], id],
    )
    return {
      items: rows.map((kept) => ({
        version: kept.version,
        signer: kept.signer,
        at: kept.at,
        suite: kept.suite,
        key: kept.keyTitle,
        publicKey: kept.publicKey.toString('base64'),
        revokedAt: kept.revokedAt,
        ...verdictOf(house, named, id, kept),
      })),
    }
  })
}
