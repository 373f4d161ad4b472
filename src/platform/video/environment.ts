import type { House } from '../http/house.ts'
import type { VideoOptions } from './index.ts'

/** Where cameras publish and how much of them is kept: SHISU_RTMP_PORT, SHISU_VIDEO_DIR, SHISU_VIDEO_GB. */
export const videoFromEnvironment = (env: NodeJS.ProcessEnv): Omit<VideoOptions, 'folder'> & { folder?: string } => ({
  port: Number(env.SHISU_RTMP_PORT ?? 1935),
  folder: env.SHISU_VIDEO_DIR,
  bytesMax: Number(env.SHISU_VIDEO_GB ?? 50) * 1024 ** 3,
})

/** A media server of the operator's own (ZLMediaKit, SRS …): SHISU_VIDEO_HLS, SHISU_VIDEO_FLV, SHISU_VIDEO_PLAYBACK. */
export function videoAddresses(env: NodeJS.ProcessEnv): House['video'] {
  const { SHISU_VIDEO_HLS: hls, SHISU_VIDEO_FLV: flv, SHISU_VIDEO_PLAYBACK: playback } = env
  return hls || flv || playback
    ? { ...(hls && { hls }), ...(flv && { flv }), ...(playback && { playback }) }
    : undefined
}
