import { Failure } from '../../failure.ts'

/** Largest file that is taken in, in bytes. */
export const fileBytesMax = 20 * 1024 * 1024

/** Most rows of one file. */
export const rowsMax = 100_000

/** A file that cannot be taken as a whole, with the sentence that says how to mend it. */
export function unreadable(code: string, text: string): Failure {
  return new Failure(422, code, text)
}
