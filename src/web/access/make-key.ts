import { call } from '../shell/api.ts'
import type { AskField } from './form.tsx'
import { makeKey } from './signing.ts'

/** What is asked before: the name by which this device is known among one's keys. */
export const deviceAsked: AskField[] = [
  { name: 'title', title: '这台设备叫什么', value: '办公电脑', help: '以后认得出是哪台设备' },
]

/** Makes a signing key in this browser and registers its public half under the name that was given for the device. */
export function makeKeyHere(account: string, { title = '' }: Record<string, string>): Promise<void> {
  return makeKey(account, async (publicKey, proof) => {
    const body = { title, suite: 'ed25519', publicKey, proof }
    return (await call<{ id: string }>('POST', '/api/v1/me/signing-keys', body)).id
  })
}
