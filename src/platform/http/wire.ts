/** A route on its way out: since when, until when it answers, what is to be called instead. `At`: Date in the server, text in a page. */
export type Deprecation<At = string> = { method: string; route: string; since: At; sunset: At; successor: string }

/** One announcement of it, or its being taken back. */
export type Announced = {
  act: 'announce' | 'take-back'
  since: string
  sunset: string
  successor: string
  reason: string
  name: string
  at: string
}

export type DeprecationShown<At = string> = Deprecation<At> & { takenBackAt: At | null; history: Announced[] }
