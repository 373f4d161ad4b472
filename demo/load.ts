import { randomBytes } from 'node:crypto'
import type { Sql } from 'postgres'
import { createAccount, createAuthority, createToken } from '../src/platform/access/accounts.ts'
import { openTotp } from '../src/platform/access/factors.ts'
import type { Keyring } from '../src/platform/protect/keyring.ts'
import { administration } from './administration.ts'
import { type Api, apiFor } from './api.ts'
import { casework } from './casework.ts'
import {
  bagsPerCase,
  type Captured,
  type Chain,
  chainOf,
  claimed,
  distributed,
  luosifen,
  packedUp,
  prepared,
  supplied,
} from './chain.ts'
import { administrators, authorities, filings } from './city.ts'
import { dataDesks } from './data.ts'
import { deskRecords } from './desk.ts'
import { type DemoDevice, deviceDay } from './devices.ts'
import { epcisDocument } from './events.ts'
import { looks } from './looks.ts'
import { recall } from './recall.ts'
import { failedReceipt, morningChecks, receipts } from './records.ts'
import { reports } from './reports.ts'
import { type Sign, signerFor } from './signer.ts'
import { type Story, type StoryClock, soonAfter } from './story.ts'

/** `totp`: the secret of an administrator's authenticator app, base32. */
export type DemoAccount = { role: string; user: string; password: string; name: string; totp?: string }

export type Demo = {
  url: string
  accounts: DemoAccount[]
  tokens: { capture: string; enterprise: string; county: string; city: string }
  /** A bag to scan, as the path of its page. */
  bag: string
  /** Devices that may be spoken for, each with how it is let in. */
  devices: DemoDevice[]
}

const day = 86_400_000

// Three readable parts with all four classes; random on every machine, so that no installation has known passwords.
const password = (): string => `Demo-${randomBytes(3).toString('hex')}-${(randomBytes(2).readUInt16BE() % 900) + 100}`

type DemoRole = 'city' | 'county' | 'enterprise' | 'system' | 'security' | 'audit'
type Keeper = {
  open(key: string, ownerId: string, role: DemoRole, login: string, name: string): Promise<void>
  openAdministrators(): Promise<void>
  token(key: string, scopes: string[]): Promise<string>
  sign(key: string): Promise<Sign>
  accounts: DemoAccount[]
}

function accountKeeper(sql: Sql, keyring: Keyring, now: Date): Keeper {
  const ids = new Map<string, { userId: string; ownerId: string }>()
  const accounts: DemoAccount[] = []
  return {
    accounts,
    async open(key, ownerId, role, login, name) {
      const secret = password()
      const userId = await createAccount(sql, { ownerId, login, name, role, password: secret }, now)
      ids.set(key, { userId, ownerId })
      accounts.push({ role, user: login, password: secret, name })
    },
    async openAdministrators() {
      const ownerId = await createAuthority(sql, '示例平台运行维护单位', '450200')
      for (const { role, login, name } of administrators) {
        const secret = password()
        const id = await createAccount(sql, { ownerId, login, name, role, password: secret }, now)
        const totp = await openTotp(sql, keyring, id, now)
        accounts.push({ role, user: login, password: secret, name, totp })
      }
    },
    async token(key, scopes) {
      const expiresAt = new Date(now.getTime() + 365 * day)
      return createToken(sql, ids.get(key)?.userId ?? '', { name: '示例', scopes, expiresAt }, now)
    },
    sign: (key) => signerFor(sql, ids.get(key) ?? { userId: '', ownerId: '' }, now),
  }
}

async function capture(story: Story, captured: Captured[]): Promise<void> {
  for (const by of new Set(captured.map((each) => each.by))) {
    const events = captured.filter((each) => each.by === by).map((each) => each.event)
    soonAfter(story, Math.max(...events.map((event) => Date.parse(String(event.eventTime)))))
    await story.apis[by]?.send('POST', '/epcis/capture', epcisDocument(events, story.clock.now.getTime()))
  }
}

/** Orders codes for the lot and takes the first case's serials. */
async function serialsFor(story: Story, chain: Chain): Promise<string[]> {
  soonAfter(story, chain.packedOn)
  const order = await story.apis.noodle?.send<{ id: string; serials: string[] }>(
    'POST',
    '/api/v1/operations/issue-codes',
    {
      gtin: luosifen.gtin,
      lot: chain.lot,
      quantity: chain.cases * bagsPerCase,
    },
  )
  await markedCodes(story, order?.id ?? '', chain.cases * bagsPerCase)
  return order?.serials ?? []
}

/** What became of the codes: all printed, all put to use but two labels that came out torn. */
async function markedCodes(story: Story, order: string, quantity: number): Promise<void> {
  const mark = (what: string, from: number, count: number, reason?: string) =>
    story.apis.noodle?.send('POST', `/api/v1/code-orders/${order}/marks`, {
      what,
      from,
      count,
      ...(reason && { reason }),
    })
  await mark('printed', 1, quantity)
  await mark('activated', 1, quantity - 2)
  await mark('voided', quantity - 1, 2, '示例：标签印残')
}

async function playChain(story: Story, chain: Chain, firstUnit: number): Promise<string[]> {
  await capture(story, supplied(chain, story.glns))
  await receipts(story, chain)
  await capture(story, prepared(chain, story.glns))
  const serials = await serialsFor(story, chain)
  await capture(story, packedUp(chain, story.glns, serials, firstUnit))
  await capture(story, distributed(chain, story.glns, serials, firstUnit))
  return serials
}

/**
 * Loads the demonstration city (示例) into a running platform through the same doors that users use; only authorities,
 * accounts and tokens, which have no door yet, are opened beside it.
 */
export async function loadDemo(sql: Sql, keyring: Keyring, url: string, now: Date, clock: StoryClock): Promise<Demo> {
  clock.now = new Date(now.getTime() - 260 * day)
  const keeper = accountKeeper(sql, keyring, now)
  let cityId = ''
  for (const each of authorities) {
    const id = await createAuthority(sql, each.title, each.region)
    if (each.key === 'city') cityId = id
    await keeper.open(each.key, id, each.role, each.login, each.name)
  }
  const city = apiFor(url, await keeper.token('city', []), await keeper.sign('city'))
  const offices: Record<string, Api> = { city }
  for (const { key } of authorities.filter((each) => each.role === 'county'))
    offices[key] = apiFor(url, await keeper.token(key, []), await keeper.sign(key))
  const apis: Record<string, Api> = {}
  const ids: Record<string, string> = {}
  for (const { key, login, record } of filings) {
    const { id } = await city.send<{ id: string }>('POST', '/api/v1/records/subject', record)
    ids[key] = id
    await keeper.open(key, id, 'enterprise', login ?? `demo-${key}`, record.contact)
    apis[key] = apiFor(url, await keeper.token(key, []))
  }
  const glns = Object.fromEntries(filings.map(({ key, record }) => [key, record.gln]))
  const today = Math.floor((now.getTime() + 8 * 3_600_000) / day) * day - 8 * 3_600_000
  const chains = [chainOf(today - 14 * day, 3, 10), chainOf(today - 30 * day, 2, 6), chainOf(today - 200 * day, 1, 4)]
  const story: Story = { apis: { ...apis, ...offices }, ids, glns, clock, now: now.getTime() }
  const serials: string[][] = []
  for (const [index, chain] of chains.entries()) serials.push(await playChain(story, chain, 1000 * (index + 1)))
  await recall(story, chains[1] as Chain, serials[1] ?? [], 2000)
  await capture(story, claimed(chains[2] as Chain, glns, now.getTime() - 2 * day + 3_600_000))
  await failedReceipt(story)
  await morningChecks(story)
  await deskRecords(story, chains[1] as Chain)
  await casework(story)
  const devices = await deviceDay(story, sql, keyring)
  await dataDesks(story)
  await reports(story)
  const scanned = { gtin: luosifen.gtin, lot: (chains[0] as Chain).lot, ownerId: ids.noodle ?? '' }
  await looks(sql, { ...scanned, serials: serials[0] ?? [], today })
  clock.now = now
  await keeper.openAdministrators()
  await administration(sql, url, keeper.accounts, cityId)
  const shown = new Set<string>([
    ...administrators.map((each) => each.login),
    ...authorities.map((each) => each.login),
    ...filings.flatMap((each) => each.login ?? []),
  ])
  return {
    url,
    accounts: keeper.accounts.filter((account) => shown.has(account.user)),
    tokens: {
      capture: await keeper.token('city', ['epcis']),
      enterprise: await keeper.token('noodle', []),
      county: await keeper.token('liunan', []),
      city: await keeper.token('city', []),
    },
    bag: `/01/${luosifen.gtin}/21/${serials[0]?.[0]}`,
    devices,
  }
}
