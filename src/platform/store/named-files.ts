import { filesNamed, type Kind, type Problem } from '../../language/index.ts'
import { nameable } from '../files/files.ts'
import type { Context } from './context.ts'

type Content = Readonly<Record<string, unknown>>

/**
 * What is wrong with the files that each of some checked contents names: each must have been uploaded before, and be the
 * actor's to name; what the record named already stays. One question for all of them, none where nothing is named.
 */
export async function fileProblems(
  context: Context,
  kind: Kind,
  contents: readonly Content[],
  before: Content = {},
): Promise<Problem[][]> {
  const stood = new Set(filesNamed(kind.fields, before).map(({ sha256 }) => sha256))
  const named = contents.map((content) => filesNamed(kind.fields, content).filter(({ sha256 }) => !stood.has(sha256)))
  const hashes = [...new Set(named.flatMap((files) => files.map(({ sha256 }) => sha256)))]
  if (hashes.length === 0) return named.map(() => [])
  const found = await nameable(context.sql, context.kinds, context.actor, hashes)
  return named.map((files) =>
    files.filter(({ sha256 }) => !found.has(sha256)).map(({ text, at }) => ({ code: 'no-such-file', text, at })),
  )
}
