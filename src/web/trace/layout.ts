import type { Edge, Node } from './answer.ts'

/** What is drawn as one card: a node, or many alike (the bags of a case). */
export type Card = { id: string; nodes: Node[]; column: number; row: number; y: number }

/** What is drawn as one line, with the edges it stands for, through the given rows of the columns between. */
export type Line = { id: string; from: string; to: string; kind: Edge['kind']; edges: Edge[]; bends: number[] }

export type Drawing = { cards: Card[]; lines: Line[]; columns: number; height: number }

const alikeMin = 4
const cardRow = 1
const bendRow = 0.35

/** Nodes with the same neighbours and the same product and lot become one card, so that 8,000 bags are one. */
function groupAlike(nodes: readonly Node[], edges: readonly Edge[], focus: string): Map<string, string> {
  let groupOf = new Map(nodes.map((node) => [node.key, node.key]))
  for (let round = 0; round < 3; round++) {
    const neighbours = new Map<string, string[]>(nodes.map((node) => [node.key, []]))
    for (const edge of edges) {
      neighbours.get(edge.from)?.push(`>${edge.kind} ${groupOf.get(edge.to)}`)
      neighbours.get(edge.to)?.push(`<${edge.kind} ${groupOf.get(edge.from)}`)
    }
    const alike = Map.groupBy(nodes, (node) => {
      if (node.key === focus || node.level === 'lot' || node.level === 'class') return node.key
      const around = [...new Set(neighbours.get(node.key))].sort().join(',')
      return `${node.level} ${node.gtin ?? ''} ${node.lot ?? ''} ${around}`
    })
    const next = new Map<string, string>()
    for (const group of alike.values()) {
      const first = group[0] as Node
      for (const node of group) next.set(node.key, group.length >= alikeMin ? first.key : node.key)
    }
    const same = [...next].every(([key, group]) => groupOf.get(key) === group)
    groupOf = next
    if (same) break
  }
  return groupOf
}

function linesOf(edges: readonly Edge[], groupOf: ReadonlyMap<string, string>): Line[] {
  const lines = new Map<string, Line>()
  for (const edge of edges) {
    const from = groupOf.get(edge.from)
    const to = groupOf.get(edge.to)
    if (from === undefined || to === undefined || from === to) continue
    const id = `${from} ${to} ${edge.kind}`
    const line = lines.get(id) ?? { id, from, to, kind: edge.kind, edges: [], bends: [] }
    line.edges.push(edge)
    lines.set(id, line)
  }
  return [...lines.values()]
}

/**
 * An act's inputs lead to a lot and, where they were coded at once, to each of its pieces too: drawn through the lot
 * only, which says the same.
 */
function withoutShortcuts(lines: readonly Line[]): Line[] {
  const lotsOf = Map.groupBy(
    lines.filter((line) => line.kind === 'class-of'),
    (line) => line.to,
  )
  const made = new Set(lines.filter((line) => line.kind === 'transformation').map((line) => `${line.from} ${line.to}`))
  return lines.filter(
    (line) =>
      line.kind !== 'transformation' || !lotsOf.get(line.to)?.some((lot) => made.has(`${line.from} ${lot.from}`)),
  )
}

/** Columns by the longest way from a source; lines that would close a circle are left out of the count. */
function columnsOf(ids: readonly string[], lines: readonly Line[]): Map<string, number> {
  const out = Map.groupBy(lines, (line) => line.from)
  const state = new Map<string, 'open' | 'done'>()
  const order: string[] = []
  const back = new Set<Line>()
  for (const root of ids) {
    const stack: [string, number][] = state.has(root) ? [] : [[root, 0]]
    if (stack.length > 0) state.set(root, 'open')
    while (stack.length > 0) {
      const top = stack.at(-1) as [string, number]
      const line = out.get(top[0])?.[top[1]++]
      if (!line) {
        state.set(top[0], 'done')
        order.push(top[0])
        stack.pop()
      } else if (state.get(line.to) === 'open') back.add(line)
      else if (!state.has(line.to)) {
        state.set(line.to, 'open')
        stack.push([line.to, 0])
      }
    }
  }
  const forward = (id: string) => (out.get(id) ?? []).filter((line) => !back.has(line))
  const columns = new Map(ids.map((id) => [id, 0]))
  order.reverse()
  for (const id of order)
    for (const line of forward(id))
      columns.set(line.to, Math.max(columns.get(line.to) ?? 0, (columns.get(id) ?? 0) + 1))
  // What has no origin of its own stands right before its first use, not at the far left.
  const hasOrigin = new Set(lines.filter((line) => !back.has(line)).map((line) => line.to))
  for (const id of ids) {
    const uses = forward(id).map((line) => columns.get(line.to) ?? 0)
    if (!hasOrigin.has(id) && uses.length > 0) columns.set(id, Math.min(...uses) - 1)
  }
  return columns
}

type Slot = { id: string; size: number; up: Slot[]; down: Slot[]; at: number }

function slotsOf(columns: ReadonlyMap<string, number>, lines: readonly Line[]) {
  const width = Math.max(0, ...columns.values()) + 1
  const table: Slot[][] = Array.from({ length: width }, () => [])
  const slots = new Map<string, Slot>()
  for (const [id, column] of columns) {
    const slot = { id, size: cardRow, up: [], down: [], at: 0 }
    slots.set(id, slot)
    table[column]?.push(slot)
  }
  const bends = new Map<string, Slot[]>()
  for (const line of lines) {
    const [start, end] = [columns.get(line.from) as number, columns.get(line.to) as number]
    const way = [slots.get(line.from) as Slot]
    for (let column = start + 1; column < end; column++) {
      const bend = { id: `${line.id} ${column}`, size: bendRow, up: [], down: [], at: 0 }
      table[column]?.push(bend)
      way.push(bend)
    }
    way.push(slots.get(line.to) as Slot)
    bends.set(line.id, way.slice(1, -1))
    for (let i = 1; i < way.length; i++) {
      const [left, right] = [way[i - 1] as Slot, way[i] as Slot]
      left.down.push(right)
      right.up.push(left)
    }
  }
  return { table, slots, bends }
}

function place(column: Slot[]): void {
  let at = 0
  for (const slot of column) {
    slot.at = at + slot.size / 2
    at += slot.size
  }
}

/** Orders each column by the middle of its neighbours, sweeping both ways, so that few lines cross. */
function order(table: Slot[][]): void {
  for (const column of table) place(column)
  const middle = (slot: Slot, side: 'up' | 'down') => {
    const near = slot[side]
    return near.length > 0 ? near.reduce((sum, other) => sum + other.at, 0) / near.length : slot.at
  }
  for (let sweep = 0; sweep < 6; sweep++) {
    const side = sweep % 2 === 0 ? 'up' : 'down'
    for (const column of sweep % 2 === 0 ? table : [...table].reverse()) {
      const wish = new Map(column.map((slot) => [slot, middle(slot, side)]))
      column.sort((a, b) => (wish.get(a) as number) - (wish.get(b) as number))
      place(column)
    }
  }
}

/** Moves each column as near to its neighbours as their order allows. */
function settle(table: Slot[][]): void {
  const pull = (column: Slot[], side: 'up' | 'down') => {
    let floor = Number.NEGATIVE_INFINITY
    for (const slot of column) {
      const near = slot[side]
      const wish = near.length > 0 ? near.reduce((sum, other) => sum + other.at, 0) / near.length : slot.at
      slot.at = Math.max(wish, floor + slot.size / 2)
      floor = slot.at + slot.size / 2
    }
    // What was pushed down comes back up by half, so that a column is centred on its wishes.
    const shift = column.reduce((sum, slot) => {
      const near = slot[side]
      return near.length > 0 ? sum + slot.at - near.reduce((all, other) => all + other.at, 0) / near.length : sum
    }, 0)
    for (const slot of column) slot.at -= shift / Math.max(1, column.length)
  }
  for (let round = 0; round < 3; round++) {
    for (const column of table.slice(1)) pull(column, 'up')
    for (const column of [...table].reverse().slice(1)) pull(column, 'down')
  }
}

/** Lays a chain out in columns from origin to destination. Heights are in rows of one card. */
export function draw(nodes: readonly Node[], edges: readonly Edge[], focus: string): Drawing {
  const groupOf = groupAlike(nodes, edges, focus)
  const members = Map.groupBy(nodes, (node) => groupOf.get(node.key) as string)
  const lines = withoutShortcuts(linesOf(edges, groupOf))
  const columns = columnsOf([...members.keys()], lines)
  const drawn = lines.filter((line) => (columns.get(line.from) as number) < (columns.get(line.to) as number))
  const { table, slots, bends } = slotsOf(columns, drawn)
  order(table)
  settle(table)
  const all = table.flat()
  const top = Math.min(0.5, ...all.map((slot) => slot.at - slot.size / 2))
  for (const line of drawn) line.bends = (bends.get(line.id) ?? []).map((slot) => slot.at - top)
  const cards = [...members].map(([id, group]) => ({
    id,
    nodes: group,
    column: columns.get(id) as number,
    row: table[columns.get(id) as number]?.findIndex((slot) => slot.id === id) ?? 0,
    y: (slots.get(id)?.at ?? 0) - top,
  }))
  return {
    cards,
    lines: drawn,
    columns: table.length,
    height: Math.max(1, ...all.map((slot) => slot.at + slot.size / 2 - top)),
  }
}
