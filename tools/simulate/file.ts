export type Call = (method: string, path: string, body?: unknown) => Promise<Record<string, unknown>>

/** Calls the running platform as the owner of a token; a refusal ends the run with its words. */
export const callAs =
  (url: string, token: string): Call =>
  async (method, path, body) => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const answer = (await response.json()) as Record<string, unknown>
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer).slice(0, 300)}`)
    return answer
  }
