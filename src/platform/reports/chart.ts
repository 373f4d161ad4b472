import { crc32, deflateSync } from 'node:zlib'
import { xmlText } from '../sheets/xlsx-write.ts'
import type { Mark, Piece } from './wire.ts'

type Chart = Extract<Piece, { is: 'chart' }>
type Shape =
  | { is: 'rect'; x: number; y: number; width: number; height: number; fill: string; opacity?: number }
  | { is: 'line'; x1: number; y1: number; x2: number; y2: number; stroke: string; width: number }
  | { is: 'dot'; x: number; y: number; r: number; fill: string; hollow?: boolean }
  | { is: 'text'; x: number; y: number; text: string; anchor: 'start' | 'middle' | 'end'; fill: string }

export type Drawing = { width: number; height: number; shapes: Shape[] }

// Printed on white: the look's own light colours.
const ink = '#17211d'
const faint = '#55625c'
const rule = '#e3e8e5'
const brand = '#0b6b57'

const width = 720
const size = 13

/** A step of 1, 2 or 5 that divides the range into four parts at most. */
function stepFor(most: number): number {
  const raw = most / 4 || 1
  const power = 10 ** Math.floor(Math.log10(raw))
  return ([1, 2, 5, 10].find((each) => each * power >= raw) ?? 10) * power
}

const short = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text)

/** About how wide a text is drawn: Chinese signs are square. */
const textWidth = (text: string): number =>
  [...text].reduce((sum, sign) => sum + (sign.charCodeAt(0) > 255 ? size : size * 0.56), 0)

/** Bars from zero, the longest first, each with its name before it and its figure at its end. */
function bars(marks: readonly Mark[]): Drawing {
  const [left, right, row] = [200, 150, 32]
  const most = Math.max(0, ...marks.map((mark) => mark.value ?? 0)) || 1
  const shapes = marks.flatMap((mark, at): Shape[] => {
    const y = at * row + 8
    const length = ((width - left - right) * Math.max(0, mark.value ?? 0)) / most
    return [
      { is: 'text', x: left - 12, y: y + 15, text: short(mark.title, 13), anchor: 'end', fill: ink },
      {
        is: 'rect',
        x: left,
        y,
        width: Math.max(1, length),
        height: 20,
        fill: brand,
        ...(mark.small ? { opacity: 0.35 } : {}),
      },
      { is: 'text', x: left + Math.max(1, length) + 8, y: y + 15, text: mark.text, anchor: 'start', fill: ink },
    ]
  })
  return { width, height: marks.length * row + 12, shapes }
}

/** A line over time from zero; every point has its time under it and, where there is room, its figure above. */
function line(marks: readonly Mark[]): Drawing {
  const [left, right, top, bottom, height] = [64, 40, 28, 32, 260]
  const step = stepFor(Math.max(0, ...marks.map((mark) => mark.value ?? 0)))
  const most = Math.max(step, Math.ceil(Math.max(0, ...marks.map((mark) => mark.value ?? 0)) / step) * step)
  const x = (at: number) => left + (width - left - right) * (marks.length === 1 ? 0.5 : at / (marks.length - 1))
  const y = (value: number) => top + (height - top - bottom) * (1 - value / most)
  const shapes: Shape[] = []
  for (let value = 0; value <= most + step / 2; value += step) {
    shapes.push({ is: 'line', x1: left - 16, y1: y(value), x2: width - 16, y2: y(value), stroke: rule, width: 1 })
    const text = String(Number(value.toFixed(4)))
    shapes.push({ is: 'text', x: left - 24, y: y(value) + 4, text, anchor: 'end', fill: faint })
  }
  const widest = Math.max(0, ...marks.map(({ title }) => textWidth(short(title, 9)))) + 4
  const every = Math.max(1, Math.ceil((widest * (marks.length - 1)) / (width - left - right)))
  for (const [at, mark] of marks.entries()) {
    if ((marks.length - 1 - at) % every === 0)
      shapes.push({ is: 'text', x: x(at), y: height - 10, text: short(mark.title, 9), anchor: 'middle', fill: faint })
    const next = marks[at + 1]
    if (mark.value === null) continue
    if (next && next.value !== null)
      shapes.push({
        is: 'line',
        x1: x(at),
        y1: y(mark.value),
        x2: x(at + 1),
        y2: y(next.value),
        stroke: brand,
        width: 2,
      })
    shapes.push({ is: 'dot', x: x(at), y: y(mark.value), r: 4, fill: brand, hollow: mark.small })
    if (marks.length <= 14)
      shapes.push({
        is: 'text',
        x: x(at),
        y: y(mark.value) - 9,
        text: mark.text.replace(/（.*$/, ''),
        anchor: 'middle',
        fill: ink,
      })
  }
  return { width, height, shapes }
}

/** A chart as shapes; a mark with a small sample is pale or hollow. */
export const draw = ({ shape, marks }: Pick<Chart, 'shape' | 'marks'>): Drawing =>
  shape === 'bars' ? bars(marks) : line(marks)

const round = (value: number): number => Number(value.toFixed(1))

function element(shape: Shape): string {
  switch (shape.is) {
    case 'rect':
      return `<rect x="${round(shape.x)}" y="${round(shape.y)}" width="${round(shape.width)}" height="${shape.height}" rx="2" fill="${shape.fill}"${shape.opacity ? ` fill-opacity="${shape.opacity}"` : ''}/>`
    case 'line':
      return `<line x1="${round(shape.x1)}" y1="${round(shape.y1)}" x2="${round(shape.x2)}" y2="${round(shape.y2)}" stroke="${shape.stroke}" stroke-width="${shape.width}"/>`
    case 'dot':
      return `<circle cx="${round(shape.x)}" cy="${round(shape.y)}" r="${shape.r}" fill="${shape.hollow ? '#ffffff' : shape.fill}" stroke="${shape.fill}" stroke-width="2"/>`
    case 'text':
      return `<text x="${round(shape.x)}" y="${round(shape.y)}" text-anchor="${shape.anchor}" fill="${shape.fill}">${xmlText(shape.text)}</text>`
  }
}

/** The drawing as SVG that stands alone: shapes and texts only, so that office programs draw it as browsers do. */
export function svg({ width: wide, height, shapes }: Drawing): string {
  const font = "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','SimSun',sans-serif"
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${height}" viewBox="0 0 ${wide} ${height}" font-family="${font}" font-size="${size}"><rect width="${wide}" height="${height}" fill="#ffffff"/>${shapes.map(element).join('')}</svg>`
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}

/** The same shapes as a picture without its texts, for programs that do not read SVG: the texts stand under the chart. */
export function png({ width: wide, height, shapes }: Drawing): Buffer {
  const pixels = Buffer.alloc(wide * height * 3, 255)
  const put = (x: number, y: number, colour: string, opacity = 1) => {
    if (x < 0 || y < 0 || x >= wide || y >= height) return
    for (let at = 0; at < 3; at++) {
      const value = Number.parseInt(colour.slice(1 + at * 2, 3 + at * 2), 16)
      pixels[(y * wide + x) * 3 + at] = Math.round(value * opacity + 255 * (1 - opacity))
    }
  }
  const block = (x: number, y: number, w: number, h: number, colour: string, opacity?: number) => {
    for (let row = Math.round(y); row < Math.round(y + h); row++)
      for (let column = Math.round(x); column < Math.round(x + w); column++) put(column, row, colour, opacity)
  }
  for (const shape of shapes) {
    if (shape.is === 'rect') block(shape.x, shape.y, shape.width, shape.height, shape.fill, shape.opacity)
    if (shape.is === 'dot') block(shape.x - shape.r, shape.y - shape.r, shape.r * 2, shape.r * 2, shape.fill)
    if (shape.is === 'line') {
      const steps = Math.max(1, Math.ceil(Math.max(Math.abs(shape.x2 - shape.x1), Math.abs(shape.y2 - shape.y1))))
      for (let at = 0; at <= steps; at++)
        block(
          shape.x1 + ((shape.x2 - shape.x1) * at) / steps,
          shape.y1 + ((shape.y2 - shape.y1) * at) / steps,
          shape.width,
          shape.width,
          shape.stroke,
        )
    }
  }
  const rows = Buffer.alloc(height * (wide * 3 + 1))
  for (let y = 0; y < height; y++) pixels.copy(rows, y * (wide * 3 + 1) + 1, y * wide * 3, (y + 1) * wide * 3)
  const header = Buffer.alloc(13)
  header.writeUInt32BE(wide, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}
