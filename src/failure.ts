/** One thing wrong with an input: a stable code, a plain Chinese sentence, and the JSON pointer of the place. */
export type Problem = { code: string; text: string; at: string }

type FailureOptions = { problems?: readonly Problem[]; type?: string; details?: Record<string, unknown> }

/**
 * A refusal that a user can understand and act on. It travels unchanged from where it arises to the exact form field
 * (as problem+json). Anything that is not a Failure is a defect and becomes a 500 with a request id.
 */
export class Failure extends Error {
  readonly code: string
  readonly status: number
  readonly text: string
  readonly problems: readonly Problem[]
  readonly type: string
  readonly details: Record<string, unknown>

  constructor(status: number, code: string, text: string, options: FailureOptions = {}) {
    super(`${code}: ${text}`)
    this.name = 'Failure'
    this.status = status
    this.code = code
    this.text = text
    this.problems = options.problems ?? []
    this.type = options.type ?? 'about:blank'
    this.details = options.details ?? {}
  }
}

/** Refuses an input that breaks rules, naming each place. */
export function invalid(problems: readonly Problem[]): Failure {
  const first = problems[0]
  const more = problems.length > 1 ? `（共 ${problems.length} 处）` : ''
  return new Failure(422, 'invalid', `${first?.text ?? '内容不符合要求'}${more}`, { problems })
}

/** The thing does not exist for this reader: the same answer whether it is absent or hidden. */
export function notFound(what: string): Failure {
  return new Failure(404, 'not-found', `没有找到${what}，或您无权查看`)
}

/** The reader is known but has no grant for this act. */
export function forbidden(text = '您没有这项权限'): Failure {
  return new Failure(403, 'forbidden', text)
}
