const awayMs = 60_000

let last = Date.now()
for (const sign of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove'])
  addEventListener(sign, () => (last = Date.now()), { passive: true, capture: true })

/**
 * Whether nobody has touched this page for a minute. A page asks for news by itself; what it asks then must not keep a
 * session alive at a desk that somebody has left (GB/T 22239 8.1.4.1 b).
 */
export const nobodyIsThere = (): boolean => Date.now() - last > awayMs
