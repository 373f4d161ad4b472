import { useRef, useState } from 'react'
import type { Camera, Wall } from '../../areas/devices/operations/wire.ts'
import { Refusal } from '../shell/api.ts'
import { path } from '../shell/path.ts'
import { Link, navigate } from '../shell/router.tsx'
import { secondOf } from '../shell/time.ts'
import { say } from '../ui/toast.tsx'
import { takeSnapshot } from './snapshot.ts'
import { usePlayer } from './use-player.ts'

type Props = {
  camera: Camera
  kinds: Wall['kinds']
  /** Of a recording; without them it is live. */
  from?: string
  to?: string
  big?: boolean
}

/** One camera's picture, live or recorded, with the button that keeps it as evidence. */
export function Screen({ camera, kinds, from, to, big = false }: Props) {
  const element = useRef<HTMLVideoElement>(null)
  const player = usePlayer(element, { camera: camera.id, from, to })
  const [busy, setBusy] = useState(false)
  const shoot = async () => {
    const video = element.current
    const at = player.shownAt()
    if (!video || !at) return
    setBusy(true)
    try {
      const address = await takeSnapshot(video, camera, at, kinds, from ? undefined : camera.alarms[0]?.id)
      say(`截图已存为证据（${secondOf(at.toISOString())}）`, { title: '查看', run: () => navigate(address) })
    } catch (error) {
      say(error instanceof Refusal ? error.message : '没有截到画面，请再试一次')
    }
    setBusy(false)
  }
  return (
    <div className={big ? 'screen big' : 'screen'}>
      <video ref={element} muted playsInline autoPlay controls={big} aria-label={camera.name} />
      {player.state === 'opening' && <p className="over">正在打开…</p>}
      {player.state === 'failed' && <p className="over">{player.trouble}</p>}
      <button
        type="button"
        className="button small shoot noprint"
        disabled={busy || player.state !== 'playing'}
        onClick={shoot}
      >
        截图取证
      </button>
      {camera.alarms[0] && !from && (
        <Link className="tag bad alarmmark" to={path.record(kinds.alarm, camera.alarms[0].id)}>
          {camera.alarms[0].title}
        </Link>
      )}
    </div>
  )
}
