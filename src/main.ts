import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Sql } from 'postgres'
import { clearInterruptedDemo, knownDemo, loadFirst } from '../demo/first-start.ts'
import type { Demo } from '../demo/load.ts'
import { type Background, startBeside, startWork, yieldToDesks } from './background.ts'
import { areas, createOperations, flows, kinds, operations, orders } from './catalogue.ts'
import { bindCodeTables, cityRegions } from './code-tables.ts'
import { type DeviceOptions, startDevices } from './devices.ts'
import { openSigner, previousKeyPath, type Signer } from './ledger/index.ts'
import { ledgerSources } from './ledger-sources.ts'
import { type Areas, openAreas } from './platform/access/areas.ts'
import { type FirstAccount, openFirstAccounts } from './platform/access/first-account.ts'
import { scannerFrom } from './platform/files/virus-scan.ts'
import { createApp, type MutualTls, mutualFromEnvironment } from './platform/http/app.ts'
import { startDeliveries } from './platform/http/epcis/deliver.ts'
import type { Catalogue, House } from './platform/http/house.ts'
import { ingestFromEnvironment, type Station } from './platform/ingest/index.ts'
import { type Consortium, openConsortium } from './platform/ledger/consortium.ts'
import { announceKeys, setWitnesses } from './platform/ledger/ledger.ts'
import { openPolicies } from './platform/policy/policies.ts'
import { keyServiceFrom } from './platform/protect/key-service.ts'
import { openKeyring } from './platform/protect/keyring.ts'
import { sealRows } from './platform/protect/seal-rows.ts'
import { postgres } from './platform/store/driver.ts'
import { migrate } from './platform/store/migrate.ts'
import { makeMonths } from './platform/store/months.ts'
import { openPools } from './platform/store/pools.ts'
import { videoAddresses, videoFromEnvironment } from './platform/video/environment.ts'
import type { Video } from './platform/video/index.ts'
import { addRoutes, type ProcessRole, roles } from './routes.ts'
import { liuzhou } from './standards/china/index.ts'
import { codes, openKeys } from './trace/codes/index.ts'

const checkout = fileURLToPath(new URL('..', import.meta.url))

export type StartOptions = DeviceOptions & {
  /** Whoever may migrate: the application itself runs under a narrower database role. */
  databaseUrl: string
  /** 0 takes any free port; without one nobody is listened to. */
  port?: number
  role: ProcessRole
  /** The role `all` leaves its background work to a process of its own, beside this one. */
  beside?: boolean
  dataDir: string
  /** No demonstration city on a first start. */
  empty?: boolean
  clock?: () => Date
  /** Where systems and devices come in by certificates of one authority. */
  mutual?: MutualTls & { port: number }
}

export type Running = {
  url: string
  /** Where systems and devices come in by a certificate of theirs. */
  mutualUrl?: string
  /** The ports on which devices are listened to, by protocol; over TLS where there is a certificate. */
  ports: Record<string, number>
  tlsPorts: Record<string, number>
  /** The three administrators of an empty installation, where this start opened them. */
  first: FirstAccount[]
  /** When the background work has started, too: nobody need wait for it. */
  worked: Promise<void>
  stop(): Promise<void>
}

const byName = <T extends { name: string }>(list: readonly T[]) => new Map(list.map((each) => [each.name, each]))

const catalogueWith = (districts: Areas): Catalogue => ({
  kinds: byName(kinds),
  operations: byName(operations),
  createOperations: new Map(createOperations.map((each) => [each.kind, each])),
  areas: areas.map(({ name, title, kinds, operations = [] }) => ({
    name,
    title,
    kinds: kinds.map((kind) => kind.name),
    operations: operations.map((operation) => operation.name),
  })),
  // The city's own districts stand after those of the national table, as soon as they are there.
  get regions() {
    return [...cityRegions, ...districts.districts()]
  },
  orders,
  flows,
})

async function prepare(admin: Sql, dataDir: string, onProgress: (text: string) => void): Promise<void> {
  await clearInterruptedDemo(admin, dataDir)
  await migrate(admin, { onProgress })
  await makeMonths(admin)
}

/** Listens with the routes of a role; on loopback only where `host` says so. */
async function serve(
  house: House,
  role: ProcessRole,
  listen: { port: number; host: string; quiet: boolean; mutual?: MutualTls },
  devices?: { station: Station; video?: Video },
) {
  const { quiet, mutual } = listen
  const app = createApp(house, {
    quiet,
    entrance: role === 'public' ? 'public' : 'management',
    ...(mutual && { mutual }),
  })
  addRoutes(app, house, role, devices?.station, devices?.video)
  await app.listen({ port: listen.port, host: listen.host })
  const address = app.server.address()
  const port = typeof address === 'object' && address ? address.port : listen.port
  return { url: `${mutual ? 'https' : 'http'}://localhost:${port}`, stop: () => app.close() }
}

/** The city's unified identity or a provincial portal, where the operator names one. */
function outsideProvider(): House['outside'] {
  const {
    SHISU_OIDC_ISSUER: issuer,
    SHISU_OIDC_CLIENT_ID: clientId,
    SHISU_OIDC_CLIENT_SECRET: clientSecret,
  } = process.env
  return issuer && clientId && clientSecret ? { issuer, clientId, clientSecret } : undefined
}

/** The log's key before, which signs beside the new one until it is retired (`npm run ledger-key`). */
function previousKey(dataDir: string): { previous?: Signer } {
  const path = previousKeyPath(process.env, dataDir)
  const origin = process.env.SHISU_LEDGER_ORIGIN ?? 'shisu.local/ledger'
  return existsSync(path) ? { previous: openSigner(path, origin, 'ed25519') } : {}
}

/** The consortium that the log is handed to, where `npm run consortium` or the operator laid out a connection. */
async function consortiumOf(dataDir: string): Promise<{ consortium?: Consortium }> {
  const path = process.env.SHISU_CONSORTIUM ?? join(dataDir, 'consortium.json')
  return existsSync(path) ? { consortium: await openConsortium(path) } : {}
}

/** Starts the platform, or the part of it that `role` names, on a database it migrates first. */
export async function start(options: StartOptions): Promise<Running> {
  const { databaseUrl, port, role, dataDir, empty = false, quiet = false, clock = () => new Date() } = options
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const admin = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  await prepare(admin, dataDir, (text) => quiet || console.log(text))
  // The public entrance's database role reads stories and nothing of business, persons or identity.
  const pools = openPools(databaseUrl, role === 'public' ? 'shisu_public' : 'shisu_web', role === 'jobs')
  const { sql } = pools
  const pagesDir = join(checkout, 'dist/web')
  const keyring = await openKeyring(
    process.env.SHISU_KEYS ?? join(dataDir, 'keys/keys.json'),
    clock(),
    keyServiceFrom(process.env),
  )
  const codeKeys = await openKeys(admin)
  // A key made elsewhere is used only after five minutes: by then every process has read it.
  const keyTimer = setInterval(() => {
    codeKeys.refresh().catch(() => {})
    keyring.refresh(clock()).catch((error) => quiet || console.error('读取密钥文件出错：', error))
  }, 60_000)
  keyTimer.unref()
  const areasOf = openAreas(sql)
  if (role !== 'public') await areasOf.refresh()
  const policies = openPolicies(sql)
  bindCodeTables({
    isDistrict: (code) => areasOf.districts().some((area) => area.code === code),
    dictionary: (table) => policies.latest(table).entries,
  })
  const house: House = {
    ...pools,
    codes: codes(codeKeys),
    catalogue: catalogueWith(areasOf),
    areas: areasOf,
    policies,
    keyring,
    ledger: {
      signer: openSigner(
        process.env.SHISU_LEDGER_KEY ?? join(dataDir, 'keys/ledger.pem'),
        process.env.SHISU_LEDGER_ORIGIN ?? 'shisu.local/ledger',
        'ed25519',
      ),
      ...previousKey(dataDir),
      sources: ledgerSources(keyring),
      ...(await consortiumOf(dataDir)),
    },
    clock,
    dataDir,
    pagesDir,
    publicUrl: process.env.SHISU_PUBLIC_URL,
    trustProxy: process.env.SHISU_TRUST_PROXY,
    origin: process.env.SHISU_ORIGIN,
    mapTiles: process.env.SHISU_MAP_TILES,
    video: videoAddresses(process.env),
    allowedHosts: new Set((process.env.SHISU_ALLOWED_HOSTS ?? '').split(/[\s,]+/).filter(Boolean)),
    outside: outsideProvider(),
    scanner: scannerFrom(process.env.SHISU_CLAMD),
  }
  await setWitnesses(admin, process.env.SHISU_WITNESSES ?? '')
  if (role !== 'public') await announceKeys(admin, house.ledger)
  if (!empty && role !== 'public')
    await loadFirst(admin, dataDir, keyring, clock(), (story) =>
      serve({ ...house, clock: story }, 'all', { port: 0, host: '127.0.0.1', quiet: true }),
    )
  const first = empty && !quiet && role !== 'public' ? await openFirstAccounts(admin, liuzhou, clock()) : []
  const receives = role === 'ingest' || role === 'all'
  const devices = receives ? await startDevices(house, options) : undefined
  const server = port === undefined ? undefined : await serve(house, role, { port, host: '0.0.0.0', quiet }, devices)
  const mutual =
    options.mutual && role !== 'public' && role !== 'jobs'
      ? await serve(house, role, { ...options.mutual, host: '0.0.0.0', quiet, mutual: options.mutual }, devices)
      : undefined
  const background = await startBackground(house, options)
  return {
    url: server?.url ?? '',
    ...(mutual && { mutualUrl: mutual.url }),
    ports: { ...devices?.ports },
    tlsPorts: { ...devices?.tlsPorts },
    first,
    worked: background.started,
    stop: async () => {
      await server?.stop()
      await mutual?.stop()
      await devices?.stop()
      await background.stop()
      areasOf.stop()
      clearInterval(keyTimer)
      await Promise.all([...Object.values(pools), admin].map((each) => each.end({ timeout: 5 })))
    },
  }
}

/** The work behind the desk, in the roles that do it: here, or in a process beside this one. */
async function startBackground(house: House, options: StartOptions): Promise<Background> {
  const { role, beside = false, quiet = false, databaseUrl, dataDir } = options
  if (role !== 'jobs' && role !== 'all') return { started: Promise.resolve(), stop: async () => {} }
  if (role === 'all' && beside) return startBeside({ DATABASE_URL: databaseUrl, SHISU_DATA: dataDir }, quiet)
  await sealRows(house.sql, house.catalogue.kinds.values(), house.keyring, house.clock())
  const work = await startWork(house, quiet)
  const deliveries = startDeliveries(house, quiet)
  return {
    started: work.started,
    stop: async () => {
      await deliveries.stop()
      await work.stop()
    },
  }
}

/** What whoever started the platform wants to know: where it is and how to get in. */
function announce(running: Running, demo: Demo | undefined): void {
  const lines = [`工作台    ${running.url}/`, `扫码查询  ${running.url}/scan`]
  const ports = Object.entries(running.ports).map(([name, port]) => `${name} ${port}`)
  if (ports.length > 0) lines.push(`设备接入  ${ports.join('  ')}`)
  if (running.mutualUrl) lines.push(`双向证书  ${running.mutualUrl}/`)
  if (running.first.length > 0) {
    lines.push('', '三个管理员账号，请分给三个人，首次登录须修改密码并添加第二验证方式（只显示这一次）')
    for (const { user, password, name } of running.first) lines.push(`  ${user.padEnd(12)}${password}  ${name}`)
  }
  if (demo) {
    lines.push(`示例扫码  ${running.url}${demo.bag}`, '', '示例账号（全部是示例数据）')
    for (const { user, password, name, totp } of demo.accounts)
      lines.push(`  ${user.padEnd(12)}${password}  ${name}${totp ? `  动态口令密钥 ${totp}` : ''}`)
  }
  console.log(`\n${lines.join('\n')}\n`)
}

async function main(): Promise<void> {
  // The starter was killed: nobody else would end this process, and one that is still starting would take the port later.
  process.once('disconnect', () => process.exit(1))
  if (process.connected === false) process.exit(1)
  const { values } = parseArgs({
    options: {
      role: { type: 'string', default: 'all' },
      empty: { type: 'boolean', default: false },
      // Listens to nobody: the process that the role `all` starts beside itself.
      unheard: { type: 'boolean', default: false },
    },
  })
  const role = roles.find((each) => each === values.role)
  if (!role) throw new Error(`--role 应为 ${roles.join('、')} 之一`)
  const databaseUrl = process.env.DATABASE_URL
  if (!databaseUrl) throw new Error('没有 DATABASE_URL；请用 npm start 启动')
  const dataDir = resolve(process.env.SHISU_DATA ?? join(checkout, '.data'))
  if (role === 'jobs') yieldToDesks()
  const running = await start({
    databaseUrl,
    ...(values.unheard ? {} : { port: Number(process.env.PORT ?? 8080) }),
    role,
    beside: true,
    dataDir,
    empty: values.empty,
    ingest: ingestFromEnvironment(process.env),
    mutual: mutualFromEnvironment(process.env),
    video: videoFromEnvironment(process.env),
  })
  if (running.url) announce(running, knownDemo(dataDir, running.url))
  const stop = () => running.stop().then(() => process.exit(0))
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  process.send?.({ ready: true })
  running.worked.then(() => process.send?.({ worked: true }))
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  main().catch((error) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  })
