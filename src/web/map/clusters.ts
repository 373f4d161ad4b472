import type { Spot } from './mercator.ts'

/** Things that stand too near each other on the screen to be told apart, around their middle. */
export type Cluster<T> = Spot & { items: T[] }

/** Gathers what is nearer than `near` pixels; `alone` is never gathered. One pass over a grid, so it stays quick. */
export function clustersOf<T extends { id: string; on: Spot }>(
  items: readonly T[],
  near: number,
  alone?: string,
): Cluster<T>[] {
  const grid = new Map<string, Cluster<T>[]>()
  const found: Cluster<T>[] = []
  for (const item of items) {
    const [column, row] = [Math.floor(item.on.x / near), Math.floor(item.on.y / near)]
    const close = item.id === alone ? undefined : neighbour(grid, column, row, item.on, near)
    if (close) {
      const { length } = close.items
      close.x = (close.x * length + item.on.x) / (length + 1)
      close.y = (close.y * length + item.on.y) / (length + 1)
      close.items.push(item)
      continue
    }
    const cluster = { x: item.on.x, y: item.on.y, items: [item] }
    found.push(cluster)
    if (item.id === alone) continue
    const cell = grid.get(`${column} ${row}`)
    if (cell) cell.push(cluster)
    else grid.set(`${column} ${row}`, [cluster])
  }
  return found
}

function neighbour<T>(grid: ReadonlyMap<string, Cluster<T>[]>, column: number, row: number, at: Spot, near: number) {
  for (let dx = -1; dx <= 1; dx++) {
    for (let dy = -1; dy <= 1; dy++) {
      const close = grid
        .get(`${column + dx} ${row + dy}`)
        ?.find((each) => Math.hypot(each.x - at.x, each.y - at.y) < near)
      if (close) return close
    }
  }
  return undefined
}

export type Label = { id: string; text: string; x: number; y: number; first?: boolean }

/** How wide a label is, by the number of its characters. */
export const widthOf = (text: string): number => [...text].reduce((sum, letter) => sum + (letter > '⺀' ? 12 : 7), 8)

/** Those labels that stand free of each other, those that matter first. */
export function freeLabels(labels: readonly Label[]): Label[] {
  const taken: { left: number; top: number; right: number; bottom: number }[] = []
  const ordered = [...labels].sort((a, b) => Number(b.first ?? false) - Number(a.first ?? false))
  return ordered.filter(({ text, x, y, first }) => {
    const box = { left: x, top: y - 8, right: x + widthOf(text), bottom: y + 8 }
    const isFree = !taken.some(
      (other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom,
    )
    if (isFree || first) taken.push(box)
    return isFree || first
  })
}
