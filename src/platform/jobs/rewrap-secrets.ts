import type { ISql, Sql } from 'postgres'
import { factorAbout } from '../access/factors.ts'
import { signingKeyAbout } from '../access/oidc-keys.ts'
import { secretAbout } from '../access/oidc-names.ts'
import { inputPurpose } from '../casework/flow.ts'
import { subscriptionAbout } from '../http/epcis/subscriptions.ts'
import { wordsAbout } from '../http/own-data.ts'
import { contactPurpose, secretPurpose } from '../message/send.ts'
import type { Keyring } from '../protect/keyring.ts'

/** What a sealed value is bound to, by where it lies: a value moved to another row opens nowhere. */
const abouts: Readonly<Record<string, (whom: string) => string>> = {
  second_factor: factorAbout,
  oidc_client: secretAbout,
  oidc_key: signingKeyAbout,
  message_channel: secretPurpose,
  message_contact: (whom) => contactPurpose(...(whom.split(' ') as [string, string])),
  epcis_subscription: subscriptionAbout,
  own_data_request: wordsAbout,
  flow: inputPurpose,
}

type Sealed = { place: string; whom: string; sealed: Buffer }

/** After a rotation: wraps every secret that is no person's key under the newest one. Returns how many; none is left then. */
export async function rewrapSecrets(sql: Sql, keyring: Keyring): Promise<number> {
  const rows = await sql<Sealed[]>`
    select place, whom, sealed from sealed_secret where wrapped_under(sealed) <> ${keyring.current}`
  let done = 0
  for (const { place, whom, sealed } of rows) {
    const about = abouts[place]?.(whom) ?? ''
    const anew = keyring.seal(keyring.open(sealed, about), about)
    const [row] = await sql<{ done: boolean }[]>`select rewrap_sealed(${place}, ${whom}, ${sealed}, ${anew}) as done`
    if (row?.done) done++
  }
  return done
}

/** How many secrets lie under each key. */
export async function secretsByKey(sql: ISql): Promise<Map<string, number>> {
  const rows = await sql<{ name: string; n: number }[]>`
    select wrapped_under(sealed) as name, count(*)::int as n from sealed_secret group by 1`
  return new Map(rows.map(({ name, n }) => [name, n]))
}
