import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure, invalid, notFound } from '../../failure.ts'
import type { Kind } from '../../language/index.ts'
import { isImportant } from '../../language/kind.ts'
import { entryBundle, newestCheckpoint, tile } from '../../ledger/index.ts'
import { formatVerifierKey, parseTilePath } from '../../standards/tlog/index.ts'
import { logKeys, trustedKeys, witnessKeys } from '../ledger/ledger.ts'
import { leafPart, signatureParts } from '../ledger/proof.ts'
import { requireSignIn } from './authenticate.ts'
import type { House } from './house.ts'
import { queryOf, workOf } from './records.ts'

/** The log as C2SP tlog-tiles serves it, for everybody: `/ledger/checkpoint`, `/ledger/tile/…`, `/ledger/keys`. */
export function logRoutes(app: FastifyInstance, { sql, ledger }: Pick<House, 'sql' | 'ledger'>): void {
  app.get('/ledger/checkpoint', async (_, reply) => {
    const newest = await newestCheckpoint(sql)
    if (!newest) throw notFound('已签名的检查点')
    return reply.type('text/plain; charset=utf-8').header('cache-control', 'no-cache').send(newest.note)
  })

  app.get('/ledger/tile/*', async (request, reply) => {
    const place = parseTilePath((request.params as { '*': string })['*'])
    const bytes =
      place?.level === 'entries'
        ? await entryBundle(sql, place.index, place.width)
        : place && (await tile(sql, place.level, place.index, place.width))
    if (!bytes) throw notFound('这块数据')
    return unchanging(reply).send(bytes)
  })

  app.get('/ledger/keys', async () => {
    const { log, logs, revoked, consortium } = await trustedKeys(sql, ledger)
    return {
      origin: ledger.signer.name,
      log,
      ...(logs ? { logs } : {}),
      ...(revoked ? { revoked } : {}),
      witnesses: await witnessKeys(sql),
      ...(consortium ? { consortium } : {}),
    }
  })
}

const unchanging = (reply: FastifyReply) =>
  reply.type('application/octet-stream').header('cache-control', 'public, max-age=31536000, immutable')

/** `GET /api/v1/ledger`: how the log stands. `GET /api/v1/records/{kind}/{id}/proof?version=`: one version, provable offline. */
export function ledgerRoutes(app: FastifyInstance, house: House): void {
  const { sql, ledger, catalogue } = house

  app.get('/api/v1/ledger', async (request) => {
    requireSignIn(request)
    const newest = await newestCheckpoint(sql)
    const [log] = await sql<{ size: string }[]>`select size from ledger_log`
    const sources = await sql`select source, moved_at as "movedAt" from ledger_cursor order by source`
    const witnesses = await sql`
      select name, size::float8 as size, seen_at as "seenAt", failed_at as "failedAt", failure from ledger_witness order by name`
    const recent = await sql`
      select c.size::float8 as size, c.at, count(s.witness)::int as witnesses
      from ledger_checkpoint c left join ledger_cosignature s on s.size = c.size
      group by c.size order by c.size desc limit 50`
    return {
      origin: ledger.signer.name,
      key: await formatVerifierKey(ledger.signer),
      keys: await logKeys(sql),
      leaves: Number(log?.size ?? 0),
      checkpoint: newest && { size: newest.head.size, at: newest.at, witnesses: newest.witnesses, note: newest.note },
      sources,
      witnesses,
      recent,
      consortium: ledger.consortium?.origin ?? null,
    }
  })

  app.get('/api/v1/records/:kind/:id/proof', async (request) => {
    const { kind: name, id } = request.params as { kind: string; id: string }
    const kind = catalogue.kinds.get(name)
    if (!kind) throw notFound('这类记录')
    // Whoever may not read the record gets the same answer as for one that is not there.
    const versions = await workOf(request, house).store.history(kind, id)
    const wanted = versionOf(queryOf(request).version) ?? Math.max(...versions.map(({ version }) => version))
    if (!versions.some(({ version }) => version === wanted)) throw notFound('这个版本')
    const [change] = await sql<{ ref: string; ownerId: string }[]>`
      select seq::text as ref, owner_id as "ownerId" from change where stream = 0 and kind = ${name} and id = ${id} and version = ${wanted}`
    const shown = change !== undefined && opens(request, kind, change.ownerId)
    const part = change && (await leafPart(sql, ledger, { source: 'change', ref: change.ref, shown }))
    if (!part) throw new Failure(409, 'not-sealed-yet', '这一版刚刚写入，还没有存证，请过几秒再试')
    const about = { ownerId: change.ownerId, kind: name, id, version: wanted }
    return {
      format: 'shisu-proof@v1',
      kind: name,
      id,
      version: wanted,
      // Masked for this reader: then the leaf is proven, its content is not given out.
      ...part,
      signatures: shown ? await signatureParts(sql, ledger, about) : [],
      origin: ledger.signer.name,
      trusted: await trustedKeys(sql, ledger),
    }
  })
}

function versionOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw invalid([{ code: 'wrong-type', text: '版本应为正整数', at: '/version' }])
  return Number(text)
}

/** Whether this reader sees every value that the leaf commits to: no field is kept from the role, none is personal. */
function opens({ glass, actor }: FastifyRequest, kind: Kind, ownerId: string): boolean {
  const whole = glass?.hide.length === 0 && glass.only === undefined
  return whole && (!isImportant(kind) || actor.ownerId === ownerId)
}
