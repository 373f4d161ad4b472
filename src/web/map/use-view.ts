import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react'
import { type Spot, type View, viewOf, worldPixels, zoomed } from './mercator.ts'

type Box = { width: number; height: number }

function useBox(ref: RefObject<HTMLDivElement | null>): Box {
  const [box, setBox] = useState<Box>({ width: 640, height: 400 })
  useEffect(() => {
    if (!ref.current) return
    const watcher = new ResizeObserver(([entry]) => {
      const { width = 0, height = 0 } = entry?.contentRect ?? {}
      if (width > 0 && height > 0) setBox({ width, height })
    })
    watcher.observe(ref.current)
    return () => watcher.disconnect()
  }, [ref])
  return box
}

/** Fingers and the mouse: one moves the map, two zoom it about their middle. */
function useFingers(move: (dx: number, dy: number) => void, zoom: (steps: number, at: Spot) => void) {
  const fingers = useRef(new Map<number, Spot>())
  const moved = useRef(0)
  const spot = (event: PointerEvent<HTMLElement>): Spot => {
    const { left, top } = event.currentTarget.getBoundingClientRect()
    return { x: event.clientX - left, y: event.clientY - top }
  }
  const span = ([a, b]: Spot[]) => (a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0)
  return {
    /** Whether the last press moved the map: then it was no click. */
    wasMoved: () => moved.current > 4,
    handlers: {
      onPointerDown: (event: PointerEvent<HTMLElement>) => {
        fingers.current.set(event.pointerId, spot(event))
        moved.current = 0
      },
      onPointerMove: (event: PointerEvent<HTMLElement>) => {
        const before = fingers.current.get(event.pointerId)
        if (!before) return
        const now = spot(event)
        const apart = span([...fingers.current.values()])
        fingers.current.set(event.pointerId, now)
        const all = [...fingers.current.values()]
        moved.current += Math.abs(now.x - before.x) + Math.abs(now.y - before.y)
        // Caught only when it moves, so that a click still reaches the point under it.
        if (moved.current > 4 && !event.currentTarget.hasPointerCapture(event.pointerId))
          event.currentTarget.setPointerCapture(event.pointerId)
        move((now.x - before.x) / all.length, (now.y - before.y) / all.length)
        const [a, b] = all
        if (a && b && apart > 0) zoom(Math.log2(span(all) / apart), { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
      },
      onPointerUp: (event: PointerEvent<HTMLElement>) => fingers.current.delete(event.pointerId),
      onPointerCancel: (event: PointerEvent<HTMLElement>) => fingers.current.delete(event.pointerId),
      onPointerLeave: (event: PointerEvent<HTMLElement>) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId)) fingers.current.delete(event.pointerId)
      },
    },
  }
}

const arrows: Readonly<Record<string, [number, number]>> = {
  ArrowLeft: [80, 0],
  ArrowRight: [-80, 0],
  ArrowUp: [0, 80],
  ArrowDown: [0, -80],
}

/** What a map shows and how it is moved: by mouse, wheel, fingers and keys. It fits `spots` until it is moved by hand. */
export function useView(spots: readonly Spot[], key: string) {
  const ref = useRef<HTMLDivElement>(null)
  const box = useBox(ref)
  const [byHand, setByHand] = useState<{ key: string; view: View }>()
  const view = byHand?.key === key ? byHand.view : viewOf(spots, box.width, box.height)
  const now = useRef(view)
  now.current = view
  const show = (next: View) => {
    now.current = next
    setByHand({ key, view: next })
  }
  const move = (dx: number, dy: number) => {
    const pixels = worldPixels(now.current.zoom)
    show({ ...now.current, x: now.current.x - dx / pixels, y: now.current.y - dy / pixels })
  }
  const zoom = (steps: number, at: Spot = { x: box.width / 2, y: box.height / 2 }) =>
    show(zoomed(now.current, steps, at, box.width, box.height))
  const { handlers, wasMoved } = useFingers(move, zoom)

  const wheel = useRef<(event: WheelEvent) => void>(undefined)
  wheel.current = (event) => {
    // The page scrolls until somebody works with the map.
    if (!event.ctrlKey && !event.metaKey && !ref.current?.contains(document.activeElement)) return
    event.preventDefault()
    const { left, top } = (ref.current as HTMLElement).getBoundingClientRect()
    zoom(-event.deltaY / 240, { x: event.clientX - left, y: event.clientY - top })
  }
  useEffect(() => {
    const element = ref.current
    const turn = (event: WheelEvent) => wheel.current?.(event)
    element?.addEventListener('wheel', turn, { passive: false })
    return () => element?.removeEventListener('wheel', turn)
  }, [])

  const onKeyDown = (event: KeyboardEvent) => {
    const step = arrows[event.key]
    if (step) move(...step)
    else if (event.key === '+' || event.key === '=') zoom(1)
    else if (event.key === '-') zoom(-1)
    else if (event.key === '0') setByHand(undefined)
    else return
    event.preventDefault()
  }
  return {
    ref,
    box,
    view,
    zoom,
    wasMoved,
    fit: () => setByHand(undefined),
    look: (at: readonly Spot[]) => show(viewOf(at, box.width, box.height, 90)),
    handlers: { ...handlers, onKeyDown },
  }
}
