import { call } from '../shell/api.ts'

export type Camera = {
  id: string
  name: string
  scene: string
  room: string | null
  ownerTitle: string
  region: string
  live: boolean
  since: string | null
  problem: string | null
  alarms: { id: string; title: string; raisedAt: string }[]
}

export type Wall = {
  asOf: string
  kinds: { camera: string; snapshot: string; alarm: string }
  cameras: Camera[]
  more: boolean
}

export type Span = { from: string; to: string; kept: boolean }

/** Addresses for one camera; they hold for some minutes and for this person alone. */
export type Watching = { hls?: string; playback?: string; spans?: Span[]; until: string }

/** What somebody wants to see: the live picture, or what was recorded between two moments. */
export type Wish = { camera: string; from?: string; to?: string }

export const watch = (wish: Wish) => call<Watching>('POST', '/api/v1/operations/watch-camera', wish)
