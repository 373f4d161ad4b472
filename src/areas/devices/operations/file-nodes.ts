import { createHash } from 'node:crypto'
import type { ISql, Sql } from 'postgres'
import { Failure } from '../../../failure.ts'
import type { Kind } from '../../../language/index.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { uuidv7 } from '../../../platform/id.ts'
import { issueCredential } from '../../../platform/ingest/credentials.ts'
import type { OpenDoor } from '../../../platform/store/store.ts'
import { fieldDevice } from '../records/field-device.ts'

type Node = Readonly<Record<string, unknown>>
type Gateway = { id: string; ownerId: string; region: string; name: string; identity: string; site: string | null }

const nodesMax = 200
const everySecond = 60

/** The same node of an owner is the same device, however often its gateway tells of it. */
function idOf(ownerId: string, identity: string): string {
  const digest = createHash('sha256').update(`${ownerId} ${identity}`).digest('hex')
  return `${uuidv7(0).slice(0, 15)}${digest.slice(0, 3)}-8${digest.slice(3, 6)}-${digest.slice(6, 18)}`
}

const actorOf = ({ ownerId, region, name }: Gateway): Actor => ({
  ...{ userId: '', name: `网关 ${name}`, role: 'enterprise' as const, ownerId, ownerTitle: '', region, scopes: [] },
})

async function file(sql: Sql, open: OpenDoor, gateway: Gateway, node: Node, now: Date): Promise<void> {
  const { identity, name = identity, code = identity, interval = everySecond } = node
  const given = Object.fromEntries(
    ['model', 'mac', 'maker', 'makerModel', 'room', 'firmware'].flatMap((field) =>
      node[field] === undefined ? [] : [[field, node[field]]],
    ),
  )
  const { ownerId } = gateway
  const id = idOf(ownerId, String(identity))
  const own = { id, name, code, identity, protocol: 'mqtt', intervalSecond: interval, source: 'node' }
  const site = gateway.site ? { site: gateway.site } : {}
  await sql.begin(async (tx) => {
    await open(tx, actorOf(gateway), now).create(fieldDevice as unknown as Kind, { ...given, ...own, ...site })
    // Nobody knows its secret: only the gateway speaks for it.
    const variant = { gateway: gateway.identity }
    await issueCredential(tx, { deviceId: id, ownerId, protocol: 'mqtt', identity: String(identity), variant, now })
  })
}

async function tellRefused(sql: ISql, gateway: Gateway, node: Node, error: Failure, now: Date): Promise<void> {
  const reason = error.problems?.map(({ text }) => text).join('；') || error.text
  const said = String(node.name ?? node.identity ?? '没有标识').slice(0, 60)
  const key = createHash('sha256').update(`${gateway.id} ${said} ${reason}`).digest('hex')
  const id = `${uuidv7(0).slice(0, 15)}${key.slice(0, 3)}-8${key.slice(3, 6)}-${key.slice(6, 18)}`
  await sql`insert into notice (owner_id, id, level, title, detail, kind, record_id, region, at)
    values (${gateway.ownerId}, ${id}, 'warn', ${`${gateway.name}上报的设备“${said}”没有登记上`}, ${reason.slice(0, 500)},
      ${fieldDevice.name}, ${gateway.id}, '000000', ${now}) on conflict do nothing`
}

/**
 * 节点上报备案: a gateway tells which nodes hang on it (`{identity, model, name, mac, room, interval …}` or a list); those
 * that are not known are filed in its owner's name, and the gateway may speak for them. What cannot be filed is told.
 */
export async function fileNodes(
  sql: Sql,
  open: OpenDoor,
  gatewayId: string,
  said: unknown,
  now: Date,
): Promise<{ filed: number }> {
  const [gateway] = await sql<Gateway[]>`
    select d.id, d.owner_id as "ownerId", d.region, d.name, d.site, c.identity from field_device d
    join device_credential c on c.device_id = d.id and c.protocol = 'mqtt' and c.disabled_at is null
    where d.id = ${gatewayId} and d.state = 'running' limit 1`
  const nodes = (Array.isArray(said) ? said : [said]).slice(0, nodesMax)
  let filed = 0
  for (const each of nodes) {
    const node: Node = typeof each === 'object' && each !== null ? each : {}
    if (!gateway) continue
    const [known] = await sql`select from field_device where id = ${idOf(gateway.ownerId, String(node.identity))}`
    if (known) continue
    try {
      await file(sql, open, gateway, node, now)
      filed++
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      await tellRefused(sql, gateway, node, error, now)
    }
  }
  return { filed }
}
