import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, forbidden, invalid, notFound, type Problem } from '../../failure.ts'
import { isId } from '../../language/index.ts'
import { createAuthority } from '../access/accounts.ts'
import { isAdministrator } from '../access/actor.ts'
import { reasonOf } from '../access/approvals.ts'
import { isAuthority } from '../access/filed.ts'
import { note } from '../audit/note.ts'
import { doorOf, requireDuty, requirePerson, requireSignIn } from './authenticate.ts'
import type { House } from './house.ts'

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '')

function checkArea(body: Record<string, unknown>, cityPrefix: string): { code: string; title: string } {
  const code = textOf(body.code)
  const title = textOf(body.title)
  const problems: Problem[] = []
  if (!/^\d{6}(\d{3})?$/.test(code) || !code.startsWith(cityPrefix))
    problems.push({
      code: 'wrong-format',
      text: `编码应为 ${cityPrefix} 开头的 6 位（区）或 9 位（站所）数字`,
      at: '/code',
    })
  if ([...title].length < 2 || [...title].length > 40)
    problems.push({ code: 'missing', text: '请填写名称（2 到 40 字）', at: '/title' })
  if (problems.length > 0) throw invalid(problems)
  return { code, title }
}

/** Districts outside the national table, stations below the county, the authorities, and who belongs to which station. */
export function areaRoutes(app: FastifyInstance, house: House): void {
  const { sql, catalogue } = house
  const known = (code: string) => catalogue.regions.some((region) => region.code === code)
  const city = () => catalogue.regions[0]?.code ?? ''
  const noted = (request: FastifyRequest, act: string, id: string, title: string, detail = {}) =>
    note(sql, { actor: request.actor, act, kind: 'area', id, title, address: doorOf(request, house).address, detail })

  app.get('/api/v1/areas', async (request) => {
    requireSignIn(request)
    const items = await sql`
      select code, title, county, version, since, retired_at as "retiredAt",
        (select count(*)::int from owner o where o.station = a.code) as owners from area a order by code`
    return { items }
  })

  app.post('/api/v1/areas', async (request, reply) => {
    requireDuty(request, 'system')
    const { code, title } = checkArea((request.body ?? {}) as Record<string, unknown>, city().slice(0, 4))
    const county = code.slice(0, 6)
    if (code.length === 6 ? known(code) : !known(county)) {
      const text = code.length === 6 ? '这个编码已有一个区' : '前六位应为本市的区'
      throw invalid([{ code: 'wrong-value', text, at: '/code' }])
    }
    const [row] = await sql`insert into area (code, title, county, since)
      values (${code}, ${title}, ${county}, ${house.clock()}) on conflict do nothing returning code`
    if (!row) throw invalid([{ code: 'already-used', text: '这个编码已经有了', at: '/code' }])
    await house.areas.refresh()
    await noted(request, 'create', code, title)
    return reply.code(201).send({ code, title, county, version: 1 })
  })

  app.patch('/api/v1/areas/:code', async (request) => {
    requireDuty(request, 'system')
    const { code } = request.params as { code: string }
    const body = (request.body ?? {}) as Record<string, unknown>
    const { title } = checkArea({ title: body.title, code }, city().slice(0, 4))
    const reason = reasonOf(body.reason)
    const retired = body.retired === true ? house.clock() : null
    const [row] = await sql`
      update area set title = ${title}, retired_at = ${retired}, version = version + 1
      where code = ${code} and version = ${Number(body.version) || 0} returning code, title, version`
    if (!row) throw new Failure(409, 'version-conflict', '没有这个区域，或刚被别人修改过')
    await house.areas.refresh()
    await noted(request, 'change', code, title, { reason, retired: retired !== null })
    return row
  })

  app.get('/api/v1/authorities', async (request) => {
    const actor = requirePerson(request)
    if (!isAdministrator(actor.role)) throw forbidden()
    const items = await sql`
      select id, title, region, station from owner o
      where ${isAuthority(sql, house.catalogue.kinds)} order by region, title limit 500`
    return { items }
  })

  app.post('/api/v1/authorities', async (request, reply) => {
    requireDuty(request, 'system')
    const body = (request.body ?? {}) as Record<string, unknown>
    const title = textOf(body.title)
    const region = textOf(body.region)
    const station = textOf(body.station)
    const problems: Problem[] = []
    if ([...title].length < 4 || [...title].length > 60)
      problems.push({ code: 'missing', text: '请填写部门全称（4 到 60 字）', at: '/title' })
    if (!known(region)) problems.push({ code: 'not-an-option', text: '请选择所在区', at: '/region' })
    if (station && !(station.startsWith(region) && house.areas.title(station)))
      problems.push({ code: 'not-an-option', text: '站所应属于所选的区', at: '/station' })
    if (problems.length > 0) throw invalid(problems)
    const id = await createAuthority(sql, title, region, station || undefined)
    await noted(request, 'create', id, title, { region, station })
    return reply.code(201).send({ id, title, region, station: station || null })
  })

  app.put('/api/v1/owners/:id/station', async (request, reply) => {
    const actor = requirePerson(request)
    if (actor.station || (actor.role !== 'city' && actor.role !== 'county')) throw forbidden()
    const { id } = request.params as { id: string }
    const station = (request.body as { station?: unknown } | null)?.station ?? null
    const scope = actor.role === 'city' ? sql`left(region, 4) || '00' = ${actor.region}` : sql`region = ${actor.region}`
    const [owner] = isId(id)
      ? await sql<{ title: string; region: string; station: string | null }[]>`
          select title, region, station from owner where id = ${id} and ${scope}`
      : []
    if (!owner) throw notFound('这个主体')
    if (
      station !== null &&
      !(
        typeof station === 'string' &&
        station.length === 9 &&
        station.startsWith(owner.region) &&
        house.areas.title(station)
      )
    )
      throw invalid([{ code: 'not-an-option', text: '站所应属于主体所在的区', at: '/station' }])
    await sql`update owner set station = ${station as string | null} where id = ${id}`
    await noted(request, 'change', id, owner.title, { before: owner.station, after: station })
    return reply.code(204).send()
  })
}
