import type { Role, Transition } from '../../language/kind.ts'

/**
 * The step that this reader is expected to take next: the first that is theirs. One that leads with the enterprise is
 * its answer; an authority may enter it for them, but it is not the authority's next step. Nor is the last one left where
 * it asks for its reason alone: it takes back what is done.
 */
export function nextStep(steps: readonly Transition[], role: Role): Transition | undefined {
  const [only, ...others] = steps
  if (others.length === 0 && only?.asks?.join() === 'reason') return undefined
  return steps.find((step) => role === 'enterprise' || step.by[0] !== 'enterprise')
}
