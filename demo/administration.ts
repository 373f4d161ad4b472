import type { Sql } from 'postgres'
import { codeAt, fromBase32, stepOf } from '../src/platform/access/totp.ts'
import type { DemoAccount } from './load.ts'

type Person = <Body = Record<string, unknown>>(method: string, path: string, body?: unknown) => Promise<Body>

/** An administrator at a browser, with the second factor: the doors of administration open to no token. */
async function signIn(url: string, account: DemoAccount | undefined): Promise<Person> {
  let cookie = ''
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(url + path, {
      method,
      headers: { cookie, 'x-shisu': '1', 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`示例数据：${method} ${path} 得到 ${response.status} ${text.slice(0, 600)}`)
    for (const set of response.headers.getSetCookie()) cookie = set.split(';')[0] ?? ''
    return text ? JSON.parse(text) : undefined
  }
  await call('POST', '/api/v1/session', { user: account?.user, password: account?.password })
  const code = codeAt(fromBase32(account?.totp ?? ''), stepOf(new Date()))
  await call('POST', '/api/v1/session/factor', { code })
  return call
}

/** What the administrators have done, and what waits for them: systems, a dictionary, a station, a request. */
export async function administration(sql: Sql, url: string, accounts: readonly DemoAccount[], city: string) {
  const named = (role: string) => accounts.find((account) => account.role === role)
  const system = await signIn(url, named('system'))
  const security = await signIn(url, named('security'))
  const allow = ({ approval }: { approval?: string }) =>
    security('POST', `/api/v1/approvals/${approval}/decision`, { allow: true })
  await system('POST', '/api/v1/areas', { code: '450204001', title: '示例太阳村监管所' })
  await system('PUT', '/api/v1/policies/food-class', {
    value: { entries: '33 预制菜（示例）' },
    version: 0,
    reason: '示例：本市预制菜试点',
  })
  await system('PUT', '/api/v1/policies/site-use', {
    value: { entries: 'dock 装卸平台（示例）' },
    version: 0,
    reason: '示例：物流园区需要',
  })
  const exchange = await system<{ id: string }>('POST', '/api/v1/clients', {
    name: '示例省追溯平台',
    purpose: '示例：每日交换追溯事件',
    kind: 'system',
    ownerId: city,
    scopes: ['epcis'],
  })
  await allow(await system('POST', `/api/v1/clients/${exchange.id}/state`, { state: 'live', reason: '示例：联调完成' }))
  await system('POST', `/api/v1/clients/${exchange.id}/tokens`, { days: 180, perMinute: 600 })
  await system('POST', '/api/v1/clients', {
    name: '示例检测机构系统',
    purpose: '示例：报送检验结果',
    kind: 'system',
    ownerId: city,
    scopes: ['records'],
  })
  await allow(
    await system('POST', '/api/v1/oidc-clients', {
      name: '示例行政审批系统',
      redirectUris: ['https://permit.example.gov.cn/callback'],
      reason: '示例：一次登录',
    }),
  )
  const [officer] = await sql<{ id: string }[]>`select id from account where login = 'shiju'`
  await system('PUT', `/api/v1/accounts/${officer?.id}/identities`, {
    issuer: 'https://id.example.gov.cn',
    subject: 'demo-450200-0001',
  })
  // Waits for the security administrator, so that the page of approvals shows itself at work.
  await system('POST', '/api/v1/keys/rotate', { suite: 'aes-256-gcm', reason: '示例：每年更换' })
  // Whoever signs in within the same half minute has not used this step yet.
  await sql`update second_factor set last_step = 0`
}
