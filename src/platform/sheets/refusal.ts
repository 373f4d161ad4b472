import { Failure } from '../../failure.ts'

/** Most rows of one file. */
export const rowsMax = 100_000

/** A file that cannot be taken as a whole, with the sentence that says how to mend it. */
export function unreadable(code: string, text: string): Failure {
  return new Failure(422, code, text)
}
