import type Hls from 'hls.js'
import { type RefObject, useEffect, useRef, useState } from 'react'
import type { Watching } from '../../areas/devices/operations/wire.ts'
import { Refusal } from '../shell/api.ts'
import { type Wish, watch } from './answer.ts'

/** Addresses hold for ten minutes: the next is asked for before that. */
const renewMs = 8 * 60_000

export type Player = {
  state: 'opening' | 'playing' | 'failed'
  trouble?: string
  watching?: Watching
  /** When the picture that is shown was taken, by the server's clock. */
  shownAt(): Date | null
}

/** Plays what is wished for in a video element: live, or from a recording. */
export function usePlayer(element: RefObject<HTMLVideoElement | null>, { camera, from, to }: Wish): Player {
  const [state, setState] = useState<Pick<Player, 'state' | 'trouble' | 'watching'>>({ state: 'opening' })
  const player = useRef<Hls>(undefined)
  useEffect(() => {
    let gone = false
    let ticket = ''
    const wish = { camera, ...(from && { from }), ...(to && { to }) }
    const fail = (trouble: string) => !gone && setState({ state: 'failed', trouble })
    const renew = async () => {
      const watching = await watch(wish)
      ticket = new URL(watching.hls ?? watching.playback ?? '', location.href).searchParams.get('ticket') ?? ''
      return watching
    }
    const open = async () => {
      const [{ default: Hls }, watching] = await Promise.all([import('hls.js'), renew()])
      const video = element.current
      if (gone || !video) return
      const address = watching.hls ?? watching.playback ?? ''
      if (!Hls.isSupported()) return void fail('这个浏览器不能播放视频，请换用新版浏览器')
      const hls = new Hls({
        enableWorker: false,
        liveSyncDurationCount: 2,
        liveMaxLatencyDurationCount: 5,
        maxBufferLength: 20,
        backBufferLength: 30,
        xhrSetup: (xhr, url) => {
          const whole = new URL(url, location.href)
          whole.searchParams.set('ticket', ticket)
          xhr.open('GET', whole.href, true)
        },
      })
      player.current = hls
      hls.on(Hls.Events.ERROR, (_event, data) => {
        if (!data.fatal) return
        if (data.type === Hls.ErrorTypes.MEDIA_ERROR) return hls.recoverMediaError()
        return void fail(data.response?.code === 404 ? '现在没有视频' : '视频中断了，可以再试一次')
      })
      hls.on(Hls.Events.FRAG_BUFFERED, () => !gone && setState({ state: 'playing', watching }))
      hls.loadSource(address)
      hls.attachMedia(video)
      video.play().catch(() => {})
    }
    setState({ state: 'opening' })
    open().catch((error) => fail(error instanceof Refusal ? error.message : '视频打不开'))
    const timer = setInterval(() => void renew().catch(() => {}), renewMs)
    return () => {
      gone = true
      clearInterval(timer)
      player.current?.destroy()
      player.current = undefined
    }
  }, [element, camera, from, to])
  return { ...state, shownAt: () => player.current?.playingDate ?? null }
}
