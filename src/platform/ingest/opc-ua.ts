import type { Credential } from './gate.ts'
import type { Station } from './station.ts'
import { readValues } from './values.ts'

/** What to read: node ids by property, and how often; from the credential's variant. */
type Plan = { endpoint: string; nodes: Record<string, string>; everyMs: number; user?: string; password?: string }

const refreshMs = 5000

/** Reads plant equipment over OPC UA. The client is loaded only where a device wants it: it is large. */
export function startOpcUa(
  station: Station,
  { onError }: { onError(error: unknown): void },
): { stop(): Promise<void> } {
  const sessions = new Map<string, { key: string; stop(): Promise<void> }>()
  let stopped = false
  const refresh = async () => {
    const seen = new Set<string>()
    for (const credential of await station.gate.all('opcua')) {
      const plan = planOf(credential)
      if (!plan || stopped) continue
      seen.add(credential.id)
      const key = JSON.stringify(plan)
      const known = sessions.get(credential.id)
      if (known?.key === key) continue
      await known?.stop()
      sessions.set(credential.id, { key, stop: follow(station, credential, plan) })
    }
    for (const [id, { stop }] of sessions) {
      if (seen.has(id)) continue
      sessions.delete(id)
      await stop()
    }
  }
  void refresh().catch(onError)
  const timer = setInterval(() => void refresh().catch(onError), refreshMs)
  timer.unref()
  return {
    async stop() {
      stopped = true
      clearInterval(timer)
      await Promise.all([...sessions.values()].map(({ stop }) => stop()))
      sessions.clear()
    },
  }
}

function planOf({ identity, variant }: Credential): Plan | undefined {
  const { nodes, everySeconds = 10, user, password } = variant as Record<string, unknown>
  if (!identity.startsWith('opc.tcp://') || typeof nodes !== 'object' || nodes === null) return undefined
  const right = Object.values(nodes).every((node) => typeof node === 'string')
  if (!right || typeof everySeconds !== 'number') return undefined
  const login = typeof user === 'string' && typeof password === 'string' ? { user, password } : {}
  return {
    endpoint: identity,
    nodes: nodes as Record<string, string>,
    everyMs: Math.max(1, everySeconds) * 1000,
    ...login,
  }
}

/** Keeps a session and reads all nodes at the interval; the source's own time is the reading's. */
function follow(station: Station, credential: Credential, plan: Plan): () => Promise<void> {
  let stopped = false
  let gone: (() => void) | undefined
  let wake = () => {}
  const rest = (ms: number) =>
    new Promise<void>((done) => {
      wake = done
      setTimeout(done, ms).unref()
    })
  const run = async () => {
    while (!stopped) {
      try {
        await session(
          plan,
          () => stopped,
          rest,
          async (values, at) => {
            gone ??= station.online(credential, { send: () => false, close: () => {} })
            const checked = readValues(values)
            const { deviceId, ownerId } = credential
            const receivedAt = station.clock()
            if (typeof checked !== 'string')
              await station.batcher.add([{ deviceId, ownerId, at: at ?? receivedAt, receivedAt, values: checked }])
          },
        )
      } catch (error) {
        const text = error instanceof Error ? error.message.split('\n')[0] : String(error)
        const at = station.clock()
        station.refusals.add({
          protocol: 'opcua',
          bytes: Buffer.alloc(0),
          code: 'no-answer',
          text: text ?? '',
          credential,
          address: plan.endpoint,
          at,
        })
      }
      gone?.()
      gone = undefined
      if (!stopped) await rest(plan.everyMs)
    }
  }
  const ended = run()
  return async () => {
    stopped = true
    wake()
    await ended
  }
}

type Take = (values: Record<string, number | boolean | string>, at: Date | undefined) => Promise<void>

async function session(
  plan: Plan,
  isOver: () => boolean,
  rest: (ms: number) => Promise<void>,
  take: Take,
): Promise<void> {
  const { AttributeIds, MessageSecurityMode, OPCUAClient, SecurityPolicy, UserTokenType } = await import(
    'node-opcua-client'
  )
  const client = OPCUAClient.create({
    endpointMustExist: false,
    securityMode: MessageSecurityMode.None,
    securityPolicy: SecurityPolicy.None,
    connectionStrategy: { maxRetry: 0, initialDelay: 200 },
  })
  const { user, password } = plan
  await client.connect(plan.endpoint)
  try {
    const opened = await client.createSession(
      user && password ? { type: UserTokenType.UserName, userName: user, password } : { type: UserTokenType.Anonymous },
    )
    const asked = Object.entries(plan.nodes)
    while (!isOver()) {
      const read = await opened.read(asked.map(([, nodeId]) => ({ nodeId, attributeId: AttributeIds.Value })))
      const values: Record<string, number | boolean | string> = {}
      let at: Date | undefined
      asked.forEach(([property], index) => {
        const answer = read[index]
        const value: unknown = answer?.statusCode.isGood() ? answer.value.value : undefined
        if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string')
          values[property] = value
        const source = answer?.sourceTimestamp ?? undefined
        if (source && (!at || source > at)) at = source
      })
      await take(values, at)
      await rest(plan.everyMs)
    }
    await opened.close()
  } finally {
    await client.disconnect()
  }
}
