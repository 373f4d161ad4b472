import type { Problem } from '../../language/problem.ts'

/** A refusal of the server, or no answer at all (status 0), in words for the user. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly problems: readonly Problem[]
  readonly requestId: string | undefined
  /** The whole problem document. */
  readonly body: Record<string, unknown>

  constructor(status: number, body: Record<string, unknown>) {
    super(String(body.detail ?? body.title ?? (status === 0 ? '网络不通，请检查网络后重试' : '服务器没有正常回答')))
    this.name = 'Refusal'
    this.status = status
    this.code = String(body.code ?? 'unknown')
    this.problems = Array.isArray(body.problems) ? (body.problems as Problem[]) : []
    this.requestId = typeof body.requestId === 'string' ? body.requestId : undefined
    this.body = body
  }
}

const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError'

/**
 * The JSON of an answer, or what it refuses with. Cut off in its middle, by the network or by the caller, it is no
 * answer at all, whatever its head said.
 */
export async function bodyOf(response: Response): Promise<unknown> {
  const isJson = response.headers.get('content-type')?.includes('json')
  try {
    const body: unknown = isJson ? await response.json() : {}
    if (response.ok) return body
    const problem = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
    throw new Refusal(response.status, { requestId: response.headers.get('x-request-id') ?? undefined, ...problem })
  } catch (error) {
    if (isAbort(error) || error instanceof Refusal) throw error
    throw new Refusal(response.ok ? 0 : response.status, {})
  }
}
