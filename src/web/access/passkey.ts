type Options = Record<string, unknown>

type WithJson = {
  parseCreationOptionsFromJSON(options: Options): PublicKeyCredentialCreationOptions
  parseRequestOptionsFromJSON(options: Options): PublicKeyCredentialRequestOptions
}

/** Whether this browser can hold a passkey and speaks JSON about it. */
export function canPasskey(): boolean {
  return typeof PublicKeyCredential !== 'undefined' && 'parseCreationOptionsFromJSON' in PublicKeyCredential
}

const json = (credential: Credential | null): unknown =>
  (credential as unknown as { toJSON(): unknown } | null)?.toJSON()

/** Makes a new passkey for what the server asks. */
export async function makePasskey(options: Options): Promise<unknown> {
  const publicKey = (PublicKeyCredential as unknown as WithJson).parseCreationOptionsFromJSON(options)
  return json(await navigator.credentials.create({ publicKey }))
}

/** Answers the server's challenge with a passkey. */
export async function answerWithPasskey(options: Options): Promise<unknown> {
  const publicKey = (PublicKeyCredential as unknown as WithJson).parseRequestOptionsFromJSON(options)
  return json(await navigator.credentials.get({ publicKey }))
}
