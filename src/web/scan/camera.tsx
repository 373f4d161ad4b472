import { useEffect, useRef, useState } from 'react'
import { Dialog } from '../ui/dialog.tsx'
import { openDecoder } from './decode.ts'
import { signal } from './signal.ts'
import './scan.css'

/** The same code in sight is one scan until it has been out of sight, or this long. */
const againMs = 2500

type Props = {
  title: string
  /** Says what was done with the code; undefined where it is of no use here. */
  onScan(text: string): string | undefined
  /** Goes on until the user closes it. */
  continuous?: boolean
  onClose(): void
}

const refusals: Record<string, string> = {
  NotAllowedError: '没有使用摄像头的权限，请在浏览器设置里允许，或改用扫码枪、手工输入。',
  NotFoundError: '这台设备没有摄像头，可以用扫码枪或手工输入。',
  NotReadableError: '摄像头正被别的程序占用，请关闭它再试。',
}

function useCamera(onText: (text: string) => void): {
  video: React.RefObject<HTMLVideoElement | null>
  problem?: string
} {
  const video = useRef<HTMLVideoElement>(null)
  const latest = useRef(onText)
  latest.current = onText
  const [problem, setProblem] = useState<string>()
  useEffect(() => {
    let isOver = false
    let stream: MediaStream | undefined
    const run = async () => {
      if (!navigator.mediaDevices) return setProblem('浏览器只在 https 网址下允许使用摄像头，可以用扫码枪或手工输入。')
      stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } },
      })
      const decode = await openDecoder()
      const shown = video.current
      if (isOver || !shown) return
      shown.srcObject = stream
      await shown.play()
      while (!isOver) {
        const text = await decode(shown).catch(() => undefined)
        if (text && !isOver) latest.current(text)
        await new Promise((resolve) => setTimeout(resolve, 120))
      }
    }
    run()
      .catch((error: unknown) =>
        setProblem(refusals[(error as Error).name] ?? '摄像头打不开，可以用扫码枪或手工输入。'),
      )
      .finally(() => isOver && stop())
    const stop = () => {
      for (const track of stream?.getTracks() ?? []) track.stop()
    }
    return () => {
      isOver = true
      stop()
    }
  }, [])
  return { video, problem }
}

/** The camera, until it has read a code; or code after code. */
export default function Camera({ title, onScan, continuous, onClose }: Props) {
  const last = useRef({ text: '', at: 0 })
  const [said, setSaid] = useState<{ text: string; isGood: boolean }[]>([])
  const { video, problem } = useCamera((text) => {
    const now = Date.now()
    const isSame = text === last.current.text && now - last.current.at < againMs
    last.current = { text, at: now }
    if (isSame) return
    const done = onScan(text)
    signal(done !== undefined)
    if (done !== undefined && !continuous) return onClose()
    setSaid((all) =>
      [{ text: done ?? `“${text.slice(0, 40)}”用不到这里`, isGood: done !== undefined }, ...all].slice(0, 4),
    )
  })
  const count = said.filter((each) => each.isGood).length
  return (
    <Dialog title={title} onClose={onClose}>
      {problem ? (
        <p className="note warn">{problem}</p>
      ) : (
        <div className="camera">
          <video ref={video} muted playsInline />
          <i aria-hidden="true" />
        </div>
      )}
      <ul className="said" aria-live="polite">
        {said.map((each, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the newest stands first, lines are not moved
          <li key={index} className={each.isGood ? '' : 'wrong'}>
            {each.text}
          </li>
        ))}
      </ul>
      <div className="acts">
        <button type="button" className={continuous ? 'button primary' : 'button'} onClick={onClose}>
          {continuous ? (count > 0 ? '扫完了' : '关闭') : '取消'}
        </button>
      </div>
    </Dialog>
  )
}
