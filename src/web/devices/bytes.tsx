import type { FrameField, FrameProblem } from './decode.tsx'

type Props = {
  hex: string
  fields: readonly FrameField[]
  problems: readonly FrameProblem[]
  pointed: number | undefined
  onPoint(index: number | undefined): void
}

/** The frame as bytes, each in the shade of its field; the byte of a problem is marked. */
export function Bytes({ hex, fields, problems, pointed, onPoint }: Props) {
  const bytes = hex.match(/../g) ?? []
  const owner = bytes.map((_, at) => fields.findIndex((each) => at >= each.offset && at < each.offset + each.length))
  const wrong = new Set(problems.map((problem) => Math.min(problem.offset, bytes.length - 1)))
  return (
    <p className="bytes mono" aria-hidden="true" onPointerLeave={() => onPoint(undefined)}>
      {bytes.map((byte, at) => {
        const field = owner[at] ?? -1
        const shades = [
          wrong.has(at) && 'wrong',
          field >= 0 && field === pointed && 'pointed',
          field >= 0 && field % 2 === 1 && 'odd',
        ]
        return (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: a byte is its place
            key={at}
            className={shades.filter(Boolean).join(' ') || undefined}
            onPointerEnter={() => onPoint(field >= 0 ? field : undefined)}
          >
            {byte}
          </span>
        )
      })}
    </p>
  )
}
