import { call } from '../shell/api.ts'
import { makeKey } from './signing.ts'

/** Makes a signing key in this browser and registers its public half under a title by which its device is known. */
export function makeKeyHere(account: string, title: string): Promise<void> {
  return makeKey(account, async (publicKey, proof) => {
    const body = { title, suite: 'ed25519', publicKey, proof }
    return (await call<{ id: string }>('POST', '/api/v1/me/signing-keys', body)).id
  })
}
