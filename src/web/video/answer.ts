import type { Watching } from '../../areas/devices/operations/wire.ts'
import { call } from '../shell/api.ts'

/** What somebody wants to see: the live picture, or what was recorded between two moments. */
export type Wish = { camera: string; from?: string; to?: string }

export const watch = (wish: Wish) => call<Watching>('POST', '/api/v1/operations/watch-camera', wish)
