/** How a transaction was taken: 0 is well. */
export const codes = {
  ok: 0,
  malformed: 1,
  stranger: 2,
  signature: 3,
  repeated: 4,
  vote: 5,
  /** It speaks of leaves that have not come yet. */
  order: 6,
  /** Another content stands at its place. */
  forked: 7,
} as const
export type Code = (typeof codes)[keyof typeof codes]
