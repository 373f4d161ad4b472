import { readFileSync } from 'node:fs'
import type { KeyWrapper } from './keyring.ts'

const timeoutMs = 10_000

type Answer = { data?: { ciphertext?: unknown; plaintext?: unknown }; errors?: unknown[] }

/**
 * A key service that speaks the Transit protocol of HashiCorp Vault and OpenBao: `POST …/encrypt/NAME`, `…/decrypt/NAME`
 * under `X-Vault-Token`. The master keys lie in the key file wrapped by it, so that the file alone opens nothing; the
 * service's own key never comes here. `url` is the key's address, e.g. https://kms.example:8200/v1/transit/keys/shisu.
 */
export function keyService({ url, token }: { url: string; token: () => string }): KeyWrapper {
  const [, mount, name] = /^(https?:\/\/.+)\/keys\/([A-Za-z0-9_.-]+)$/.exec(url) ?? []
  if (!mount || !name) throw new Error(`SHISU_KMS 应为密钥的网址，如 https://kms.example:8200/v1/transit/keys/shisu`)
  const ask = async (act: 'encrypt' | 'decrypt', body: object): Promise<Answer['data']> => {
    const answer = await fetch(`${mount}/${act}/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-vault-token': token() },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((error: Error) => {
      throw new Error(`密钥服务 ${mount} 没有应答：${error.message}`)
    })
    // What it says of a refusal may name tokens: only the status is told.
    if (!answer.ok) throw new Error(`密钥服务 ${mount} 拒绝了请求（${answer.status}）`)
    return ((await answer.json()) as Answer).data
  }
  const textOf = (value: unknown): string => {
    if (typeof value === 'string' && value !== '') return value
    throw new Error(`密钥服务 ${mount} 的回答不完整`)
  }
  return {
    name: `${mount}/keys/${name}`,
    wrap: async (key) =>
      Buffer.from(textOf((await ask('encrypt', { plaintext: key.toString('base64') }))?.ciphertext), 'utf8'),
    unwrap: async (wrapped) =>
      Buffer.from(textOf((await ask('decrypt', { ciphertext: wrapped.toString('utf8') }))?.plaintext), 'base64'),
  }
}

/** The key service that the operator names, if any; its token is read anew for each request, so that a renewed one holds. */
export function keyServiceFrom(env: NodeJS.ProcessEnv): KeyWrapper | undefined {
  const { SHISU_KMS: url, SHISU_KMS_TOKEN_FILE: file } = env
  if (!url) return undefined
  if (!file) throw new Error('有 SHISU_KMS 时须有 SHISU_KMS_TOKEN_FILE：令牌所在的文件')
  return keyService({ url, token: () => readFileSync(file, 'utf8').trim() })
}
