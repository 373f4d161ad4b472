import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react'
import type { OpenAlarm, Spot } from '../../areas/devices/operations/wire.ts'
import { fileUrl } from '../shell/api.ts'
import { standing, toneOf } from './answer.ts'

export type Position = { x: number; y: number }

const whole = 1000
/** From here on a label stands to the left of its point. */
const leftwardFrom = 780
const inside = (value: number) => Math.min(whole, Math.max(0, Math.round(value)))
/** A pointer that moved less has pressed, not drawn. */
const stillPixels = 4
const keys: Readonly<Record<string, [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

type Props = {
  picture: string
  title: string
  devices: readonly Spot[]
  alarms: readonly OpenAlarm[]
  chosen: string | undefined
  /** Whether points may be drawn elsewhere. */
  arranging: boolean
  choose(id: string): void
  /** A point was put elsewhere; without an id, the ground itself was pressed there. */
  put(position: Position, id?: string): void
}

function words(device: Spot, tone: ReturnType<typeof toneOf>): string {
  const first = device.values[0]?.words
  // What is well says its figure alone; colour is never the only sign of what is not, and an old figure is none.
  if (tone === 'good') return first ?? standing.good
  if (tone === 'unknown') return standing.unknown
  return `${standing[tone]} ${device.online ? (first ?? '') : '没有数据'}`.trim()
}

/** The picture of a place with its devices where they stand, each with how it stands. */
export function PlanGround({ picture, title, devices, alarms, chosen, arranging, choose, put }: Props) {
  const ground = useRef<HTMLDivElement>(null)
  const [drawn, setDrawn] = useState<Position & { id: string; from: Position; moved: boolean }>()
  const positionOf = (event: { clientX: number; clientY: number }): Position => {
    const box = ground.current?.getBoundingClientRect()
    if (!box) return { x: 0, y: 0 }
    return {
      x: inside(((event.clientX - box.left) / box.width) * whole),
      y: inside(((event.clientY - box.top) / box.height) * whole),
    }
  }
  const take = (event: PointerEvent<HTMLButtonElement>, { id, x, y }: Spot) => {
    if (!arranging) return
    event.currentTarget.setPointerCapture(event.pointerId)
    setDrawn({ id, x, y, from: { x: event.clientX, y: event.clientY }, moved: false })
  }
  const draw = (event: PointerEvent<HTMLButtonElement>) => {
    if (!drawn) return
    const far = Math.hypot(event.clientX - drawn.from.x, event.clientY - drawn.from.y) > stillPixels
    if (drawn.moved || far) setDrawn({ ...drawn, ...positionOf(event), moved: true })
  }
  const drop = () => {
    if (drawn?.moved) put({ x: drawn.x, y: drawn.y }, drawn.id)
    setDrawn(undefined)
  }
  const step = (event: KeyboardEvent, { id, x, y }: Spot) => {
    const by = keys[event.key]
    if (!arranging || !by) return
    event.preventDefault()
    put({ x: inside(x + by[0] * 10), y: inside(y + by[1] * 10) }, id)
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/noStaticElementInteractions: by keyboard, points go with the arrow keys
    <div
      ref={ground}
      className={arranging ? 'planground arranging' : 'planground'}
      onClick={(event) => arranging && event.target instanceof HTMLImageElement && put(positionOf(event))}
    >
      <img src={fileUrl(picture)} alt={title} draggable={false} />
      {devices.map((device) => {
        const tone = toneOf(device, alarms)
        const at = drawn?.id === device.id ? drawn : device
        return (
          <button
            key={device.id}
            type="button"
            className={`planspot ${tone}${at.x > leftwardFrom ? ' leftward' : ''}`}
            style={{ left: `${at.x / 10}%`, top: `${at.y / 10}%` }}
            aria-pressed={device.id === chosen}
            aria-label={`${device.name}：${words(device, tone)}`}
            onPointerDown={(event) => take(event, device)}
            onPointerMove={draw}
            onPointerUp={drop}
            onPointerCancel={() => setDrawn(undefined)}
            onKeyDown={(event) => step(event, device)}
            onClick={() => choose(device.id)}
          >
            <i aria-hidden="true" />
            <span>
              <small>{device.name}</small>
              <b>{words(device, tone)}</b>
            </span>
          </button>
        )
      })}
    </div>
  )
}
