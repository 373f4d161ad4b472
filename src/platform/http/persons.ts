import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, forbidden, invalid, notFound } from '../../failure.ts'
import { type ConsentPurpose, isDay, isId, type Kind, sealedFields } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { ask, type DangerousAct, reasonOf } from '../access/approvals.ts'
import { note } from '../audit/note.ts'
import { purposes } from '../protect/consent.ts'
import { alikeTo, erase, type Spoken } from '../protect/erasure.ts'
import { openPersons } from '../protect/persons.ts'
import type { Row } from '../store/store.ts'
import { doorOf, requirePerson, requireScope } from './authenticate.ts'
import type { House } from './house.ts'
import { workOf } from './records.ts'

const name = 'erase-person'
const title = '擦除个人信息'

/** Destroying a person's key: whoever keeps the data asks, the security administrator allows. */
export const erasePersonAct = (house: House): DangerousAct => ({
  name,
  title,
  deciders: ['security'],
  async carryOut(sql, subject, decider, now) {
    const { records, askedName, approval, reason } = subject as {
      records: Spoken[]
      askedName: string
      approval: string
      reason: string
    }
    const { keyring, dataDir, catalogue } = house
    const count = await erase(
      sql,
      { keyring, dataDir, kinds: catalogue.kinds },
      decider,
      { approval, askedName, reason, records },
      now,
    )
    return { erased: count }
  },
})

type Params = { kind: string; id: string }
type Found = { kind: Kind; row: Row; person: string | null; actor: Actor }

/** The record whose person it is about: only those whose record it is deal with him. */
async function found(request: FastifyRequest, house: House): Promise<Found> {
  const actor = requireScope(request, 'records')
  const { kind: named, id } = request.params as Params
  const kind = house.catalogue.kinds.get(named)
  if (!kind || sealedFields(kind).length === 0) throw notFound('这类记录里的个人信息')
  const row = await workOf(request, house).store.read(kind, id)
  if (row.ownerId !== actor.ownerId) throw forbidden('个人信息由登记它的单位办理')
  const [holder] = await house.sql.unsafe<{ person: string | null }[]>(
    `select person_id as person from ${kind.name.replaceAll('-', '_')} where id = $1`,
    [id],
  )
  return { kind, row, person: holder?.person ?? null, actor }
}

function purposeOf(value: unknown): ConsentPurpose {
  if (typeof value === 'string' && Object.hasOwn(purposes, value)) return value as ConsentPurpose
  throw invalid([{ code: 'not-an-option', text: `用途应为：${Object.values(purposes).join('、')}`, at: '/purpose' }])
}

/** The end of a consent: a legal day, counted to its end; none where it holds until it is taken back. */
function untilOf(value: unknown, now: Date): Date | null {
  if (value === undefined || value === null || value === '') return null
  const end = typeof value === 'string' && isDay(value) ? new Date(`${value}T24:00:00+08:00`) : undefined
  if (!end || end <= now) throw invalid([{ code: 'wrong-value', text: '期限应为今天或以后的日期', at: '/until' }])
  return end
}

/** Consents, erasure and what is known of a person, beside the record that speaks of him. */
export function personRoutes(app: FastifyInstance, house: House): void {
  const { sql, keyring } = house
  const path = '/api/v1/records/:kind/:id/person'
  const tell = (request: FastifyRequest, { kind, row, actor }: Found, act: string, detail: Record<string, unknown>) =>
    note(sql, {
      actor,
      act,
      kind: kind.name,
      id: row.id,
      title: kind.title,
      address: doorOf(request, house).address,
      detail,
    })

  app.get(path, async (request) => {
    const about = await found(request, house)
    const { kind, row, person, actor } = about
    const persons = openPersons(sql, keyring, actor, house.clock())
    const [erasure] = person
      ? await sql`select reason, asked_by as "askedBy", decided_by as "decidedBy", key_sha256 as "keySha256", at, approval_id as approval
          from person_erasure where person_id = ${person}`
      : []
    const [asked] = await sql`
      select id, asked_at as "askedAt", asked_name as "askedName" from approval
      where act = ${name} and state = 'waiting' and expires_at > ${house.clock()} and asked_owner = ${actor.ownerId}
        and subject->'records' @> ${sql.json([{ kind: kind.name, id: row.id }])} limit 1`
    return {
      purposes,
      needed: Object.values(kind.fields).flatMap((field) =>
        field.consent ? [{ purpose: field.consent, title: field.title }] : [],
      ),
      consents: person ? await persons.consents(person) : [],
      alike: row.erased
        ? []
        : (await alikeTo(sql, keyring, house.catalogue.kinds.values(), about)).map(({ person: _, ...each }) => each),
      erasure: erasure ?? null,
      asked: asked ?? null,
    }
  })

  app.post(`${path}/consents`, async (request, reply) => {
    const about = await found(request, house)
    if (!about.person || about.row.erased) throw new Failure(409, 'erased', '个人信息已擦除')
    const body = (request.body ?? {}) as Record<string, unknown>
    const purpose = purposeOf(body.purpose)
    const now = house.clock()
    const until = untilOf(body.until, now)
    const words = typeof body.words === 'string' ? body.words.trim() : ''
    if (words.length < 2 || words.length > 1000)
      throw invalid([{ code: 'missing', text: '请写明同意的内容：用在哪里、怎么用（2 到 1000 字）', at: '/words' }])
    const by = body.by === 'guardian' ? 'guardian' : 'self'
    if (purpose === 'minor' && by !== 'guardian')
      throw invalid([{ code: 'wrong-value', text: '未成年人的信息须由监护人同意', at: '/by' }])
    await openPersons(sql, keyring, about.actor, now).consent(about.person, purpose, words, by, until)
    await tell(request, about, 'consent', { purpose, by, until: until?.toISOString() ?? null })
    return reply.code(201).send({ purpose })
  })

  app.post(`${path}/consents/:purpose/withdraw`, async (request) => {
    const about = await found(request, house)
    const purpose = purposeOf((request.params as { purpose: string }).purpose)
    if (!about.person) throw notFound('这项同意')
    await openPersons(sql, keyring, about.actor, house.clock()).withdraw(about.person, purpose)
    await tell(request, about, 'withdraw-consent', { purpose })
    // What rested on it is taken out of the record.
    const given = Object.entries(about.kind.fields).filter(
      ([field, { consent }]) => consent === purpose && about.row[field] !== undefined,
    )
    if (given.length === 0 || about.row.state === 'void') return { cleared: 0 }
    const nothing = Object.fromEntries(given.map(([field]) => [field, null]))
    await workOf(request, house).store.change(about.kind, about.row.id, { version: about.row.version, ...nothing })
    return { cleared: given.length }
  })

  app.post(`${path}/erasure`, async (request, reply) => {
    const actor = requirePerson(request)
    const about = await found(request, house)
    if (!about.person || about.row.erased) throw new Failure(409, 'erased', '个人信息已擦除')
    const body = (request.body ?? {}) as { reason?: unknown; also?: unknown }
    const reason = reasonOf(body.reason)
    const also = Array.isArray(body.also) ? body.also : []
    const alike = await alikeTo(sql, keyring, house.catalogue.kinds.values(), about)
    const chosen = also.map((each) => {
      const one = isId(each) ? alike.find(({ id }) => id === each) : undefined
      if (!one) throw invalid([{ code: 'no-such-record', text: '只能一并擦除本单位同一个人的记录', at: '/also' }])
      return { kind: one.kind, id: one.id, person: one.person }
    })
    const records: Spoken[] = [{ kind: about.kind.name, id: about.row.id, person: about.person }, ...chosen]
    const wish = { title: `${title}：${about.kind.title}等 ${records.length} 条记录`, reason }
    const approval = await ask(
      sql,
      erasePersonAct(house),
      actor,
      { ...wish, subject: { records, askedName: actor.name, reason } },
      house.clock(),
    )
    await tell(request, about, 'ask', { approval, records: records.length })
    return reply.code(202).send({ approval, records: records.length })
  })
}
