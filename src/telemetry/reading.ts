/** What a device says that it measured at a moment of its own clock, by the properties of its thing model. */
export type Value = number | string | boolean
export type Reading = {
  deviceId: string
  ownerId: string
  /** The device's own time. */
  at: Date
  receivedAt: Date
  values: Readonly<Record<string, Value>>
}

/** A clock may be ahead by a day before its readings are refused: a time further on would stay the "latest" for long. */
export const aheadMsMax = 86_400_000
/** Store-and-forward gateways keep a year at most†. */
export const lateMsMax = 400 * 86_400_000

/** Whether a reading's time can be true at all. */
export function isPlausible({ at, receivedAt }: Pick<Reading, 'at' | 'receivedAt'>): boolean {
  const late = receivedAt.getTime() - at.getTime()
  return late <= lateMsMax && late >= -aheadMsMax
}
