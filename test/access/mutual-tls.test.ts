import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomUUID, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import mqtt from 'mqtt'
import { issueCredential } from '../../src/platform/ingest/credentials.ts'
import { anyPorts } from '../ingest/line.ts'
import { authority, enterprise, type Person } from '../people.ts'
import { startServer, type TestServer } from '../server.ts'
import { type Visitor, visitor } from './visitor.ts'

const folder = mkdtempSync(join(tmpdir(), 'shisu-mutual-'))
const file = (name: string) => join(folder, name)
const openssl = (line: string) => execFileSync('openssl', line.split(' '), { stdio: 'ignore' })
const ec = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'

/** An authority of its own, and what it gives out. */
function ca(name: string) {
  openssl(`req -x509 ${ec} -keyout ${file(`${name}.key`)} -out ${file(`${name}.pem`)} -days 2 -subj /CN=${name}`)
}
function issued(by: string, name: string) {
  openssl(`req ${ec} -keyout ${file(`${name}.key`)} -out ${file(`${name}.csr`)} -subj /CN=${name}`)
  writeFileSync(file(`${name}.ext`), 'subjectAltName=DNS:localhost,IP:127.0.0.1')
  const signs = `-CA ${file(`${by}.pem`)} -CAkey ${file(`${by}.key`)} -CAcreateserial -days 2 -extfile ${file(`${name}.ext`)}`
  openssl(`x509 -req -in ${file(`${name}.csr`)} ${signs} -out ${file(`${name}.pem`)}`)
  return { cert: readFileSync(file(`${name}.pem`)), key: readFileSync(file(`${name}.key`)) }
}

type Pair = { cert: Buffer; key: Buffer }
let server: TestServer
let factory: Person
let keeper: Visitor
let erp: Pair
let other: Pair
let stranger: Pair

before(async () => {
  ca('city-ca')
  ca('foreign-ca')
  const own = issued('city-ca', 'localhost')
  erp = issued('city-ca', 'erp')
  other = issued('city-ca', 'other')
  stranger = issued('foreign-ca', 'stranger')
  const trust = readFileSync(file('city-ca.pem'))
  server = await startServer({
    mutual: { port: 0, ...own, ca: trust },
    ingest: { ports: anyPorts, tls: { ...own, ca: trust, ports: anyPorts } },
  })
  const city = await authority(server, 'city', '450200')
  factory = await enterprise(server, city, '450204', '示例食品厂甲')
  const [account] = await server.sql<{ login: string }[]>`select login from account where owner_id = ${factory.ownerId}`
  keeper = visitor(server.url)
  await keeper.signIn(account?.login ?? '', 'Test-12345')
})
after(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A request over a connection that shows a certificate; rejects where the handshake fails. */
function over(pair: Partial<Pair>, path: string, token?: string): Promise<{ status: number; body: string }> {
  return new Promise((done, failed) => {
    const asked = request(
      new URL(path, server.mutualUrl.replace('localhost', '127.0.0.1')),
      {
        ...{ ...pair, ca: readFileSync(file('city-ca.pem')), agent: false },
        headers: token ? { authorization: `Bearer ${token}` } : {},
      },
      (answer) => {
        let body = ''
        answer.on('data', (chunk) => {
          body += chunk
        })
        answer.on('end', () => done({ status: answer.statusCode ?? 0, body }))
      },
    )
    asked.on('error', failed)
    asked.end()
  })
}

const list = '/api/v1/records/morning-check'

test('[C4.c] a system comes in by its certificate; another certificate, none, or a foreign authority’s opens nothing', async () => {
  const { body: made } = await keeper.call<{ id: string }>('POST', '/api/v1/clients', {
    ...{ name: '示例 ERP', purpose: '每日上传', kind: 'system', scopes: ['records'] },
  })
  await keeper.call('POST', `/api/v1/clients/${made.id}/state`, { state: 'live', reason: '联调完成' })
  const { body: token } = await keeper.call<{ token: string }>('POST', `/api/v1/clients/${made.id}/tokens`, {
    days: 30,
  })
  assert.equal((await over(erp, list)).status, 401, 'trusted, but nobody’s yet')
  assert.equal((await over(erp, list, token.token)).status, 200, 'no certificate of its own: the token is enough')
  const add = (pem: string) =>
    keeper.call<{ id: string; sha256: string }>('POST', `/api/v1/clients/${made.id}/certificates`, { pem })
  assert.equal((await add('随便什么')).status, 422)
  assert.equal((await add(`${erp.cert}${erp.key}`)).status, 422, 'a private key is not taken')
  const added = await add(erp.cert.toString())
  assert.equal(added.status, 201, JSON.stringify(added.body))
  assert.equal((await add(erp.cert.toString())).status, 409)
  assert.equal((await over(erp, list)).status, 200, 'the certificate alone')
  assert.equal((await over(erp, list, token.token)).status, 200)
  assert.equal((await over(erp, '/api/v1/clients')).status, 403, 'as far as the client’s scopes go')
  assert.equal((await over(other, list, token.token)).status, 401, 'another’s certificate does not carry the token')
  const plain = await fetch(server.url + list, { headers: { authorization: `Bearer ${token.token}` } })
  assert.equal(plain.status, 401, 'a stolen token without the certificate is worth nothing')
  await assert.rejects(over({}, list), 'no certificate, no handshake')
  await assert.rejects(over(stranger, list), 'a foreign authority')
  const revoked = await keeper.call('POST', `/api/v1/clients/${made.id}/certificates/${added.body.id}/revoke`)
  assert.equal(revoked.status, 204)
  assert.equal((await over(erp, list)).status, 401)
  assert.equal((await over(erp, list, token.token)).status, 401, 'and its tokens do not become weaker by it')
})

test('[C4.c] a device with a certificate of its own is let in with that one only, however right its password', async () => {
  const certificate = new X509Certificate(erp.cert).fingerprint256.replaceAll(':', '').toLowerCase()
  const { secret } = await issueCredential(server.sql, {
    ...{ deviceId: randomUUID(), ownerId: factory.ownerId, protocol: 'mqtt', identity: 'cold-1' },
    ...{ variant: { certificate }, now: new Date() },
  })
  const connect = (tls: object, port = server.tlsPorts.mqtt) =>
    mqtt.connectAsync(`mqtt${'cert' in tls ? 's' : ''}://127.0.0.1:${port}`, {
      ...{ username: 'cold-1', password: secret, reconnectPeriod: 0, connectTimeout: 4000 },
      ...{ ca: readFileSync(file('city-ca.pem')), ...tls },
    })
  const client = await connect(erp)
  assert.ok(client.connected)
  await client.endAsync(true)
  await assert.rejects(connect(other))
  // mqtt.js says nothing of a broken handshake: asked on the line itself.
  const line = connectTls({
    ...stranger,
    port: server.tlsPorts.mqtt,
    host: '127.0.0.1',
    ca: readFileSync(file('city-ca.pem')),
  })
  line.on('error', () => {})
  line.resume()
  await once(line, 'close', { signal: AbortSignal.timeout(5000) })
  await assert.rejects(connect({}, server.ports.mqtt), 'nor over a line without TLS')
  const [refused] = await server.sql`select code from frame_refused where identity = 'cold-1' limit 1`
  assert.ok(refused === undefined || refused.code === 'no-certificate')
})
