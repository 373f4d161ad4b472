import type { Api } from './api.ts'

/** What the demonstration is told with. */
export type Story = {
  apis: Readonly<Record<string, Api>>
  /** Ids of the subjects by key. */
  ids: Readonly<Record<string, string>>
  glns: Readonly<Record<string, string>>
  /** The clock of the private platform while the story is told. */
  clock: StoryClock
  /** The present. */
  now: number
}

export type StoryClock = { now: Date }

const minute = 60_000

/** Moves the clock to a little after something happened, never beyond the present. */
export function soonAfter(story: Story, at: number): void {
  story.clock.now = new Date(Math.min(at + 10 * minute, story.now))
}
