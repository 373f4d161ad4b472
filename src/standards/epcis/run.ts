import { type CanonicalKey, canonicalKey } from '../digital-link/index.ts'
import type { Problem } from '../problem.ts'
import { expandCurie } from './vocabulary.ts'

/** The state of one parse: what went wrong so far, its limits, and what is known where the parse stands. */
export type Run = {
  problems: Problem[]
  readonly problemLimit: number
  readonly depthLimit: number
  /** What the document came as: XML Schema is looser than JSON Schema in a few places. */
  readonly binding: 'json' | 'xml' | 'xml-1.x'
  /** Namespace prefixes declared where the parse stands. */
  prefixes: ReadonlyMap<string, string>
  /** Canonical keys already worked out in this document: identifiers recur within it. */
  readonly keys: Map<string, CanonicalKey>
}

/** Notes a problem, up to the limit. */
export function report(run: Run, code: string, text: string, at: string): void {
  if (run.problems.length < run.problemLimit) run.problems.push({ code, text, at })
}

/** True where no more problems are wanted: the rest of the document need not be read. */
export function isFull(run: Run): boolean {
  return run.problems.length >= run.problemLimit
}

/** The canonical key of an identifier (a compact URI in full), worked out once a document. */
export function keyOf(id: string, run: Run): CanonicalKey {
  // What is a URI already is most; none of these can be a prefix.
  const uri = id.startsWith('https://') || id.startsWith('urn:') ? id : expandCurie(id, run.prefixes)
  let key = run.keys.get(uri)
  if (key === undefined) {
    key = canonicalKey(uri)
    run.keys.set(uri, key)
  }
  return key
}

/** A JSON object, not an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
