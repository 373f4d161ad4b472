import { useEffect, useLayoutEffect, useRef, useState } from 'react'

/**
 * How many of `most` things are left out so that what stands in `ref` is not wider than it: measured before it is painted,
 * anew where `content` or the window changes.
 */
export function useFitting<E extends HTMLElement>(content: string, most: number) {
  const ref = useRef<E>(null)
  const [left, setLeft] = useState({ out: 0, content, width: 0, seen: 0 })
  const out = left.content === content ? left.out : 0
  useLayoutEffect(() => {
    const box = ref.current
    if (!box) return
    const width = box.clientWidth
    const isOther = left.content !== content || (left.width !== width && left.width !== 0)
    if (isOther || left.width === 0) return setLeft({ out: 0, content, width, seen: left.seen })
    if (box.scrollWidth > width + 1 && out < most) setLeft({ ...left, out: out + 1 })
  }, [left, content, most, out])
  useEffect(() => {
    const box = ref.current
    if (!box) return
    const watch = new ResizeObserver(() => setLeft((now) => ({ ...now, seen: now.seen + 1 })))
    watch.observe(box)
    for (const child of box.children) watch.observe(child)
    return () => watch.disconnect()
  }, [])
  return { ref, out }
}
