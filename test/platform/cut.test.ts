import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, connect as open, Socket } from 'node:net'
import { after, afterEach, before, mock, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { kinds } from '../../src/catalogue.ts'
import { desk, openPool } from '../../src/platform/store/pools.ts'
import { eventually } from '../eventually.ts'
import { type LawTown, openLawTown } from '../laws/town.ts'
import { personOf } from '../people.ts'

let laws: LawTown
let admin: Sql
let pools: Sql[] = []

before(async () => {
  laws = await openLawTown()
  admin = laws.town.server.sql
  await admin`create table cut_probe (of text)`
  await admin`grant select, insert on cut_probe to shisu_web`
})
afterEach(async () => {
  mock.restoreAll()
  await Promise.all(pools.map((pool) => pool.end({ timeout: 5 })))
  pools = []
})
after(() => laws.town.server.close())

/** A pool whose next asker gets the very connection that was cut. */
function poolOfOne(): Sql {
  const pool = openPool(laws.town.server.databaseUrl, { role: 'shisu_web', max: 1, patience: desk })
  pools.push(pool)
  return pool
}

/** A pool that reaches the database through a door, which may do with each connection, counted from 1, as it likes. */
async function poolThrough(
  door: (n: number, client: Socket, sent: Buffer) => boolean,
): Promise<[Sql, close: () => void]> {
  const url = new URL(laws.town.server.databaseUrl)
  const { port, hostname } = url
  let n = 0
  const server = createServer((client) => {
    const nth = ++n
    const database = open(Number(port), hostname)
    client.on('data', (sent) => door(nth, client, sent) && database.write(sent))
    database.on('data', (answer) => client.write(answer))
    for (const [one, other] of [
      [client, database],
      [database, client],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  const pool = openPool(url.href, { role: 'shisu_web', max: 1, patience: desk })
  pools.push(pool)
  return [pool, () => server.close()]
}

/** What the driver asks of each new connection by itself. */
const asksTypes = (sent: Buffer) => sent.includes('typarray')

/** Our end of a connection, of those opened from now on: others of this process open some too. */
function watchSockets(): (sql: Pick<Sql, 'unsafe'>) => Promise<Socket | undefined> {
  const sockets: Socket[] = []
  const connect = Socket.prototype.connect as (...given: unknown[]) => Socket
  mock.method(Socket.prototype, 'connect', function (this: Socket, ...given: unknown[]) {
    sockets.push(this)
    return connect.apply(this, given)
  })
  return async (sql) => {
    const [row] = await sql.unsafe('select inet_client_port() as port')
    return sockets.find(({ localPort }) => localPort === row?.port)
  }
}

const pidOf = async (sql: Pick<Sql, 'unsafe'>) => Number((await sql.unsafe('select pg_backend_pid() as pid'))[0]?.pid)
const cut = async (pid: number) => void (await admin`select pg_terminate_backend(${pid})`)
const isCut = { code: 'CONNECTION_CLOSED' }
const answers = async (sql: Sql) => assert.equal((await sql`select 1 as n`)[0]?.n, 1)

test('a connection that is cut in the middle of a statement ends its transaction and nothing else', async () => {
  const sql = poolOfOne()
  const work = sql.begin(async (tx) => {
    const pid = await pidOf(tx)
    setTimeout(cut, 20, pid)
    await tx`select pg_sleep(60)`
  })
  await assert.rejects(work, isCut)
  await answers(sql)
  await answers(sql)
})

test('a connection that is cut while something is about to be sent takes up what is asked next', async () => {
  const socketOf = watchSockets()
  const sql = poolOfOne()
  const socket = await socketOf(sql)
  assert.ok(socket)
  const lost = await new Promise((told) => {
    setImmediate(() => {
      // Closed at the end of this turn of the loop; what is asked now is sent in the next.
      socket.destroy()
      sql`select 1`.then(told, told)
    })
  })
  assert.equal((lost as { code?: string }).code, 'CONNECTION_CLOSED')
  await answers(sql)
})

test('a connection that breaks with an error within a transaction takes up what is asked next', async () => {
  const socketOf = watchSockets()
  const sql = poolOfOne()
  const broken = sql.begin(async (tx) => {
    const socket = await socketOf(tx)
    const sleeping = tx`select pg_sleep(60)`.execute()
    setTimeout(() => socket?.destroy(new Error('reset')), 20)
    await sleeping
  })
  await assert.rejects(broken)
  for (let n = 0; n < 3; n++) await answers(sql)
})

test('a transaction whose connection was cut writes nothing more, within another’s transaction least of all', async () => {
  const sql = poolOfOne()
  const [isGone, isOther] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let late: unknown
  const first = sql.begin(async (tx) => {
    await tx`insert into cut_probe values ('before the cut')`
    await cut(await pidOf(tx))
    isGone.resolve()
    await isOther.promise
    late = await tx`insert into cut_probe values ('after the cut')`.catch((error) => error)
  })
  await assert.rejects(first, isCut)
  await isGone.promise
  await sql.begin(async (tx) => {
    await tx`insert into cut_probe values ('of another')`
    isOther.resolve()
    await eventually(() => late)
  })
  assert.equal((late as { code?: string }).code, 'CONNECTION_CLOSED')
  assert.deepEqual(
    (await admin`select of from cut_probe`).map((row) => row.of),
    ['of another'],
  )
})

test('what is read in parts and cut off between two of them is not taken for whole', async () => {
  const sql = poolOfOne()
  const pid = await pidOf(sql)
  const parts = sql`select generate_series(1, 1000) as n`.cursor(100)[Symbol.asyncIterator]()
  assert.equal((await parts.next()).value.length, 100)
  await cut(pid)
  await eventually(async () => (await admin`select from pg_stat_activity where pid = ${pid}`).length === 0)
  // The other end has gone; this one learns of it in a turn of its loop.
  await sleep(50)
  await assert.rejects(async () => parts.next(), isCut)
  await parts.return?.()
  await answers(sql)
})

test('a transaction has its connection to itself however much was asked of it before', async () => {
  const sql = poolOfOne()
  await answers(sql)
  // The driver sends a hundred statements ahead of their answers.
  for (let ahead = 98; ahead <= 102; ahead++) {
    const before = Array.from({ length: ahead }, () => sql`select 1 as n`.execute())
    const pid = await sql.begin(async (tx) => {
      await Promise.all(before)
      return pidOf(tx)
    })
    assert.equal(pid, await pidOf(sql), `${ahead} before it`)
  }
})

test('a connection that breaks before its first statement is told to who asked, and ends nothing else', async () => {
  const [sql, close] = await poolThrough((n, client, sent) => {
    if (n > 1 || !asksTypes(sent)) return true
    client.resetAndDestroy()
    return false
  })
  await assert.rejects(sql`select 1`.execute(), { code: 'ECONNRESET' })
  await answers(sql)
  close()
})

test('who is cut off before the first statement, and then finds a server that is not ready, is told so', async () => {
  const text = Buffer.from('SFATAL\0VFATAL\0C57P03\0Mstarting up\0\0')
  const notReady = Buffer.concat([Buffer.from('E'), Buffer.alloc(4), text])
  notReady.writeInt32BE(text.length + 4, 1)
  const [sql, close] = await poolThrough((n, client, sent) => {
    if (n > 2 || (n === 1 && !asksTypes(sent))) return true
    client.end(n === 2 ? notReady : Buffer.alloc(0))
    return false
  })
  await assert.rejects(sql`select 1`.execute(), { code: '57P03' })
  await answers(sql)
  close()
})

test('rows of a statement that failed halfway are no holes in the answer to the next one', async () => {
  const sql = poolOfOne()
  await assert.rejects(sql`select 1 / (4 - n) from generate_series(1, 10) n`.execute(), { code: '22012' })
  assert.deepEqual([...(await sql`select generate_series(1, 3) as n`)], [{ n: 1 }, { n: 2 }, { n: 3 }])
})

test('under load nothing that was answered is lost or doubled when connections are cut, and whoever comes after is served', async () => {
  const { server } = laws.town
  const kind = kinds.find(({ name }) => name === 'morning-check')
  assert.ok(kind)
  const writer = await personOf(server, laws.town.factory.ownerId, 'enterprise')
  const told: { id: string; status: number }[] = []
  let isLast = false
  const client = async () => {
    for (let after = 0; after < 5; after += isLast ? 1 : 0) {
      const id = crypto.randomUUID()
      const isAfter = isLast
      const { status } = await writer.call('POST', `/api/v1/records/${kind.name}`, { ...laws.valid(kind), id })
      assert.ok(status === 201 || (status >= 500 && !isAfter), `${status} ${isAfter ? 'after the last cut' : ''}`)
      told.push({ id, status })
    }
  }
  const clients = Array.from({ length: 10 }, client)
  for (let n = 0; n < 8; n++) {
    await sleep(100)
    await admin`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and usename = current_user and query like '%morning_check%'`
  }
  isLast = true
  await Promise.all(clients)
  const kept = await admin`select id, count(*)::int as n from morning_check group by id`
  const known = new Map(kept.map(({ id, n }) => [id, n]))
  const written = told.filter(({ status }) => status === 201)
  assert.ok(written.length > 50)
  for (const { id } of written) assert.equal(known.get(id), 1)
})
