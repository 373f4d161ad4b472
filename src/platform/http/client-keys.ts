import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure, notFound } from '../../failure.ts'
import { isId } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { ask, type DangerousAct, reasonOf } from '../access/approvals.ts'
import type { Client } from '../access/clients.ts'
import { checkKey, revokeKey, storeKey, type WantedKey } from '../access/signing-keys.ts'
import { clientOf, noteClient, requireClientKeeper } from './clients.ts'
import type { House } from './house.ts'

/** A system that signs for an authority signs its orders. */
export const openClientKey: DangerousAct = {
  name: 'client-signing-key',
  title: '登记接入方签名密钥',
  deciders: ['security'],
  async carryOut(sql, subject, _decider, now) {
    const { of, key } = subject as { of: { userId: string; ownerId: string }; key: WantedKey }
    await storeKey(sql, of, key, now)
    return undefined
  },
}

/** Keys with which a system signs what it submits: registered by whoever keeps the client, never by a token. */
export function clientKeyRoutes(app: FastifyInstance, house: House): void {
  const { sql } = house
  const noted = noteClient(house)
  const changing = (request: FastifyRequest): Promise<Client> => clientOf(request, house, requireClientKeeper(request))

  app.post('/api/v1/clients/:id/signing-keys', async (request, reply) => {
    const client = await changing(request)
    const { actor } = request
    if (client.state === 'deprecated' || client.state === 'retired')
      throw new Failure(409, 'retired', '已停用的接入方不能再登记密钥')
    const of: Pick<Actor, 'userId' | 'ownerId'> = { userId: client.accountId, ownerId: client.ownerId }
    const key = checkKey(of, (request.body ?? {}) as object)
    const now = house.clock()
    if (actor.role === 'enterprise') {
      const id = await sql.begin((tx) => storeKey(tx, of, key, now))
      await noted(request, 'signing-key', client, { key: id, suite: key.suite })
      return reply.code(201).send({ id })
    }
    const reason = reasonOf((request.body as { reason?: unknown } | null)?.reason)
    const title = `接入方“${client.name}”用密钥“${key.title}”签名`
    const approval = await ask(sql, openClientKey, actor, { title, subject: { of, key }, reason }, now)
    await noted(request, 'ask', client, { approval, suite: key.suite })
    return reply.code(202).send({ approval })
  })

  app.post('/api/v1/clients/:id/signing-keys/:key/revoke', async (request, reply) => {
    const client = await changing(request)
    const { key } = request.params as { key: string }
    const reason = reasonOf((request.body as { reason?: unknown } | null)?.reason)
    if (!isId(key)) throw notFound('这个密钥')
    await revokeKey(sql, { userId: client.accountId }, key, reason, house.clock())
    await noted(request, 'signing-key-revoked', client, { key, reason })
    return reply.code(204).send()
  })
}
