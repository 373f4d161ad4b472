import '@fastify/cookie'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import * as client from 'openid-client'
import { Failure } from '../../failure.ts'
import { isAdministrator } from '../access/actor.ts'
import { mayEnter } from '../access/door.ts'
import { nextStep, openSession, usableAccount } from '../access/session.ts'
import { note } from '../audit/note.ts'
import { doorOf } from './authenticate.ts'
import type { House } from './house.ts'
import { setCookie } from './session.ts'

const cookie = 'shisu_outside'
const about = 'cookie outside'
const minutes = 10

const home = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=/"><title>正在登录</title><p>正在登录…</p>`

type Started = { verifier: string; state: string; nonce: string; at: number }

/** Sign-in at the city's unified identity or a provincial portal; its users are mapped to accounts here. */
export function outsideLoginRoutes(app: FastifyInstance, house: House): void {
  const { outside, keyring, sql } = house
  app.get('/api/v1/session/outside-available', async () => ({ available: outside !== undefined }))
  if (!outside) return
  let found: Promise<client.Configuration> | undefined
  const configuration = () => {
    const insecure = new URL(outside.issuer).protocol === 'http:'
    found ??= client
      .discovery(new URL(outside.issuer), outside.clientId, outside.clientSecret, undefined, {
        ...(insecure ? { execute: [client.allowInsecureRequests] } : {}),
      })
      .catch((error) => {
        found = undefined
        throw new Failure(502, 'outside-unreachable', '统一身份认证暂时无法连接，请稍后再试或用本平台账号登录', {
          details: { cause: error instanceof Error ? error.name : 'unknown' },
        })
      })
    return found
  }
  const callback = (request: FastifyRequest) =>
    `${house.origin ?? `${request.protocol}://${request.host}`}/api/v1/session/outside/callback`

  app.get('/api/v1/session/outside', async (request, reply) => {
    const config = await configuration()
    const verifier = client.randomPKCECodeVerifier()
    const started: Started = { verifier, state: client.randomState(), nonce: client.randomNonce(), at: Date.now() }
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: callback(request),
      scope: 'openid profile',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state: started.state,
      nonce: started.nonce,
    })
    reply.setCookie(cookie, keyring.seal(JSON.stringify(started), about).toString('base64url'), {
      path: '/api/v1/session/outside',
      httpOnly: true,
      // The way back comes from another site.
      sameSite: 'lax',
      secure: request.protocol === 'https',
      maxAge: minutes * 60,
    })
    return reply.redirect(url.href, 303)
  })

  app.get('/api/v1/session/outside/callback', async (request, reply) => {
    const door = doorOf(request, house)
    const refuse = async (code: string, text: string, claimed = '外部身份') => {
      await note(sql, {
        act: 'sign-in',
        claimed,
        result: 'refused',
        address: door.address,
        detail: { code, issuer: outside.issuer },
      })
      return new Failure(401, code, text)
    }
    const sealed = request.cookies[cookie]
    reply.clearCookie(cookie, { path: '/api/v1/session/outside' })
    let started: Started
    try {
      started = JSON.parse(keyring.open(Buffer.from(sealed ?? '', 'base64url'), about).toString('utf8'))
    } catch {
      throw await refuse('expired', '这次登录已失效，请重新登录')
    }
    if (Date.now() - started.at > minutes * 60_000) throw await refuse('expired', '这次登录已过期，请重新登录')
    const here = new URL(callback(request))
    here.search = new URL(request.url, here).search
    const tokens = await client
      .authorizationCodeGrant(await configuration(), here, {
        pkceCodeVerifier: started.verifier,
        expectedState: started.state,
        expectedNonce: started.nonce,
      })
      .catch(async () => {
        throw await refuse('outside-refused', '统一身份认证没有通过')
      })
    const claims = tokens.claims()
    const [mapped] = await sql<{ accountId: string }[]>`
      select account_id as "accountId" from external_identity
      where issuer = ${claims?.iss ?? ''} and subject = ${claims?.sub ?? ''}`
    const account = mapped && (await usableAccount(sql, { id: mapped.accountId }, door.now))
    // An administrator's door is the one here, with its second factor.
    if (!account || isAdministrator(account.role) || !(await mayEnter(door, account.role)))
      throw await refuse(
        'unmapped',
        '您在统一身份中的用户还没有对应到本平台账号，请联系系统管理员',
        String(claims?.sub ?? ''),
      )
    const next = await nextStep(door, account, 'oidc')
    const token = await openSession(door, account, { factor: 'oidc', next })
    await setCookie(request, reply, house, token)
    const actor = { userId: account.id, name: account.name, ownerId: '', ownerTitle: '' }
    await note(sql, {
      actor: { ...actor, ownerId: '00000000-0000-0000-0000-000000000000' },
      act: 'sign-in',
      address: door.address,
      detail: { factor: 'oidc', issuer: outside.issuer },
    })
    return reply.type('text/html; charset=utf-8').send(home)
  })
}
