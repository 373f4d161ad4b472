import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, forbidden, invalid, notFound, type Problem } from '../failure.ts'
import { isId } from '../language/index.ts'
import { requireScope } from '../platform/http/authenticate.ts'
import { canonicalKey } from '../standards/digital-link/index.ts'
import { addAliases, addLink, endLink, ownLinks } from '../trace/codes/index.ts'
import { bodyOf, type CodeHouse, idOf, textOf } from './code-life.ts'
import { foreignKey, targetOf } from './foreign.ts'

const aliasesMax = 5000

/** What an enterprise tells the resolver: links of its products, lots and things, and what other systems' codes mean. */
export function linkRoutes(app: FastifyInstance, house: CodeHouse): void {
  const { sql } = house
  const ownerOf = (request: FastifyRequest): string => {
    const actor = requireScope(request, 'operations')
    if (actor.role !== 'enterprise') throw forbidden('链接由生产企业登记')
    return actor.ownerId
  }

  app.get('/api/v1/resolver-links', async (request) => ({ items: await ownLinks(sql, ownerOf(request)) }))

  app.post('/api/v1/resolver-links', async (request, reply) => {
    const ownerId = ownerOf(request)
    const now = house.clock()
    const body = bodyOf(request)
    const { language, mediaType } = body
    const { key, level, gtin } = canonicalKey(textOf(body, 'key', 300))
    if (level === 'other' || level === 'pattern')
      throw invalid([
        { at: '/key', code: 'key', text: '请给出商品、批次或单件的 Digital Link，例如 /01/06901234567892' },
      ])
    const link = {
      id: idOf(body, now),
      key,
      linkType: textOf(body, 'linkType', 120),
      href: textOf(body, 'href', 1000),
      title: textOf(body, 'title', 120),
      ...(typeof language === 'string' && { language }),
      ...(typeof mediaType === 'string' && /^[\w.+-]+\/[\w.+-]{1,60}$/.test(mediaType) && { mediaType }),
    }
    await sql.begin(async (tx) => {
      if (gtin !== undefined) await mustHold(tx, ownerId, gtin)
      await addLink(tx, ownerId, request.actor.userId, link, now)
    })
    return reply.code(201).send(link)
  })

  app.delete('/api/v1/resolver-links/:id', async (request, reply) => {
    const { id } = request.params as { id: string }
    const isGone = isId(id) && (await endLink(sql, ownerOf(request), id, house.clock()))
    if (!isGone) throw notFound('这个链接')
    return reply.code(204).send()
  })

  app.post('/api/v1/code-aliases', { bodyLimit: 4 * 1024 * 1024 }, async (request) => {
    const ownerId = ownerOf(request)
    const { aliases } = bodyOf(request)
    if (!Array.isArray(aliases) || aliases.length === 0 || aliases.length > aliasesMax)
      throw invalid([{ at: '/aliases', code: 'out-of-range', text: `一次登记 1 到 ${aliasesMax} 个码` }])
    const problems: Problem[] = []
    const read = aliases.map((alias, place) => {
      const { code, target } = (typeof alias === 'object' && alias !== null ? alias : {}) as Record<string, unknown>
      const key = typeof code === 'string' && !code.includes('\0') ? foreignKey(code) : undefined
      const means = typeof target === 'string' && !target.includes('\0') ? targetOf(target) : undefined
      if (key === undefined || key.length > 400)
        problems.push({
          at: `/aliases/${place}/code`,
          code: 'code',
          text: '应为追溯码、Ecode、OID、Handle 或商品二维码',
        })
      if (means === undefined || means.length > 200)
        problems.push({
          at: `/aliases/${place}/target`,
          code: 'target',
          text: '应为批次、单件或物流单元的 Digital Link',
        })
      return { key: key ?? '', target: means ?? '', gtin: means && canonicalKey(means).gtin }
    })
    if (problems.length > 0) throw invalid(problems.slice(0, 100))
    return sql.begin(async (tx) => {
      for (const gtin of new Set(read.flatMap(({ gtin }) => gtin ?? []))) await mustHold(tx, ownerId, gtin)
      return addAliases(tx, ownerId, request.actor.userId, read, house.clock())
    })
  })
}

/** A product's links are its owner's to name: whoever ordered codes for it, or else whoever has imported or linked it first. */
async function mustHold(
  tx: CodeHouse['sql'] | Parameters<Parameters<CodeHouse['sql']['begin']>[1]>[0],
  ownerId: string,
  gtin: string,
) {
  const [other] = await tx`
    select from code_gtin where gtin = ${gtin} and owner_id <> ${ownerId}
    union all select from code_range where gtin = ${gtin} and owner_id <> ${ownerId}
    union all select from resolver_link where key = ${`https://id.gs1.org/01/${gtin}`} and owner_id <> ${ownerId} and ended_at is null
    limit 1`
  if (other) throw new Failure(409, 'gtin-of-another', '这个商品条码已由另一家企业使用')
}
